"""Transport files larger than memory: read and written chunk by chunk."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Literal

from mscsle import _core, _frame
from mscsle._warn import warn
from mscsle.exceptions import DataError, DataWarning
from mscsle.io.columns import FileColumn, Kind, Zones, in_format, of_kind
from mscsle.io.dataset import Dataset
from mscsle.io.xport import dataset_of, kept_lengths, member_of, stamp, warn_of_blank_rows, warn_of_zeros

__all__ = ["XportWriter", "iter_xport", "list_xport"]


def list_xport(path: str | Path, *, encoding: str | None = None) -> list[str]:
    """The names of the members of a SAS transport file, in order; the rows are passed over.

    Parameters
    ----------
    path, encoding
        As in :func:`read_xport`.

    Examples
    --------
    >>> import mscsle as ms
    >>> path = ms.io.write_xport_members({"dm": {"AGE": [31]}, "ae": {"AESEQ": [1]}}, "study.xpt")
    >>> ms.io.list_xport(path)
    ['DM', 'AE']
    """
    stream = _core.XportStream(Path(path), encoding)
    names = []
    while (member := stream.next_member()) is not None:
        names.append(str(member["name"]))
    return names


def iter_xport(
    path: str | Path,
    *,
    rows: int = 100_000,
    member: str | None = None,
    encoding: str | None = None,
    library: _frame.Library | None = None,
) -> Iterator[Dataset]:
    """Read a member of a SAS transport file in chunks of rows; memory does not grow with the file.

    Parameters
    ----------
    path : str or path
        The file.
    rows : int
        Most rows of a chunk.
    member : str, optional
        Name of the member, in any case; by default the first.
    encoding, library
        As in :func:`read_xport`. An encoding that is not named is settled by the chunks as they come: name it, if the
        texts may not be UTF-8.

    Yields
    ------
    Dataset
        The rows of a chunk; of a member without rows one chunk that is empty.

    Raises
    ------
    DataError
        As :func:`read_xport`, when the chunk is reached.

    Warns
    -----
    DataWarning
        As :func:`read_xport`, when the chunk is reached.

    Examples
    --------
    >>> import mscsle as ms
    >>> path = ms.io.write_xport({"AVAL": [1.0, 2.0, 3.0]}, "adtte.xpt")
    >>> [chunk.values["AVAL"].tolist() for chunk in ms.io.iter_xport(path, rows=2)]
    [[1.0, 2.0], [3.0]]
    """
    if rows < 1:
        raise DataError(f"`rows` must be at least 1, but is {rows}")
    file, library = Path(path).name, _frame.library_of(library)
    stream = _core.XportStream(Path(path), encoding)
    names = []
    while (found := stream.next_member()) is not None:
        names.append(str(found["name"]))
        if member is None or names[-1].lower() == member.lower():
            break
    else:
        raise DataError(f"`{file}` has no member `{member or ''}`; its members are {', '.join(names) or '(none)'}")
    warned, told = False, set[str]()
    while (chunk := stream.read_rows(rows)) is not None:
        values, used, assumed = chunk
        if assumed and not warned:
            warned = True
            warn(f"the texts of `{file}` are not UTF-8; read as {used} from here on", DataWarning)
        part = dataset_of(values, used, library)
        warn_of_zeros(file, {c: n for c, n in part.misread_zeros.items() if c not in told}, "of these rows")
        told |= set(part.misread_zeros)
        if part.rows_ambiguous:
            warn_of_blank_rows(file, part.name)
        yield part


class XportWriter:
    """Write a member of a SAS transport file in chunks; a context manager.

    Parameters
    ----------
    path : str or path
        The file.
    lengths : mapping of column to int
        Bytes of each text column, which stand before the rows: at most 200 in version 5. Of a first chunk that is a
        :class:`Dataset` the lengths it was read with are kept.
    name : str, optional
        Name of the member, by default that of the file.
    label, labels, formats, version, created, encoding
        As in :func:`write_xport`. What a column is stands in the first chunk: by its format, if it has one, else by its
        type; ``datetime64`` are dates with times there, also when all of them are midnight (``formats={"ADT": "DATE9."}``
        makes them days). A column that is missing in a whole chunk may have any type there; if that is the first chunk, it
        is a text if it has a length, else a number, unless a data set says its type.
    zones : {"local", "utc"}, optional
        As in :func:`write_xport`.

    Raises
    ------
    DataError
        A text column without a length or longer than it, other columns than in the first chunk, and what
        :func:`write_xport` refuses. The file appears when it is whole: an older one stays until then, and after an error.

    Examples
    --------
    >>> import mscsle as ms
    >>> with ms.io.XportWriter("adtte.xpt", lengths={"USUBJID": 11}) as out:
    ...     for day in (1.0, 2.0):
    ...         out.write({"USUBJID": ["01-701-1015"], "AVAL": [day]})
    >>> ms.read("adtte.xpt", library="numpy")["AVAL"]
    array([1., 2.])
    """

    def __init__(
        self,
        path: str | Path,
        *,
        lengths: Mapping[str, int] | None = None,
        name: str | None = None,
        label: str = "",
        labels: Mapping[str, str] | None = None,
        formats: Mapping[str, str] | None = None,
        version: Literal[5, 8] = 5,
        created: datetime | None = None,
        encoding: str | None = None,
        zones: Zones | None = None,
    ) -> None:
        self._path = Path(path)
        self._lengths = dict(lengths or {})
        self._about = (name or self._path.stem, label, dict(labels or {}), dict(formats or {}), created)
        self._zones = zones
        self._kinds: dict[str, Kind] | None = None
        self._sink = _core.XportSink(self._path, version, stamp(created), encoding)

    def write(self, data: Any) -> None:
        """Write the rows of a frame or :class:`Dataset`; the first says which columns there are.

        Raises
        ------
        DataError
            As the class says.
        """
        name, label, labels, formats, created = self._about
        kinds: dict[str, Kind] = {}
        known = data.types if isinstance(data, Dataset) else {}

        def fit(column: FileColumn, own: str, format: str) -> FileColumn:
            column = self._fitted(in_format(column, own, format), own, own in known)
            kinds[own.upper()] = _plain(column.kind)
            return column

        member = member_of(
            data, name, name, label, labels, formats, None, created, zones=self._zones, fit=fit, guess_days=False
        )
        if self._kinds is None:
            wanted = {column.upper(): n for column, n in self._lengths.items()}
            if isinstance(data, Dataset):
                wanted = {**{column.upper(): n for column, n in kept_lengths(data).items()}, **wanted}
            for column, kind in kinds.items():
                if kind == "text" and column not in wanted:
                    raise DataError(f"text column `{column}` needs its length in bytes by `lengths=`")
            variables = [(*column[:-1], (wanted.get(column[0], 0), True)) for column in member[3]]
            self._sink.begin((*member[:3], variables))
            self._kinds = kinds
        if kinds != self._kinds:
            raise DataError(f"the first chunk had the columns {_shown(self._kinds)}, this one {_shown(kinds)}")
        self._sink.write(member)

    def _fitted(self, column: FileColumn, name: str, is_known: bool) -> FileColumn:
        """The column as the first chunk had it; what is missing in a whole chunk has no type of its own."""
        if self._kinds is None:
            if is_known or not column.all_missing() or column.kind in ("date", "datetime", "time"):
                return column
            has_length = name.upper() in {own.upper() for own in self._lengths}
            if column.untyped or has_length:
                return of_kind(column, "text" if has_length else "number", name, "")
            return column
        kind = self._kinds.get(name.upper())
        if kind is None or (_plain(column.kind) != kind and "text" in (kind, column.kind) and not column.all_missing()):
            return column  # refused with all that differs
        return column if _plain(column.kind) == kind else of_kind(column, kind, name, "the first chunk")

    def close(self) -> None:
        """End the file, which then takes its place.

        Raises
        ------
        DataError
            Nothing was written.
        FileError
            The system refuses; an older file stays.
        """
        if self._kinds is None:
            raise DataError(f"`{self._path.name}`: nothing was written, so the columns are not known")
        try:
            self._sink.end()
            self._sink.finish()
        finally:
            self._sink.abandon()

    def __enter__(self) -> XportWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        else:
            self._sink.abandon()


def _plain(kind: Kind) -> Kind:
    """Whole numbers and flags are numbers in a transport file."""
    return "number" if kind in ("integer", "flag") else kind


def _shown(kinds: Mapping[str, str]) -> str:
    return ", ".join(f"{column} ({kind})" for column, kind in kinds.items())
