"""Stub of the extension; every function takes contiguous arrays and returns arrays or plain objects."""

from typing import Any, final

import numpy as np
from numpy.typing import NDArray

__version__: str

# sim

def cohort_list() -> list[tuple[str, str, str, int]]:
    """Id, title, citation and stored seed of the embedded cohorts."""

def generate_cohort(id: str, seed: int) -> list[tuple[str, str]]:
    """Names and contents of the files of a cohort made from a seed."""

# trial

@final
class Trial:
    """The typed, checked tables of one study."""

    def __new__(
        cls, tables: dict[str, dict[str, Any]], *, data_cutoff: str | None = None, date_imputation: str = "middle"
    ) -> Trial:
        """Tables of columns: ``int8`` flags, ``float64`` numbers, or codes into texts."""
    @property
    def n_subjects(self) -> int:
        """Number of subjects."""
    @property
    def subjects(self) -> list[str]:
        """The subjects in the order of the table ``subjects``."""
    @property
    def is_synthetic(self) -> bool:
        """Whether any subject is flagged as generated."""
    @property
    def table_names(self) -> list[str]:
        """Names of the tables given."""
    def n_rows(self, table: str) -> int | None:
        """Number of rows of a table; None when it was not given."""
    def findings(self) -> dict[str, Any]:
        """The findings as columns; a row of -1 is the whole table."""
    def texts(self, table: str, column: str) -> tuple[NDArray[np.int32], list[str]] | None:
        """A typed column as text: codes into levels; None when there is no such column."""
    def numbers(self, table: str, column: str) -> NDArray[np.float64] | None:
        """A typed column as numbers; None when there is no such column or it holds text or dates."""

def schema_columns(table: str) -> dict[str, Any] | None:
    """The columns of a table of the schema; None when there is no such table."""

def schema_tables() -> list[tuple[str, str, list[str]]]:
    """Name, meaning and key of every table of the schema."""
