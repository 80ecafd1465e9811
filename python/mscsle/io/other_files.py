"""SAS data sets and spreadsheets, through the libraries that read them well."""

from __future__ import annotations

import importlib
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mscsle import _core, _frame
from mscsle.exceptions import DataError
from mscsle.io.columns import file_column
from mscsle.io.dataset import Dataset, column_values

__all__ = ["read_sas7bdat", "read_xlsx"]


def read_sas7bdat(path: Path, library: _frame.Library, encoding: str | None) -> Dataset:
    """A SAS data set through pyreadstat; special missing values keep their letter, dates follow from the format."""
    try:
        pyreadstat = importlib.import_module("pyreadstat")
    except ImportError:
        raise ImportError("SAS data sets (.sas7bdat) need pyreadstat: pip install 'mscsle[sas]'") from None
    try:
        data, meta = pyreadstat.read_sas7bdat(
            str(path), user_missing=True, output_format="dict", disable_datetime_conversion=True, encoding=encoding
        )
    except Exception as error:  # pyreadstat has an exception for each fault, of no common base
        raise DataError(f"`{path.name}` cannot be read as a SAS data set: {error}") from None
    values: dict[str, Any] = {}
    missing: dict[str, NDArray[np.uint8]] = {}
    given = {name: word for name, word in meta.original_variable_types.items() if word not in ("NULL", "", None)}
    formats = {name: word if "." in word else f"{word}." for name, word in given.items()}
    for name, cells in data.items():
        cells = cells.tolist() if isinstance(cells, np.ndarray) else list(cells)
        if meta.readstat_variable_types[name] == "string":
            values[name] = [text or None for text in cells]
            continue
        tags = [_tag(cell) for cell in cells]
        numbers = np.asarray([np.nan if tag else float(cell) for cell, tag in zip(cells, tags, strict=True)])
        missing[name] = np.asarray(tags, dtype=np.uint8)
        kind = _core.format_kind(formats.get(name, ""))
        values[name] = column_values({"values": numbers, "kind": kind})
    return Dataset(
        name=meta.table_name or path.stem,
        label=meta.file_label or "",
        values=values,
        labels={name: label or "" for name, label in meta.column_names_to_labels.items()},
        formats=formats,
        types={name: "number" if name in missing else "text" for name in values},
        missing=missing,
        encoding=meta.file_encoding or "",
        library=library,
    )


def _tag(cell: object) -> int:
    """The tag of a missing value; 0 of a number."""
    if isinstance(cell, str):
        return ord(cell[0]) if cell else ord(".")
    return ord(".") if _frame.is_missing(cell) else 0


def read_xlsx(path: Path, library: _frame.Library, sheet: str | None) -> Dataset:
    """A sheet of a workbook through openpyxl: the first row names the columns, rows without a cell are passed over."""
    try:
        openpyxl = importlib.import_module("openpyxl")
    except ImportError:
        raise ImportError("workbooks (.xlsx) need openpyxl: pip install 'mscsle[xlsx]'") from None
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except Exception as error:  # a damaged archive or document raises what its part raises
        raise DataError(f"`{path.name}` cannot be read as a workbook: {error}") from None
    try:
        names = book.sheetnames
        if sheet is not None and sheet not in names:
            raise DataError(f"`{path.name}` has no sheet `{sheet}`; its sheets are {', '.join(names)}")
        if sheet is None and len(names) != 1:
            raise DataError(f"`{path.name}` has the sheets {', '.join(names)}; name one by `sheet=`")
        chosen = book[sheet or names[0]]
        rows = list(chosen.iter_rows())
        _refuse_formulas(openpyxl, path, chosen.title, rows)
    finally:
        book.close()
    if not rows:
        raise DataError(f"`{path.name}`, sheet `{chosen.title}` is empty; the first row names the columns")
    header = ["" if cell.value is None else str(cell.value).strip() for cell in rows[0]]
    width = max((i + 1 for i, name in enumerate(header) if name), default=0)
    body = []
    for number, row in enumerate(rows[1:], start=2):
        cells = [_cell(path, chosen.title, cell) for cell in row]
        if all(value is None for value in cells):
            continue
        if any(value is not None for value in cells[width:]):
            raise DataError(f"`{path.name}`, sheet `{chosen.title}`, row {number} has cells beyond the named columns")
        body.append([*cells, *[None] * width][:width])
    values: dict[str, Any] = {}
    for position, name in enumerate(header[:width]):
        if not name or name in values:
            what = f"the name `{name}` twice" if name else f"no name for column {position + 1}"
            raise DataError(f"`{path.name}`, sheet `{chosen.title}` has {what}")
        values[name] = _typed([row[position] for row in body])
    return Dataset(name=chosen.title, values=values, library=library)


def _refuse_formulas(openpyxl: Any, path: Path, sheet: str, rows: list[Any]) -> None:
    """A formula whose value the workbook does not hold looks like an empty cell: it is refused, not missing."""
    if all(cell.value is not None for row in rows for cell in row):
        return
    book = openpyxl.load_workbook(path, read_only=True)
    try:
        for row, found in zip(book[sheet].iter_rows(), rows, strict=False):
            for cell, value in zip(row, found, strict=False):
                if cell.data_type == "f" and value.value is None:
                    raise DataError(
                        f"`{path.name}`, sheet `{sheet}`, cell {cell.coordinate} is a formula without a stored value; "
                        "open and save the workbook in a spreadsheet program"
                    )
    finally:
        book.close()


def _cell(path: Path, sheet: str, cell: Any) -> Any:
    value = cell.value
    if cell.data_type == "e":
        raise DataError(f"`{path.name}`, sheet `{sheet}`, cell {cell.coordinate} holds the error `{value}`")
    if isinstance(value, str):
        return value if value.strip() else None
    if isinstance(value, timedelta):
        return value.total_seconds()
    return value


def _typed(cells: list[Any]) -> Any:
    """Cells of one kind as an array; of several kinds as texts, as they would be read."""
    present = [v for v in cells if v is not None]
    if present and all(isinstance(v, (bool, int, float)) for v in present):
        if all(isinstance(v, bool) for v in present) or any(isinstance(v, bool) for v in present):
            return cells
        return np.asarray([np.nan if v is None else float(v) for v in cells])
    if present and all(isinstance(v, (date, datetime)) for v in present):
        column = file_column(_frame.Frame({"x": cells}), "x", guess_days=True)
        return column_values({"values": column.values, "kind": column.kind})
    return [_text(v) for v in cells]


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, time):
        return value.isoformat()
    return _frame.as_texts([value])[0]
