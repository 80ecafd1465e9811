"""CDISC Dataset-JSON 1.1: one JSON object, NDJSON, or DSJC (NDJSON as a zlib stream)."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import numpy as np

from mscsle import _core, _frame
from mscsle.io.columns import FileColumn, Zones, file_column, in_format, of_kind
from mscsle.io.dataset import Dataset, column_values
from mscsle.io.xport import checked_zeros

__all__ = ["read_dataset_json", "write_dataset_json"]

#: Types of the standard whose values are text unless the target type is a number.
_TEXT = ("string", "URI", "date", "datetime", "time")
#: Kind of column -> type and target type.
_TYPES: dict[str, tuple[str, str | None]] = {
    "text": ("string", None),
    "number": ("float", None),
    "integer": ("integer", None),
    "flag": ("boolean", None),
    "date": ("date", "integer"),
    "datetime": ("datetime", "integer"),
    "time": ("time", "integer"),
}


def read_dataset_json(path: str | Path, *, library: _frame.Library | None = None) -> Dataset:
    """Read a CDISC Dataset-JSON 1.1 file of any of its forms, which is seen from the content.

    Numbers that stand as ISO text (``targetDataType`` ``integer``) are dates, ``decimal`` text are numbers, ``""`` and null
    are kept apart, and dates without a target type stay text, since they may be partial.

    Parameters
    ----------
    path : str or path
        The file.
    library : {"pandas", "polars", "pyarrow", "numpy"}, optional
        Library of ``.to_frame()``; by default the one in use.

    Raises
    ------
    MissingFileError
        There is no such file.
    DataError
        It is no Dataset-JSON 1.1, is damaged or cut off, a cell is not of the type of its column, or the rows are not as
        many as ``records`` says: byte, row and column are named. A compressed file that swells to more than 64 MiB and 250
        times its size.

    Warns
    -----
    DataWarning
        Numbers between 0 and 1e-70 are zeros that another program miswrote; column and number of rows are named.

    Examples
    --------
    >>> import mscsle as ms
    >>> path = ms.write({"USUBJID": ["S-01", ""], "AGE": [31, 47]}, "dm.ndjson", labels={"AGE": "Age"})
    >>> dm = ms.io.read_dataset_json(path)
    >>> dm.types, dm.labels["AGE"], list(dm.values["USUBJID"])
    ({'USUBJID': 'string', 'AGE': 'integer'}, 'Age', ['S-01', ''])
    """
    dataset = dataset_of_json(_core.read_json(Path(path)), _frame.library_of(library))
    return checked_zeros(dataset, Path(path).name)


def dataset_of_json(found: Mapping[str, Any], library: _frame.Library) -> Dataset:
    """A data set, or a chunk of one, of the core."""
    variables = found["variables"]
    extra = {"oid": "itemOID", "target": "targetDataType", "length": "length", "key": "keySequence"}
    return Dataset(
        name=found["name"],
        label=found["label"],
        values={v["name"]: column_values(v) for v in variables},
        labels={v["name"]: v["label"] for v in variables},
        formats={v["name"]: v["format"] for v in variables if v["format"]},
        types={v["name"]: v["type"] for v in variables},
        attributes=json.loads(found["attributes"]),
        column_attributes={v["name"]: {name: v[key] for key, name in extra.items() if v[key]} for v in variables},
        library=library,
    )


def write_dataset_json(
    ready: tuple[_frame.Frame, Dataset],
    path: Path,
    form: Literal["json", "ndjson", "dsjc"],
    created: datetime | None,
    zones: Zones | None = None,
) -> Path:
    """Writes a frame with the metadata of a data set."""
    frame, dataset = ready
    columns = []
    for name in frame.names:
        column = as_known(file_column(frame, name, zones=zones), name, dataset)
        word, _target = _type(dataset, name, column)
        length = dataset.column_attributes.get(name, {}).get("length") if dataset.types.get(name) == word else None
        if word == "string" and isinstance(column.values, _frame.Texts) and (length or dataset.types.get(name) != word):
            length = max([int(length or 1), *(len(t) for t in column.values.levels)])
        columns.append((variable(dataset, name, column, length), column.raw()))
    attributes = attributes_of(dataset, created)
    _core.write_json(path, form, dataset.name.upper(), dataset.label, attributes, columns)
    return path


def variable(dataset: Dataset, name: str, column: FileColumn, length: int | None) -> tuple[Any, ...]:
    """What stands of a column before the rows, as the core takes it."""
    given = dataset.column_attributes.get(name, {})
    return (
        name,
        dataset.labels.get(name, ""),
        *_type(dataset, name, column),
        dataset.formats.get(name, ""),
        str(given.get("itemOID", "")),
        length,
        given.get("keySequence"),
    )


def attributes_of(dataset: Dataset, created: datetime | None) -> str:
    """The attributes of a data set that the standard knows, as JSON."""
    attributes = {k: v for k, v in dataset.attributes.items() if k in _ATTRIBUTES}
    if created is None and "SOURCE_DATE_EPOCH" in os.environ:
        created = datetime.fromtimestamp(int(os.environ["SOURCE_DATE_EPOCH"]), tz=UTC)
    if created is not None:
        attributes["datasetJSONCreationDateTime"] = created.replace(tzinfo=None).isoformat(timespec="seconds")
    return json.dumps(attributes)


#: Attributes of a data set that the standard knows; others are not written.
_ATTRIBUTES = (
    "datasetJSONCreationDateTime",
    "datasetJSONVersion",
    "fileOID",
    "dbLastModifiedDateTime",
    "originator",
    "sourceSystem",
    "studyOID",
    "metaDataVersionOID",
    "metaDataRef",
    "itemGroupOID",
)


def as_known(column: FileColumn, name: str, dataset: Dataset) -> FileColumn:
    """Dates as the type of the column says, or its format where it has no type of dates."""
    word = dataset.types.get(name)
    if word in ("date", "datetime") and column.kind in ("date", "datetime"):
        return of_kind(column, "date" if word == "date" else "datetime", name, f"the type `{word}`")
    return in_format(column, name, dataset.formats.get(name, ""))


def _within_a_day(values: Any) -> bool:
    known = values[~np.isnan(values)]
    return bool(np.all((known >= 0) & (known < 86_400)))


def _type(dataset: Dataset, name: str, column: FileColumn) -> tuple[str, str | None]:
    """The type of the data set where the values fit it, otherwise that of the values."""
    word = dataset.types.get(name, "")
    given: Mapping[str, Any] = dataset.column_attributes.get(name, {})
    target = given.get("targetDataType")
    if column.kind == "text":
        return (word, None) if word in _TEXT and target != "integer" else ("string", None)
    if column.kind in ("number", "integer"):
        whole = column.kind == "integer"
        if word in ("float", "double") or (word == "integer" and whole):
            return word, None
        if word == "decimal":
            return word, target or "decimal"
        if word == "time" and target == "integer" and _within_a_day(column.values):
            return word, target
    return _TYPES[column.kind]
