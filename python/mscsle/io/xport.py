"""SAS transport files (XPORT), version 5 and 8: zeros stay zeros, special missing values keep their letter."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import numpy as np

from mscsle import _core, _frame
from mscsle._warn import warn
from mscsle.exceptions import DataError, DataWarning, OptionError
from mscsle.io.columns import FORMATS, FileColumn, Zones, check_index, file_column, in_format
from mscsle.io.dataset import Dataset, column_values
from mscsle.io.tags import Tags, tags_of, take_parallel

__all__ = ["read_xport", "read_xport_members", "write_xport", "write_xport_members"]


def read_xport(
    path: str | Path,
    *,
    member: str | None = None,
    encoding: str | None = None,
    library: _frame.Library | None = None,
) -> Dataset:
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
    Dataset
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
        The encoding was assumed, numbers between 0 and 1e-70 are zeros that another program miswrote (column and number of
        rows are named), or blank rows at the end may have been lost by the program that wrote the file.

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
    datasets, assumed = _members(path, encoding, library)
    file = Path(path).name
    names = [d.name for d in datasets]
    if member is None and len(datasets) != 1:
        raise DataError(f"`{file}` has the members {', '.join(names) or '(none)'}; name one by `member=`")
    chosen = next((d for d in datasets if member is None or d.name.lower() == member.lower()), None)
    if chosen is None:
        raise DataError(f"`{file}` has no member `{member}`; its members are {', '.join(names)}")
    _warn(file, [chosen], assumed)
    return chosen


def read_xport_members(
    path: str | Path, *, encoding: str | None = None, library: _frame.Library | None = None
) -> dict[str, Dataset]:
    """Read all members of a SAS transport file, by name in the order of the file.

    Parameters
    ----------
    path, encoding, library
        As in :func:`read_xport`.

    Raises
    ------
    DataError
        As :func:`read_xport`; two members of one name.

    Examples
    --------
    >>> import mscsle as ms
    >>> members = {"DM": {"USUBJID": ["S-01"]}, "AE": {"USUBJID": ["S-01"], "AESEQ": [1]}}
    >>> path = ms.io.write_xport_members(members, "study.xpt")
    >>> {name: list(d.values) for name, d in ms.io.read_xport_members(path).items()}
    {'DM': ['USUBJID'], 'AE': ['USUBJID', 'AESEQ']}
    """
    datasets, assumed = _members(path, encoding, library)
    _warn(Path(path).name, datasets, assumed)
    out = {d.name: d for d in datasets}
    if len(out) != len(datasets):
        twice = next(d.name for i, d in enumerate(datasets) if d.name in [e.name for e in datasets[:i]])
        raise DataError(f"`{Path(path).name}` has the member `{twice}` twice")
    return out


def _members(path: str | Path, encoding: str | None, library: _frame.Library | None) -> tuple[list[Dataset], bool]:
    members, used, assumed = _core.read_xport(Path(path), encoding)
    return [dataset_of(member, used, _frame.library_of(library)) for member in members], assumed


def _warn(file: str, datasets: Sequence[Dataset], assumed: bool) -> None:
    if assumed:
        used = datasets[0].encoding if datasets else ""
        warn(f"the texts of `{file}` are not UTF-8; read as {used}", DataWarning)
    for dataset in datasets:
        warn_of_zeros(file, dataset.misread_zeros)
        if dataset.rows_ambiguous:
            warn_of_blank_rows(file, dataset.name)


def checked_zeros(dataset: Dataset, file: str, *, where: str = "", told: Collection[str] = ()) -> Dataset:
    """The data set with its misread zeros counted, and a warning of each column that has any."""
    zeros: dict[str, int] = {}
    for column, values in dataset.values.items():
        if not isinstance(values, np.ndarray) or values.dtype.kind != "f":
            continue
        numbers = np.ascontiguousarray(np.ma.filled(values.astype(np.float64, copy=False), np.nan))
        if _core.scan_numbers(numbers)[2]:
            zeros[column] = int(np.sum((np.abs(numbers) < _frame.SMALLEST_MAGNITUDE) & (numbers != 0)))
    if not zeros:
        return dataset
    warn_of_zeros(file, {column: n for column, n in zeros.items() if column not in told}, where)
    return replace(dataset, misread_zeros=zeros)


def warn_of_blank_rows(file: str, member: str) -> None:
    """Warns of blank rows at the end that may have been rows."""
    warn(f"`{file}`: blank rows at the end of `{member}` cannot be told from padding; none is read", DataWarning)


def warn_of_zeros(file: str, zeros: Mapping[str, int], where: str = "") -> None:
    """Warns of columns in which another program stored zeros as the smallest number of the format."""
    for column, n in zeros.items():
        warn(
            f"`{file}`, column `{column}` holds a number between 0 and 1e-70 in {n} row{'' if n == 1 else 's'}{where and ' ' + where}: a SAS zero "
            "miswritten by another program (one that read it by pandas.read_sas); it is read as it stands and is not 0",
            DataWarning,
        )


def dataset_of(member: Mapping[str, Any], encoding: str, library: _frame.Library) -> Dataset:
    """A member of the core as a data set."""
    variables = member["variables"]
    return Dataset(
        name=member["name"],
        label=member["label"],
        values={v["name"]: column_values(v) for v in variables},
        labels={v["name"]: v["label"] for v in variables},
        formats={v["name"]: v["format"] for v in variables},
        types={v["name"]: "number" if "missing" in v else "text" for v in variables},
        missing={v["name"]: v["missing"] for v in variables if "missing" in v},
        encoding=encoding,
        rows_ambiguous=member["rows_ambiguous"],
        misread_zeros={name: n for name, n, _first in member["misread_zeros"]},
        attributes={"created": member["created"]},
        column_attributes={v["name"]: {"length": v["length"], "informat": v["informat"]} for v in variables},
        library=library,
    )


def write_xport(
    data: Any,
    path: str | Path,
    *,
    name: str | None = None,
    label: str = "",
    labels: Mapping[str, str] | None = None,
    formats: Mapping[str, str] | None = None,
    missing: Mapping[str, Tags] | None = None,
    version: Literal[5, 8] = 5,
    created: datetime | None = None,
    encoding: str | None = None,
    zones: Zones | None = None,
    lengths: Mapping[str, int] | None = None,
) -> Path:
    """Write a frame as a SAS transport file; nothing is cut to fit, and the same data give the same bytes.

    Parameters
    ----------
    data : frame, mapping of arrays or Dataset
        Numbers, flags, texts, dates. Of an :class:`Dataset` labels, formats and special missing values are kept.
    path : str or path
        The file.
    name : str, optional
        Name of the member, by default that of the file.
    label : str
        Label of the member, at most 40 bytes.
    labels, formats : mapping of column to text, optional
        Labels and formats (``DATE9.``, ``8.2``). The format says the unit: dates are seconds under ``DATETIME20.``, days
        under ``DATE9.``, which is refused when one of them has a time. Dates without a format get ``DATE9.``, dates with a
        time ``DATETIME20.``; ``datetime64`` of pandas, which has no other type for days, are dates when all are midnight.
    missing : mapping of column to sequence of text, optional
        The special missing value of each row, as :meth:`Dataset.special_missing` gives them: ``"A"`` to ``"Z"``, ``"_"`` or
        ``"."`` where the number is missing, None at a value (or the bytes of :attr:`Dataset.missing`). A column named
        ``<column>__sasmiss``, which :meth:`Dataset.to_frame` makes, is taken as the same.
    version : {5, 8}
        5 is what regulators take: names of 8 characters, labels of 40, texts of 200 bytes. 8: 32, 256, 32767.
    created : datetime, optional
        Time stamp; by default ``SOURCE_DATE_EPOCH``, otherwise 1960-01-01.
    encoding : str, optional
        Encoding of the texts and labels, by default UTF-8. The file does not store it: tell the reader. A character that
        the encoding does not have is refused with row and column.
    zones : {"local", "utc"}, optional
        What becomes of times with a time zone, which the file does not keep: the clock of the zone, or UTC. They are refused
        without it.
    lengths : mapping of column to int, optional
        Bytes of a column in the file: 1 to 200 of a text (32767 in version 8), 3 to 8 of a number; a value that does not fit
        is refused. By default texts have what the longest needs and numbers 8, and a column of a :class:`Dataset` has the
        length it was read with, if all its values fit.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    DataError
        A name, label, text or number that the version cannot hold; column, row and limit are named. Values for which the
        file has no type, whole numbers beyond 2^53, dates that contradict their format, tags that do not belong to the
        rows, a pandas index with a name.
    OptionError
        Another version, a format that is none.

    Examples
    --------
    >>> import mscsle as ms
    >>> ms.io.write_xport({"usubjid": ["S-01"], "visit_number": [1]}, "vs.xpt")
    Traceback (most recent call last):
    mscsle.exceptions.DataError: `vs.xpt` cannot be written: variable `VISIT_NUMBER` needs a name of at most 8 letters, digits and `_`; pass `version=8`, which has room for it
    """
    target = Path(path)
    member = member_of(
        data, name or target.stem, name, label, labels, formats, missing, created, zones=zones, lengths=lengths
    )
    _core.write_xport(target, [member], _version(version), encoding)
    return target


def write_xport_members(
    members: Mapping[str, Any] | Sequence[Dataset],
    path: str | Path,
    *,
    version: Literal[5, 8] = 5,
    created: datetime | None = None,
    encoding: str | None = None,
) -> Path:
    """Write several members into one SAS transport file.

    Parameters
    ----------
    members : mapping of name to frame, or sequence of Dataset
        The members in order; of a :class:`Dataset` labels, formats and special missing values are kept.
    path, version, created, encoding
        As in :func:`write_xport`.

    Raises
    ------
    DataError
        As :func:`write_xport`; two members of one name; no member.
    """
    given = list(members.items()) if isinstance(members, Mapping) else [(d.name, d) for d in members]
    names = [name.upper() for name, _ in given]
    twice = next((n for i, n in enumerate(names) if n in names[:i]), None)
    if twice is not None or not names:
        raise DataError(f"`{Path(path).name}`: {f'member `{twice}` is given twice' if twice else 'no member is given'}")
    ready = [member_of(data, name, name, "", None, None, None, created) for name, data in given]
    _core.write_xport(Path(path), ready, _version(version), encoding)
    return Path(path)


def _version(version: int) -> int:
    if version not in (5, 8):
        raise OptionError(f"unknown version `{version}`; use 5 or 8")
    return version


def member_of(
    data: Any,
    file_name: str,
    name: str | None,
    label: str,
    labels: Mapping[str, str] | None,
    formats: Mapping[str, str] | None,
    missing: Mapping[str, Tags] | None,
    created: datetime | None,
    *,
    zones: Zones | None = None,
    lengths: Mapping[str, int] | None = None,
    fit: Callable[[FileColumn, str, str], FileColumn] = in_format,
    guess_days: bool | None = None,
) -> tuple[str, str, str, list[tuple[Any, ...]]]:
    """A member as the core takes it; ``fit`` makes a column what its format asks for."""
    labels, formats, asked = dict(labels or {}), dict(formats or {}), dict(missing or {})
    kept: Mapping[str, Tags] = {}
    informats: dict[str, str] = {}
    given_lengths: dict[str, int] = {}
    clocks: set[str] = set()
    if isinstance(data, Dataset):
        labels = {**data.labels, **labels}
        formats = {**data.formats, **formats}
        kept = data.missing
        informats = {c: str(a["informat"]) for c, a in data.column_attributes.items() if "informat" in a}
        given_lengths = kept_lengths(data)
        clocks = {c for c, word in data.types.items() if word == "time"}  # seconds of the day
        file_name, label, data = name or data.name, label or data.label, dict(data.values)
    frame = _frame.Frame(data)
    check_index(frame)
    for given in (labels, formats, asked, kept, lengths or {}):
        for column in given:
            frame.require(column)
    names, parallel = take_parallel(frame)
    asked = {**parallel, **asked}
    variables = []
    for column in names:
        ready = file_column(frame, column, zones=zones, guess_days=guess_days)
        ready = fit(ready, column, formats.get(column, ""))
        tags = asked.get(column, kept.get(column))
        numbers = None if isinstance(ready.values, _frame.Texts) else ready.values
        variables.append(
            (
                column.upper(),
                labels.get(column, ""),
                formats.get(column)
                or FORMATS.get("time" if column in clocks and numbers is not None else ready.kind, ""),
                informats.get(column, ""),
                ready.raw(),
                None if tags is None else tags_of(tags, numbers, column, asked=column in asked),
                (_length(lengths[column], column), True)
                if lengths and column in lengths
                else (given_lengths.get(column, 0), False),
            )
        )
    return file_name.upper(), label, stamp(created), variables


def _length(length: int, column: str) -> int:
    if isinstance(length, bool) or not isinstance(length, (int, np.integer)) or length < 1:
        raise OptionError(f"the length of `{column}` must be a number of bytes, but is {length!r}")
    return int(length)


def kept_lengths(dataset: Dataset) -> dict[str, int]:
    """The lengths in bytes that a data set was read with: of texts, and of the numbers of transport files."""
    out = {}
    for column, attributes in dataset.column_attributes.items():
        length = attributes.get("length")
        if isinstance(length, int) and dataset.types.get(column) in ("number", "text", "string"):
            is_number = dataset.types[column] == "number"
            out[column] = length if not is_number or 3 <= length <= 8 else 0
    return out


def stamp(created: datetime | None) -> str:
    """The time stamp of a transport file; empty when there is none."""
    if created is None and "SOURCE_DATE_EPOCH" in os.environ:
        created = datetime.fromtimestamp(int(os.environ["SOURCE_DATE_EPOCH"]), tz=UTC)
    if created is None:
        return ""
    months = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
    return f"{created.day:02d}{months[created.month - 1]}{created:%y:%H:%M:%S}"
