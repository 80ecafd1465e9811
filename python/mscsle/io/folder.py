"""A trial as a folder of files, one a table."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, Literal

import numpy as np

from mscsle import _core, _frame
from mscsle.exceptions import OptionError
from mscsle.io.dataset import frame_of
from mscsle.io.front import EXTENSIONS, read, words_of
from mscsle.trial import Trial

__all__ = ["read_trial"]


def read_trial(
    folder: str | Path,
    *,
    encoding: str | None = None,
    separator: str | None = None,
    decimal: Literal[".", ","] | None = None,
    options: Mapping[str, Mapping[str, Any]] | None = None,
    library: _frame.Library | None = None,
    data_cutoff: str | date | None = None,
    date_imputation: str = "middle",
) -> Trial:
    """Read the tables of a trial from a folder: ``subjects.csv`` and any of ``infusions.csv``, ``visits.csv``, ``labs.csv`` ...

    Files may be of any mixture of the formats of :func:`mscsle.read`: CSV, SAS transport, Dataset-JSON, Parquet, Arrow, SAS
    data sets, spreadsheets. :func:`mscsle.trial.schema` lists their columns; of files other than CSV the names may stand in
    capitals. CSV files are UTF-8 with commas and decimal points unless ``encoding``, ``separator`` and ``decimal`` say
    otherwise, the first line names the columns, and empty cells are missing; number and flag columns
    become numbers when every cell fits, otherwise they stay text and the cells that do not fit are findings. Files of these formats with other names are findings too, and are not read.

    Parameters
    ----------
    folder : str or path
        The folder.
    encoding, separator, decimal : str, optional
        How the CSV files are written, as in :func:`mscsle.read`. With ``decimal=","`` the numbers of columns that hold numbers
        or laboratory results (``<0,15``) are read with commas; a number with a point is an error there, since it may stand
        for thousands.
    options : mapping of table to mapping, optional
        What differs for the file of one table: of a CSV file ``encoding``, ``separator``, ``decimal`` and ``missing_words``, of
        another file the arguments of :func:`mscsle.read` (``member``, ``sheet``, ``encoding``).
    library : {"pandas", "polars", "pyarrow", "numpy"}, optional
        Library of the frames in ``.tables``; by default the one in use.
    data_cutoff, date_imputation
        As in :class:`mscsle.Trial`.

    Raises
    ------
    MissingFileError
        There is no such folder (a ``FileNotFoundError``).
    OptionError
        An option that is none, or options of a table that has no file.
    DataError
        No ``subjects`` file, two files for one table, a file name that is nearly that of a table, text in another
        encoding, another separator (both with the option to pass), a row with too few or too many cells (file, row and line are named), a required column missing.

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

    An export of a European spreadsheet program:

    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = Path(folder, "subjects.csv").write_bytes(b"usubjid;centre\\nS-01;M\\xfcnchen\\n")
    ...     _ = Path(folder, "labs.csv").write_bytes(b"usubjid;test;value;unit\\nS-01;upcr;0,85;g/g\\n")
    ...     trial = ms.read_trial(folder, encoding="windows-1252", separator=";", decimal=",", library="numpy")
    >>> trial.tables["subjects"]["centre"].tolist(), trial.tables["labs"]["value"].tolist()
    (['München'], [0.85])
    """
    extensions = [extension.removeprefix(".") for extension in EXTENSIONS if extension != ".csv"]
    own = {name: dict(given) for name, given in (options or {}).items()}
    known = [name for name, _meaning, _key in _core.schema_tables()]
    for name in own:
        if name not in known:
            raise OptionError(
                f"`options` has `{name}`, which is no table of a trial; the tables are {', '.join(known)}"
            )
    common = {"encoding": encoding, "separator": separator, "decimal": decimal}
    files = {path.stem.lower(): path.suffix.lower() for path in sorted(Path(folder).glob("*")) if path.is_file()}
    of_csv = {name: _csv_words(name, {**common, **own[name]}) for name in own if files.get(name) == ".csv"}
    tables, others, files_not_read = _core.read_tables(Path(folder), extensions, _csv_words("", common), of_csv)
    absent = next((name for name in own if name not in tables and name not in dict(others)), None)
    if absent is not None:
        raise OptionError(f"`options` has `{absent}`, but `{folder}` has no file of that table")
    chosen = _frame.library_of(library)
    frames = {name: _frame.native(plain_columns(columns), chosen) for name, columns in tables.items()}
    for name, path in others:
        words = {"encoding": encoding, "decimal": decimal} if Path(path).suffix.lower() == ".tsv" else {}
        dataset = read(Path(path), metadata=True, library=chosen, **{**words, **own.get(name, {})})
        frames[name] = frame_of({column.lower(): values for column, values in dataset.values.items()}, chosen)
    return Trial._of_files(
        {name: frames[name] for name in known if name in frames},
        files_not_read=files_not_read,
        data_cutoff=data_cutoff,
        date_imputation=date_imputation,
    )


def _csv_words(table: str, given: Mapping[str, Any]) -> tuple[str | None, str | None, str | None, list[str]]:
    """How the CSV file of a table is written, as the core takes it."""
    known = ("encoding", "separator", "decimal", "missing_words")
    wrong = next((name for name in given if name not in known), None)
    if wrong is not None:
        raise OptionError(
            f"`options` of `{table}` has `{wrong}`; a CSV file of a trial has {', '.join(f'`{name}`' for name in known)}"
        )
    missing = words_of(given.get("missing_words", ()))
    return given.get("encoding"), given.get("separator"), given.get("decimal"), missing


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
