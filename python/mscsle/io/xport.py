"""SAS transport files (XPORT), version 5 and 8: zeros stay zeros, special missing values keep their letter."""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from mscsle import _core, _frame
from mscsle._result import Result
from mscsle.exceptions import DataError, DataWarning, OptionError

__all__ = ["XportTable", "read_xport", "write_xport"]

#: Days and seconds from 1960-01-01, where SAS counts from, to 1970-01-01.
_DAYS = 3653
_SECONDS = _DAYS * 86_400


@dataclass(frozen=True, kw_only=True)
class XportTable(Result):
    """One member of a transport file.

    Attributes
    ----------
    name, label : str
        Name and label of the member.
    labels, formats : dict of str to str
        Label and format of each variable, as stored (``DATE9.``, ``8.2``).
    missing : dict of str to array
        Of each number the tags of its missing values as bytes: 0 of a value, ``ord(".")``, ``ord("A")`` ...; see
        :meth:`special_missing`.
    encoding : str
        Encoding the texts were read with.
    rows_ambiguous : bool
        Whether blank rows at the end may have been rows; a version 5 file cannot tell them from padding.
    """

    name: str
    label: str
    values: Mapping[str, Any] = field(repr=False)
    labels: Mapping[str, str] = field(repr=False)
    formats: Mapping[str, str] = field(repr=False)
    missing: Mapping[str, NDArray[np.uint8]] = field(repr=False)
    encoding: str
    rows_ambiguous: bool

    def columns(self) -> Mapping[str, Any]:
        """Variable name to array or list: numbers, dates (``datetime64``) or texts with None."""
        return self.values

    def special_missing(self, name: str) -> list[str | None]:
        """Of each row of a number the tag of its missing value (``"."``, ``"_"``, ``"A"`` to ``"Z"``), None of a value.

        Raises
        ------
        DataError
            There is no such number; those there are are named.
        """
        if name not in self.missing:
            raise DataError(f"`{name}` is not a number of `{self.name}`; the numbers are {', '.join(self.missing)}")
        return [chr(tag) if tag else None for tag in self.missing[name].tolist()]

    def title(self) -> str:
        """Name and label."""
        return f"{self.name}: {self.label}" if self.label else self.name


def read_xport(
    path: str | Path,
    *,
    member: str | None = None,
    encoding: str | None = None,
    library: _frame.Library | None = None,
) -> XportTable:
    """Read a member of a SAS transport file of version 5 or 8.

    Parameters
    ----------
    path : str or path
        The file.
    member : str, optional
        Name of the member, in any case; needed when the file has several.
    encoding : str, optional
        Encoding of the texts (``"utf-8"``, ``"windows-1252"``, ``"gb18030"`` ...), which the file does not store. By
        default UTF-8, and windows-1252 with a warning when the texts are not UTF-8.
    library : {"pandas", "polars", "pyarrow", "numpy"}, optional
        Library of ``.to_frame()``; by default the one in use.

    Returns
    -------
    XportTable
        Numbers with a date or datetime format are dates; times of day are seconds.

    Raises
    ------
    MissingFileError
        There is no such file.
    DataError
        It is no transport file or contradicts its format (the byte is named), it is cut off, a text does not fit the
        encoding (column and row are named), there is no such member.
    OptionError
        An unknown encoding.

    Warns
    -----
    DataWarning
        The encoding was assumed, or blank rows at the end may have been lost by the program that wrote the file.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import mscsle as ms
    >>> data = {"usubjid": ["S-01", "S-02"], "cnsr": [0, 1]}
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = ms.io.write_xport(data, Path(folder, "adtte.xpt"), labels={"cnsr": "Censor"})
    ...     table = ms.io.read_xport(path, library="numpy")
    >>> table.values["CNSR"].tolist(), table.labels["CNSR"]
    ([0.0, 1.0], 'Censor')
    """
    members, used, assumed = _core.read_xport(Path(path), encoding)
    names = [m["name"] for m in members]
    if member is None and len(members) != 1:
        raise DataError(f"`{Path(path).name}` has the members {', '.join(names) or '(none)'}; name one by `member=`")
    chosen = next((m for m in members if member is None or m["name"].lower() == member.lower()), None)
    if chosen is None:
        raise DataError(f"`{Path(path).name}` has no member `{member}`; its members are {', '.join(names)}")
    if assumed:
        warnings.warn(f"the texts of `{Path(path).name}` are not UTF-8; read as {used}", DataWarning, stacklevel=2)
    if chosen["rows_ambiguous"]:
        warnings.warn(
            f"`{Path(path).name}`: blank rows at the end of `{chosen['name']}` cannot be told from padding; none is read",
            DataWarning,
            stacklevel=2,
        )
    variables = chosen["variables"]
    return XportTable(
        name=chosen["name"],
        label=chosen["label"],
        values={v["name"]: _values(v) for v in variables},
        labels={v["name"]: v["label"] for v in variables},
        formats={v["name"]: v["format"] for v in variables},
        missing={v["name"]: v["missing"] for v in variables if "missing" in v},
        encoding=used,
        rows_ambiguous=chosen["rows_ambiguous"],
        library=library or _frame.default_library(),
    )


def _values(variable: Mapping[str, Any]) -> Any:
    values = variable["values"]
    if isinstance(values, tuple):
        codes, levels = values
        texts = [*levels, None]  # code -1 is the last
        return [texts[code] for code in codes.tolist()]
    if variable["kind"] in ("date", "datetime"):
        days = variable["kind"] == "date"
        known = ~np.isnan(values)
        out = np.full(len(values), np.datetime64("NaT"), dtype="datetime64[D]" if days else "datetime64[s]")
        whole = np.floor(values[known] - (_DAYS if days else _SECONDS)).astype(np.int64)
        out[known] = whole.astype(out.dtype)
        return out
    return values


def write_xport(
    data: Any,
    path: str | Path,
    *,
    name: str | None = None,
    label: str = "",
    labels: Mapping[str, str] | None = None,
    formats: Mapping[str, str] | None = None,
    missing: Mapping[str, NDArray[np.uint8]] | None = None,
    version: Literal[5, 8] = 5,
    created: datetime | None = None,
) -> Path:
    """Write a frame as a SAS transport file; nothing is cut to fit, and the same data give the same bytes.

    Parameters
    ----------
    data : frame, mapping of arrays or XportTable
        Numbers, flags, texts, dates. Of an :class:`XportTable` labels, formats and special missing values are kept.
    path : str or path
        The file.
    name : str, optional
        Name of the member, by default that of the file.
    label : str
        Label of the member, at most 40 bytes.
    labels, formats : mapping of column to text, optional
        Labels and formats (``DATE9.``, ``8.2``); dates without a format get ``DATE9.``, dates with a time
        ``DATETIME20.``.
    missing : mapping of column to array of uint8, optional
        Tags of missing numbers, as in :attr:`XportTable.missing`.
    version : {5, 8}
        5 is what regulators take: names of 8 characters, labels of 40, texts of 200 bytes. 8: 32, 256, 32767.
    created : datetime, optional
        Time stamp; by default ``SOURCE_DATE_EPOCH``, otherwise 1960-01-01.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    DataError
        A name, label, text or number that the version cannot hold; column, row and limit are named.
    OptionError
        Another version, a format that is none.

    Examples
    --------
    >>> import mscsle as ms
    >>> ms.io.write_xport({"usubjid": ["S-01"], "visit_number": [1]}, "vs.xpt")
    Traceback (most recent call last):
    mscsle.exceptions.DataError: `vs.xpt` cannot be written: variable `VISIT_NUMBER` needs a name of at most 8 letters, digits and `_`
    """
    labels, formats, missing = dict(labels or {}), dict(formats or {}), dict(missing or {})
    if isinstance(data, XportTable):
        labels = {**data.labels, **labels}
        formats = {**data.formats, **formats}
        missing = {**data.missing, **missing}
        name, label, data = name or data.name, label or data.label, dict(data.values)
    frame = _frame.Frame(data)
    for given in (labels, formats, missing):
        for column in given:
            frame.require(column)
    if version not in (5, 8):
        raise OptionError(f"unknown version `{version}`; use 5 or 8")
    variables = []
    for column in frame.names:
        values, default_format = _column(frame, column)
        tags = missing.get(column)
        variables.append(
            (
                column.upper(),
                labels.get(column, ""),
                formats.get(column, default_format),
                values,
                None if tags is None else np.ascontiguousarray(tags, dtype=np.uint8),
            )
        )
    target = Path(path)
    _core.write_xport(target, (name or target.stem).upper(), label, _stamp(created), variables, version)
    return target


def _column(frame: _frame.Frame, column: str) -> tuple[_frame.Cells, str]:
    """Values for the core and the format they need: dates become days or seconds from 1960-01-01."""
    raw = frame.raw(column)
    if isinstance(raw, np.ndarray) and raw.dtype.kind in "fiub":
        return _frame.as_cells(raw, column), ""
    present = [v for v in raw if not _frame.is_missing(v)]
    if not present or not all(isinstance(v, (date, np.datetime64)) for v in present):
        return _frame.as_cells(raw, column), ""
    stamps = np.asarray(
        [np.datetime64("NaT") if _frame.is_missing(v) else np.datetime64(_naive(v)) for v in raw], dtype="datetime64[s]"
    )
    seconds = np.where(np.isnat(stamps), np.nan, stamps.astype(np.int64).astype(np.float64))
    if np.all(np.isnan(seconds) | (seconds % 86_400 == 0)):
        return np.ascontiguousarray(seconds / 86_400 + _DAYS), "DATE9."
    return np.ascontiguousarray(seconds + _SECONDS), "DATETIME20."


def _naive(value: Any) -> Any:
    """A time with a zone in UTC, without the zone."""
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC).replace(tzinfo=None)
    return value


def _stamp(created: datetime | None) -> str:
    if created is None and "SOURCE_DATE_EPOCH" in os.environ:
        created = datetime.fromtimestamp(int(os.environ["SOURCE_DATE_EPOCH"]), tz=UTC)
    if created is None:
        return ""
    months = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
    return f"{created.day:02d}{months[created.month - 1]}{created:%y:%H:%M:%S}"
