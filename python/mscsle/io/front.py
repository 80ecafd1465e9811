"""The front door: a file of any format in, a frame in the user's library out, and back."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import numpy as np

from mscsle import _core, _frame
from mscsle.exceptions import DataError, DataWarning, FileError, MissingFileError, OptionError
from mscsle.io.arrow_files import read_arrow, write_arrow
from mscsle.io.columns import FileColumn, Zones, check_index, file_column
from mscsle.io.dataset import SAS_DAYS, SAS_SECONDS, Dataset, column_values
from mscsle.io.dataset_json import read_dataset_json, write_dataset_json
from mscsle.io.other_files import read_sas7bdat, read_xlsx
from mscsle.io.tags import Tags, warn_of_loss
from mscsle.io.xport import checked_zeros, read_xport, write_xport

__all__ = ["read", "write"]

Format = Literal["csv", "xport", "json", "ndjson", "dsjc", "parquet", "arrow", "sas7bdat", "xlsx"]

#: Extension to format.
EXTENSIONS: dict[str, Format] = {
    ".csv": "csv",
    ".tsv": "csv",
    ".xpt": "xport",
    ".xpt5": "xport",
    ".xpt8": "xport",
    ".xport": "xport",
    ".stx": "xport",
    ".json": "json",
    ".ndjson": "ndjson",
    ".dsjc": "dsjc",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".arrow": "arrow",
    ".feather": "arrow",
    ".ipc": "arrow",
    ".sas7bdat": "sas7bdat",
    ".xlsx": "xlsx",
}
#: First bytes that only one format has.
_SIGNATURES: tuple[tuple[bytes, Format], ...] = (
    (b"HEADER RECORD*******LIB", "xport"),
    (b"**COMPRESSED**", "xport"),  # refused there, with the reason
    (b"PAR1", "parquet"),
    (b"ARROW1", "arrow"),
    (b"\0" * 12 + b"\xc2\xea\x81\x60", "sas7bdat"),
    (b"PK\x03\x04", "xlsx"),
)
_CALLED: dict[Format, str] = {
    "csv": "a CSV file",
    "xport": "a SAS transport file",
    "json": "a Dataset-JSON file",
    "ndjson": "a Dataset-JSON file",
    "dsjc": "a compressed Dataset-JSON file",
    "parquet": "a Parquet file",
    "arrow": "an Arrow IPC file",
    "sas7bdat": "a SAS data set",
    "xlsx": "a workbook",
}
#: Formats without special missing values.
_NAMES = {
    "csv": "CSV",
    "parquet": "Parquet",
    "arrow": "Arrow",
    **dict.fromkeys(("json", "ndjson", "dsjc"), "Dataset-JSON"),
}


def read(
    path: str | Path,
    *,
    format: Format | None = None,
    metadata: bool = False,
    library: _frame.Library | None = None,
    member: str | None = None,
    encoding: str | None = None,
    separator: str | None = None,
    decimal: Literal[".", ","] | None = None,
    schema: Mapping[str, str] | None = None,
    missing_words: str | Sequence[str] = (),
    sheet: str | None = None,
    special_missing: bool = False,
) -> Any:
    """Read a table from a file of any format that is known.

    The format follows from the extension and is checked against the first bytes of the file: SAS transport (``.xpt``),
    Dataset-JSON (``.json``, ``.ndjson``, ``.dsjc``), CSV (with tabs ``.tsv``), Parquet, Arrow IPC (``.arrow``, ``.feather``), SAS data sets (``.sas7bdat``), workbooks (``.xlsx``). The page ``docs/formats.md`` says what each keeps.

    Parameters
    ----------
    path : str or path
        The file.
    format : {"csv", "xport", "json", "ndjson", "dsjc", "parquet", "arrow", "sas7bdat", "xlsx"}, optional
        The format, where extension and content do not say it.
    metadata : bool
        Whether to return a :class:`mscsle.io.Dataset` (labels, formats, units, special missing values beside the values,
        ``.to_frame()``) instead of the frame alone.
    library : {"pandas", "polars", "pyarrow", "numpy"}, optional
        Library of the frame; by default the one in use.
    member : str, optional
        Which member of a transport file that has several.
    encoding : str, optional
        Encoding of the texts of a transport file, which the file does not store (see :func:`mscsle.io.read_xport`), or of a
        CSV file, which is strict UTF-8 without it: ``"windows-1252"``, ``"latin-1"``, ``"utf-16"``, ``"cp932"`` ...
    separator : str, optional
        Sign between the columns of a CSV file: ``";"``, ``"\\t"``, ``"|"``; by default a comma, in a file ``.tsv`` a tab.
    decimal : {".", ","}, optional
        Decimal sign of the numbers of a CSV file, by default a point. With a comma a number with a point is no number: it
        may stand for thousands.
    schema : mapping of column to type, optional
        Types of the columns of a CSV file: ``text``, ``number``, ``integer``, ``flag``, ``date``, ``datetime``, ``time``. A
        column that is not declared is a number when every cell is one (``007`` is not), otherwise text.
    missing_words : str or sequence of str
        Texts of a CSV file that mean missing, like an empty cell (``"NA"``, ``"-999"``); none by default.
    sheet : str, optional
        Which sheet of a workbook that has several.
    special_missing : bool
        Whether a column of a transport file or SAS data set that holds special missing values is followed by one of their
        letters, named after it with ``__sasmiss``. A data set has them in ``.missing``.

    Returns
    -------
    frame or Dataset

    Raises
    ------
    MissingFileError
        There is no such file.
    DataError
        The content contradicts the format, is cut off or damaged (byte or row are named), or a cell its declared type.
    OptionError
        The format is unknown, or an argument does not belong to it.
    ImportError
        Parquet and Arrow need pyarrow, SAS data sets pyreadstat, workbooks openpyxl; the extra is named.

    Warns
    -----
    DataWarning
        Numbers between 0 and 1e-70 are zeros that another program miswrote (column and number of rows are named); texts of a
        CSV file that are numbers with the other decimal sign; and what :func:`mscsle.io.read_xport` warns of.

    Examples
    --------
    >>> import mscsle as ms
    >>> path = ms.write({"usubjid": ["S-01", "S-02"], "cnsr": [0, 1]}, "adtte.xpt", labels={"cnsr": "Censor"})
    >>> ms.read(path, library="numpy")["CNSR"]
    array([0., 1.])
    >>> ms.read(path, metadata=True).labels["CNSR"]
    'Censor'
    """
    path = Path(path)
    chosen = _format(path, format)
    library = _frame.library_of(library)
    _only(
        chosen,
        {
            "member": (member, ("xport",)),
            "encoding": (encoding, ("xport", "csv", "sas7bdat")),
            "separator": (separator, ("csv",)),
            "decimal": (decimal, ("csv",)),
            "schema": (schema, ("csv",)),
            "missing_words": (missing_words or None, ("csv",)),
            "sheet": (sheet, ("xlsx",)),
            "special_missing": (special_missing or None, ("xport", "sas7bdat")),
        },
    )
    if metadata and special_missing:
        raise OptionError("with `metadata=True` ask the data set: `.to_frame(special_missing=True)`")
    if path.suffix.lower() == ".tsv" and chosen == "csv" and separator is None:
        separator = "\t"
    if chosen == "xport":
        dataset = read_xport(path, member=member, encoding=encoding, library=library)
    elif chosen == "csv":
        dataset = _read_csv(path, schema or {}, (encoding, separator, decimal, words_of(missing_words)), library)
    elif chosen == "json" or chosen == "ndjson" or chosen == "dsjc":
        dataset = read_dataset_json(path, library=library)
    elif chosen == "sas7bdat":
        dataset = read_sas7bdat(path, library, encoding)
    elif chosen == "xlsx":
        dataset = read_xlsx(path, library, sheet)
    else:
        dataset = read_arrow(path, chosen, library)
    if chosen in ("csv", "sas7bdat", "xlsx", "parquet", "arrow"):  # the other readers look for themselves
        dataset = checked_zeros(dataset, path.name)
    return dataset if metadata else dataset._hand_over(special_missing=special_missing)


def write(
    data: Any,
    path: str | Path,
    *,
    format: Format | None = None,
    name: str | None = None,
    label: str = "",
    labels: Mapping[str, str] | None = None,
    formats: Mapping[str, str] | None = None,
    units: Mapping[str, str] | None = None,
    missing: Mapping[str, Tags] | None = None,
    version: Literal[5, 8] | None = None,
    created: datetime | None = None,
    encoding: str | None = None,
    zones: Zones | None = None,
    lengths: Mapping[str, int] | None = None,
) -> Path:
    """Write a frame to a file, by extension in any format that :func:`read` knows.

    The file appears when it is whole: an older one stays until then, and when something is refused.

    Parameters
    ----------
    data : frame, mapping of arrays or Dataset
        The values; the metadata of a :class:`mscsle.io.Dataset` are written as far as the format has room for them.
    path : str or path
        The file.
    format : {"csv", "xport", "json", "ndjson", "dsjc", "parquet", "arrow"}, optional
        The format, where the extension does not say it.
    name, label : str, optional
        Name (by default that of the file) and label of the data set.
    labels, formats, units : mapping of column to text, optional
        Metadata of columns. Transport files and Dataset-JSON have no units, CSV has none of the three. A format of dates
        says what a column is: see :func:`mscsle.io.write_xport`.
    missing : mapping of column to sequence of text, optional
        Letters of special missing values, as :meth:`mscsle.io.Dataset.special_missing` gives them; transport files only.
    version : {5, 8}, optional
        Version of a transport file, by default 5.
    created : datetime, optional
        Time stamp of formats that have one; by default ``SOURCE_DATE_EPOCH``, otherwise 1960-01-01.
    encoding : str, optional
        Encoding of the texts of a transport file, by default UTF-8; the other formats are UTF-8.
    zones : {"local", "utc"}, optional
        What becomes of times with a time zone: the clock of the zone, or UTC. Without it they are refused, except in
        Parquet and Arrow, which keep the zone.
    lengths : mapping of column to int, optional
        Bytes of columns of a transport file; see :func:`mscsle.io.write_xport`.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    DataError
        Something that the format cannot hold: column, row, value and limit are named. Values for which files have no type
        (spans of time, bytes), whole numbers beyond 2^53, dates that contradict their format. A pandas index with a name. A
        number between 0 and 1e-70, which is a SAS zero misread by another program.
    OptionError
        The format is unknown, or an argument does not belong to it.

    Examples
    --------
    >>> import mscsle as ms
    >>> ms.write({"usubjid": ["S-01"], "aval": [0.5]}, "adtte.csv").read_text()
    'usubjid,aval\\nS-01,0.5\\n'
    >>> ms.write({"cnsr": [5.397605346934028e-79]}, "adtte.csv")
    Traceback (most recent call last):
    mscsle.exceptions.DataError: column `cnsr`, row 0 is 5.4e-79: a SAS zero misread by another reader (pandas.read_sas gives 5.4e-79); read the transport file again with a reader that keeps zeros
    """
    path = Path(path)
    chosen = format or EXTENSIONS.get(path.suffix.lower())
    if chosen is None or chosen not in _CALLED:
        raise OptionError(_unknown(path, format))
    if path.suffix.lower() == ".tsv" and format is None:
        raise OptionError("a file with tabs (`.tsv`) is only read; write `.csv`")
    if chosen == "sas7bdat" or chosen == "xlsx":
        raise OptionError(f"{_CALLED[chosen]} is only read; write `.xpt` for SAS, `.csv` for a spreadsheet program")
    arrow, cdisc = ("parquet", "arrow"), ("xport", "json", "ndjson", "dsjc")
    _only(
        chosen,
        {
            "label": (label or None, (*cdisc, *arrow)),
            "labels": (labels, (*cdisc, *arrow)),
            "formats": (formats, (*cdisc, *arrow)),
            "units": (units, arrow),
            "missing": (missing, ("xport",)),
            "version": (version, ("xport",)),
            "encoding": (encoding, ("xport",)),
            "zones": (zones, ("csv", *cdisc)),
            "lengths": (lengths, ("xport",)),
        },
    )
    if chosen == "xport":
        return write_xport(
            data,
            path,
            name=name,
            label=label,
            labels=labels,
            formats=formats,
            missing=missing,
            version=version or 5,
            created=created,
            encoding=encoding,
            zones=zones,
            lengths=lengths,
        )
    if isinstance(data, Dataset):
        warn_of_loss(data.missing, _NAMES[chosen], "missing" if chosen == "csv" else "null", stacklevel=3)
    if chosen == "csv":
        return _write_csv(data, path, zones)
    dataset = with_metadata(data, path, name, label, labels, formats, units)
    if chosen == "json" or chosen == "ndjson" or chosen == "dsjc":
        return write_dataset_json(dataset, path, chosen, created, zones)
    return write_arrow(dataset, path, chosen)


def with_metadata(
    data: Any,
    path: Path,
    name: str | None,
    label: str,
    labels: Mapping[str, str] | None,
    formats: Mapping[str, str] | None,
    units: Mapping[str, str] | None,
) -> tuple[_frame.Frame, Dataset]:
    """The frame to write, and a data set that holds its metadata (its values are those of the data, if it was one)."""
    given = data if isinstance(data, Dataset) else None
    frame = _frame.Frame(data if given is None else dict(given.values))
    _has_columns(frame, path)
    check_index(frame)
    for mapping in (labels, formats, units):
        for column in mapping or {}:
            frame.require(column)
    known = given or Dataset(name=path.stem, values={})
    return frame, Dataset(
        name=name or (given.name if given else path.stem),
        label=label or known.label,
        values=known.values,
        labels={**known.labels, **(labels or {})},
        formats={**known.formats, **(formats or {})},
        units={**known.units, **(units or {})},
        types={c: word for c, word in known.types.items() if c not in (formats or {})},
        missing=known.missing,
        attributes=known.attributes,
        column_attributes=known.column_attributes,
        library=known.library if given else frame.library,
    )


def _has_columns(frame: _frame.Frame, path: Path) -> None:
    if not frame.names:
        raise DataError(f"`{path}` cannot be written: a data set needs a column")


def _only(chosen: Format, arguments: Mapping[str, tuple[object, tuple[str, ...]]]) -> None:
    for name, (value, formats) in arguments.items():
        if value is not None and chosen not in formats:
            raise OptionError(f"`{name}` is not an argument for {_CALLED[chosen]}, but for {', '.join(formats)}")


def _unknown(path: Path, format: object) -> str:
    if format is not None:
        return f"unknown format `{format}`; use {', '.join(f'`{f}`' for f in _CALLED)}"
    if path.suffix.lower() == ".xml":
        return f"`{path.name}` holds no table that is read; a define.xml is read by `ms.io.read_define`"
    return f"the format of `{path.name}` is not known from its extension; name it by `format=`, one of {', '.join(f'`{f}`' for f in _CALLED)}"


def _format(path: Path, given: Format | None) -> Format:
    """The format by name, extension and content, which may not contradict each other."""
    if given is not None and given not in _CALLED:
        raise OptionError(_unknown(path, given))
    try:
        with path.open("rb") as file:
            head = file.read(64)
    except FileNotFoundError:
        raise MissingFileError(f"there is no file `{path}`") from None
    except OSError as error:
        raise FileError(f"`{path}` cannot be read: {error.strerror}") from None
    content = next((f for signature, f in _SIGNATURES if head.startswith(signature)), None)
    if head[:1] == b"\x78" and len(head) > 1 and int.from_bytes(head[:2], "big") % 31 == 0:
        content = "dsjc"
    elif head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{"):
        content = "json"
    named = given or EXTENSIONS.get(path.suffix.lower())
    if named is None and content is None:
        raise OptionError(_unknown(path, None))
    if named is None or content is None:
        return named or content  # type: ignore[return-value]
    if {named, content} == {"json", "ndjson"}:
        return named  # the reader sees the form
    if named != content:
        raise DataError(
            f'`{path.name}` is read as {_CALLED[named]}, but holds {_CALLED[content]}; rename it or pass `format="{content}"`'
        )
    return named


def words_of(words: str | Sequence[str]) -> list[str]:
    """A word, or several, as a list."""
    return [words] if isinstance(words, str) else list(words)


def _read_csv(
    path: Path,
    schema: Mapping[str, str],
    written: tuple[str | None, str | None, str | None, list[str]],
    library: _frame.Library,
) -> Dataset:
    variables = _core.read_csv(path, list(schema.items()), written)
    other = [v for v in variables if v["other_decimal"] is not None]
    if other:
        shown = ", ".join(f"`{v['name']}`" for v in other[:5]) + (" ..." if len(other) > 5 else "")
        sign = "." if written[2] == "," else ","
        warnings.warn(
            f"`{path.name}`: {shown} stay text such as `{other[0]['other_decimal']}`; "
            f'if they are numbers, pass `decimal="{sign}"`, otherwise declare them `text` by `schema=`',
            DataWarning,
            stacklevel=3,
        )
    return Dataset(
        name=path.stem,
        values={v["name"]: column_values(v) for v in variables},
        types={v["name"]: v["type"] for v in variables},
        encoding=written[0] or "UTF-8",
        library=library,
    )


def _write_csv(data: Any, path: Path, zones: Zones | None) -> Path:
    frame = _frame.Frame(dict(data.values) if isinstance(data, Dataset) else data)
    _has_columns(frame, path)
    check_index(frame)
    _core.write_csv(path, {name: _csv_column(file_column(frame, name, zones=zones), name) for name in frame.names})
    return path


def _csv_column(column: FileColumn, name: str) -> Any:
    """Dates and times as ISO text, flags as 0 and 1."""
    values = column.values
    if isinstance(values, _frame.Texts):
        zero = next((code for code, text in enumerate(values.levels) if "\0" in text), None)
        if zero is not None:
            row = int(np.argmax(values.codes == zero))
            raise DataError(f"column `{name}`, row {row} is {values.levels[zero]!r}; a CSV file has no zero bytes")
        return column.raw()
    convert: Callable[[float], str] | None = {
        "date": lambda x: str(np.datetime64(int(x) - SAS_DAYS, "D")),
        "datetime": lambda x: iso_datetime(x - SAS_SECONDS),
        "time": iso_time,
    }.get(column.kind)
    if convert is None:
        return values
    distinct, codes = np.unique(values, return_inverse=True)
    known = ~np.isnan(distinct)
    codes = np.where(np.isnan(values), -1, codes).astype(np.int32)
    return codes, [convert(float(x)) for x in distinct[known]]


def iso_datetime(seconds: float) -> str:
    """Seconds since 1970 as ISO text; fractions only where there are any."""
    text = str(np.datetime64(round(seconds * 1e6), "us"))
    return text.removesuffix(".000000")


def iso_time(seconds: float) -> str:
    """Seconds of the day as ISO text."""
    return iso_datetime(seconds)[11:]
