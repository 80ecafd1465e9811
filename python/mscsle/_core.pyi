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

# stats

def format_half_up(value: float, digits: int) -> str:
    """A number with ``digits`` decimals, half away from zero on the decimal it stands for."""

def format_ratio(numerator: int, denominator: int, digits: int) -> str:
    """A fraction with ``digits`` decimals, half away from zero, exactly."""

def describe(values: NDArray[np.float64], quantile_type: str) -> dict[str, Any]:
    """n, missing, mean, SD and quantiles of a column; NaN is missing."""

def quantile(values: NDArray[np.float64], p: float, quantile_type: str) -> float | None:
    """A sample quantile; None without values."""

def standardized_mean_difference(mean1: float, sd1: float, mean0: float, sd0: float) -> float | None:
    """Standardised mean difference; None when both spreads are 0."""

def standardized_proportion_difference(x1: int, n1: int, x0: int, n0: int) -> float | None:
    """Standardised difference of two proportions; None when neither varies."""

def proportion(x: int, n: int, denominator_rule: str, method: str, conf_level: float) -> dict[str, Any]:
    """One proportion: estimate, limits, the word of its denominator rule."""

def binomial_test(x: int, n: int, p0: float, alternative: str, two_sided: str) -> float:
    """p-value of the exact binomial test."""

def risk_difference(x1: int, n1: int, x0: int, n0: int, method: str, conf_level: float) -> dict[str, Any]:
    """Difference of two proportions."""

def fisher_exact(table: list[list[int]], alternative: str, conf_level: float) -> dict[str, Any]:
    """Fisher's exact test of a 2x2 table."""

def chi_squared_test(table: list[list[int]], continuity_correction: bool) -> dict[str, Any]:
    """Pearson's chi-squared test of a table."""

def mcnemar(b: int, c: int, method: str) -> dict[str, Any]:
    """McNemar's test from the discordant counts."""

def rate(events: int, person_time: float, method: str, conf_level: float) -> dict[str, Any]:
    """Events per person-time."""

def rate_ratio(
    events1: int, person_time1: float, events0: int, person_time0: float, conf_level: float
) -> dict[str, Any]:
    """Ratio of two rates."""

def hr_from_ci(lower: str, upper: str, p: str | None, conf_level: float, events: int | None) -> dict[str, Any]:
    """The hazard ratio behind a printed interval."""

def paired_t(change: NDArray[np.float64], alternative: str, conf_level: float) -> dict[str, Any]:
    """Paired t test of changes."""

def signed_rank(
    change: NDArray[np.float64], zeros: str, distribution: str, alternative: str, conf_level: float
) -> dict[str, Any]:
    """Wilcoxon's signed rank test of changes."""

def adjust_p(p: NDArray[np.float64], method: str) -> NDArray[np.float64]:
    """p-values adjusted for several tests."""

def feasible_sums(mean: str, n: int, low: int, high: int, rounding: str) -> list[int]:
    """Sums whose mean prints as given."""

def feasible_pairs(mean: str, sd: str, n: int, low: int, high: int, rounding: str) -> list[tuple[int, int]]:
    """Pairs (sum, sum of squares) whose mean and SD print as given."""

def percent_counts(parts: list[str], total: str | None, n: int, rounding: str) -> list[list[int]]:
    """Tuples of counts whose percentages print as given."""

def coding_counts(mean: str, sd: str, n: int, values: list[int], rounding: str) -> list[list[int]]:
    """Numbers of patients per value for which mean and SD print as given."""

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
