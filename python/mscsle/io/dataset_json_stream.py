"""Dataset-JSON files larger than memory: read and written chunk by chunk."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Literal

from mscsle import _core, _frame
from mscsle.exceptions import DataError, OptionError
from mscsle.io.columns import FileColumn, Kind, Zones, check_index, file_column, of_kind
from mscsle.io.dataset import Dataset
from mscsle.io.dataset_json import as_known, attributes_of, dataset_of_json, variable
from mscsle.io.tags import warn_of_loss
from mscsle.io.xport import checked_zeros

__all__ = ["DatasetJsonWriter", "iter_dataset_json"]

Form = Literal["json", "ndjson", "dsjc"]
FORMS: Mapping[str, Form] = {".json": "json", ".ndjson": "ndjson", ".dsjc": "dsjc"}


def iter_dataset_json(
    path: str | Path, *, rows: int = 100_000, library: _frame.Library | None = None
) -> Iterator[Dataset]:
    """Read a CDISC Dataset-JSON 1.1 file of any of its forms in chunks of rows; memory does not grow with the file.

    Parameters
    ----------
    path : str or path
        The file.
    rows : int
        Most rows of a chunk.
    library : {"pandas", "polars", "pyarrow", "numpy"}, optional
        Library of ``.to_frame()``; by default the one in use.

    Yields
    ------
    Dataset
        The rows of a chunk with the metadata that stand before the rows; of a data set without rows one chunk that is empty.

    Raises
    ------
    DataError
        As :func:`read_dataset_json`, when the chunk is reached; that the rows are not as many as ``records`` says with the
        last one.

    Warns
    -----
    DataWarning
        As :func:`read_dataset_json`, of each column once.

    Examples
    --------
    >>> import mscsle as ms
    >>> path = ms.write({"AVAL": [1.0, 2.0, 3.0]}, "adtte.ndjson")
    >>> [chunk.values["AVAL"].tolist() for chunk in ms.io.iter_dataset_json(path, rows=2)]
    [[1.0, 2.0], [3.0]]
    """
    if rows < 1:
        raise DataError(f"`rows` must be at least 1, but is {rows}")
    file, library = Path(path).name, _frame.library_of(library)
    stream = _core.JsonStream(Path(path))
    told = set[str]()
    while (found := stream.read_rows(rows)) is not None:
        part = checked_zeros(dataset_of_json(found, library), file, where="of these rows", told=told)
        told |= set(part.misread_zeros)
        yield part


class DatasetJsonWriter:
    """Write a CDISC Dataset-JSON 1.1 file in chunks; a context manager.

    Parameters
    ----------
    path : str or path
        The file.
    format : {"json", "ndjson", "dsjc"}, optional
        The form, where the extension does not say it.
    records : int, optional
        The number of all rows, which stands before them. Without it room is left and the number is written at the end; a
        compressed file (``dsjc``) has no such room and needs it.
    types : mapping of column to type, optional
        ``string``, ``integer``, ``decimal``, ``float``, ``double``, ``boolean``, ``date``, ``datetime``, ``time``, ``URI``.
        By default the type is that of the first chunk, where ``datetime64`` are dates with times also when all of them are
        midnight. A column that is missing in the whole first chunk should be declared: without a type of its own it is text.
    lengths : mapping of column to int, optional
        Characters of text columns, to stand in the file; a longer text is refused.
    name : str, optional
        Name of the data set, by default that of the file.
    label, labels, formats, created, zones
        As in :func:`mscsle.write`.

    Raises
    ------
    DataError
        Other columns than in the first chunk or of other types, and what :func:`mscsle.write` refuses. The file appears when
        it is whole: an older one stays until then, and after an error.
    OptionError
        Another form or type, a compressed file without ``records``.

    Examples
    --------
    >>> import mscsle as ms
    >>> with ms.io.DatasetJsonWriter("adtte.json", types={"CNSR": "integer"}) as out:
    ...     for day in (1.0, 2.0):
    ...         out.write({"USUBJID": ["01-701-1015"], "AVAL": [day], "CNSR": [0]})
    >>> ms.read("adtte.json", library="numpy")["AVAL"]
    array([1., 2.])
    """

    def __init__(
        self,
        path: str | Path,
        *,
        format: Form | None = None,
        records: int | None = None,
        types: Mapping[str, str] | None = None,
        lengths: Mapping[str, int] | None = None,
        name: str | None = None,
        label: str = "",
        labels: Mapping[str, str] | None = None,
        formats: Mapping[str, str] | None = None,
        created: datetime | None = None,
        zones: Zones | None = None,
    ) -> None:
        self._path = Path(path)
        form = format or FORMS.get(self._path.suffix.lower())
        if form is None or form not in FORMS.values():
            raise OptionError(
                f"unknown form `{form or self._path.suffix}`; use {', '.join(f'`{f}`' for f in FORMS.values())}"
            )
        if form == "dsjc" and records is None:
            raise OptionError(
                "the number of rows stands before them in a compressed file; give `records=`, or write `.ndjson`"
            )
        wrong = next((word for word in (types or {}).values() if word not in _KINDS), None)
        if wrong is not None:
            raise OptionError(f"unknown type `{wrong}`; use {', '.join(f'`{word}`' for word in _KINDS)}")
        self._form: Form = form
        self._records, self._zones, self._created = records, zones, created
        self._types, self._lengths = dict(types or {}), dict(lengths or {})
        self._about = Dataset(
            name=name or self._path.stem, label=label, values={}, labels=dict(labels or {}), formats=dict(formats or {})
        )
        self._named = name is not None
        self._kinds: dict[str, Kind] | None = None
        self._sink: _core.JsonSink | None = None

    def write(self, data: Any) -> None:
        """Write the rows of a frame or :class:`Dataset`; the first says which columns there are.

        Raises
        ------
        DataError
            As the class says.
        """
        given = data if isinstance(data, Dataset) else None
        frame = _frame.Frame(data if given is None else dict(given.values))
        check_index(frame)
        columns = {n: file_column(frame, n, zones=self._zones, guess_days=False) for n in frame.names}
        if self._kinds is None or self._sink is None:
            columns = self._begin(columns, given)
        else:
            if list(columns) != list(self._kinds):
                shown = (", ".join(f"`{n}`" for n in names) for names in (self._kinds, columns))
                raise DataError("the first chunk had the columns {}, this one {}".format(*shown))
            columns = {n: self._fitted(column, n, self._kinds[n]) for n, column in columns.items()}
        for n, most in self._lengths.items():
            values = columns[n].values if n in columns else None
            longest = max(values.levels, key=len, default="") if isinstance(values, _frame.Texts) else ""
            if len(longest) > most:
                raise DataError(f"`{n}` holds a text of {len(longest)} characters, but its length is {most}")
        if given is not None:
            warn_of_loss(given.missing, "Dataset-JSON", "null", stacklevel=3)
        if self._sink is not None:
            self._sink.write([column.raw() for column in columns.values()])

    def _begin(self, columns: dict[str, FileColumn], given: Dataset | None) -> dict[str, FileColumn]:
        """Settles the types by the first chunk and writes what stands before the rows."""
        about = self._about
        for mapping in (self._types, self._lengths, about.labels, about.formats):
            absent = next((n for n in mapping if n not in columns), None)
            if absent is not None:
                raise DataError(
                    f"there is no column `{absent}`; the columns are {', '.join(f'`{n}`' for n in columns)}"
                )
        known = given or about
        known_lengths = {n: int(a["length"]) for n, a in known.column_attributes.items() if a.get("length")}
        dataset = Dataset(
            name=about.name if self._named or given is None else given.name,
            label=about.label or known.label,
            values={},
            labels={**known.labels, **about.labels},
            formats={**known.formats, **about.formats},
            types={**known.types, **self._types},
            attributes=known.attributes,
            column_attributes={n: a for n, a in known.column_attributes.items() if n not in self._types},
        )
        ready: dict[str, FileColumn] = {}
        for n, column in columns.items():
            wanted = _KINDS.get(self._types.get(n, ""))
            if wanted is not None and column.kind != wanted and (column.kind != "text" or column.all_missing()):
                column = of_kind(column, wanted, n, f"the type `{self._types[n]}`")
            ready[n] = as_known(column, n, dataset)
            word = self._types.get(n)
            if word is not None and ready[n].kind == "text" and word not in _TEXTS:
                raise DataError(f"column `{n}` holds texts, but its type is `{word}`")
        self._lengths = {
            n: m for n, m in {**known_lengths, **self._lengths}.items() if n in ready and ready[n].kind == "text"
        }
        variables = [variable(dataset, n, column, self._lengths.get(n)) for n, column in ready.items()]
        self._sink = _core.JsonSink(
            self._path,
            self._form,
            dataset.name.upper(),
            dataset.label,
            attributes_of(dataset, self._created),
            variables,
            self._records,
        )
        self._kinds = {n: column.kind for n, column in ready.items()}
        return ready

    def _fitted(self, column: FileColumn, name: str, kind: Kind) -> FileColumn:
        """The column as the first chunk had it."""
        try:
            return of_kind(column, kind, name, "the first chunk")
        except DataError as error:
            raise DataError(f"{error}; declare the column by `types=`") from None

    def close(self) -> None:
        """End the file.

        Raises
        ------
        DataError
            Nothing was written, or other rows than ``records`` says.
        """
        if self._sink is None:
            raise DataError(f"`{self._path.name}`: nothing was written, so the columns are not known")
        self._sink.finish()

    def __enter__(self) -> DatasetJsonWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        elif self._sink is not None:
            self._sink.abandon()


#: Type -> kind of column.
_KINDS: Mapping[str, Kind] = {
    "string": "text",
    "integer": "integer",
    "decimal": "number",
    "float": "number",
    "double": "number",
    "boolean": "flag",
    "date": "date",
    "datetime": "datetime",
    "time": "time",
    "URI": "text",
}
#: Types whose values may be text.
_TEXTS = ("string", "URI", "date", "datetime", "time")
