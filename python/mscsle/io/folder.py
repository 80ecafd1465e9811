"""A trial as a folder of files, one a table."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from mscsle import _core, _frame
from mscsle.io.dataset import frame_of
from mscsle.io.front import EXTENSIONS, read
from mscsle.trial import Trial

__all__ = ["read_trial"]


def read_trial(
    folder: str | Path,
    *,
    library: _frame.Library | None = None,
    data_cutoff: str | date | None = None,
    date_imputation: str = "middle",
) -> Trial:
    """Read the tables of a trial from a folder: ``subjects.csv`` and any of ``infusions.csv``, ``visits.csv``, ``labs.csv`` ...

    Files may be of any mixture of the formats of :func:`mscsle.read`: CSV, SAS transport, Dataset-JSON, Parquet, Arrow, SAS
    data sets, spreadsheets. :func:`mscsle.trial.schema` lists their columns; of files other than CSV the names may stand in
    capitals. CSV files are UTF-8 with commas, the first line names the columns, and empty cells are missing; number and flag
    columns become numbers when every cell fits, otherwise they stay text and the cells that do not fit are findings. Files of
    these formats with other names are findings too, and are not read.

    Parameters
    ----------
    folder : str or path
        The folder.
    library : {"pandas", "polars", "pyarrow", "numpy"}, optional
        Library of the frames in ``.tables``; by default the one in use.
    data_cutoff, date_imputation
        As in :class:`mscsle.Trial`.

    Raises
    ------
    MissingFileError
        There is no such folder (a ``FileNotFoundError``).
    DataError
        No ``subjects`` file, two files for one table, a file name that is nearly that of a table, text that is not UTF-8, a separator other than the
        comma, a row with too few or too many cells (file, row and line are named), a required column missing.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import mscsle as ms
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = Path(folder, "subjects.csv").write_text("usubjid,sex,age\\nS-01,F,31\\nS-02,F,\\n")
    ...     trial = ms.read_trial(folder, library="numpy")
    >>> trial.n_subjects, trial.tables["subjects"]["age"].tolist()
    (2, [31.0, nan])
    """
    extensions = [extension.removeprefix(".") for extension in EXTENSIONS if extension != ".csv"]
    tables, others, files_not_read = _core.read_tables(Path(folder), extensions)
    chosen = library or _frame.default_library()
    frames = {name: _frame.native(plain_columns(columns), chosen) for name, columns in tables.items()}
    for name, path in others:
        dataset = read(Path(path), metadata=True, library=chosen)
        frames[name] = frame_of({column.lower(): values for column, values in dataset.values.items()}, chosen)
    order = [name for name, _meaning, _key in _core.schema_tables()]
    return Trial._of_files(
        {name: frames[name] for name in order if name in frames},
        files_not_read=files_not_read,
        data_cutoff=data_cutoff,
        date_imputation=date_imputation,
    )


def plain_columns(columns: Mapping[str, Any]) -> dict[str, Any]:
    """Columns of a file as a user expects them in a frame: texts with None, numbers, flags as 0 and 1."""
    out: dict[str, Any] = {}
    for name, column in columns.items():
        if isinstance(column, tuple):
            codes, levels = column
            texts = [*levels, None]  # code -1 is the last
            out[name] = [texts[code] for code in codes.tolist()]
        elif column.dtype == np.int8:
            missing = column < 0
            out[name] = np.where(missing, np.nan, column) if missing.any() else column.astype(np.int64)
        else:
            out[name] = column
    return out
