"""Parquet and Arrow IPC through pyarrow: labels, formats and units in the metadata of the fields."""

from __future__ import annotations

import functools
import importlib
from pathlib import Path
from typing import Any, Literal

import numpy as np

from mscsle import _frame
from mscsle._files import new_file
from mscsle.exceptions import DataError
from mscsle.io.columns import file_column, in_format
from mscsle.io.dataset import Dataset

__all__ = ["read_arrow", "write_arrow"]

#: Key of the metadata of a field -> attribute of :class:`Dataset`.
_KEYS = {b"sas.label": "labels", b"sas.format": "formats", b"unit": "units"}


def _module(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError:
        raise ImportError("Parquet and Arrow files need pyarrow: pip install 'mscsle[arrow]'") from None


def read_arrow(path: Path, kind: Literal["parquet", "arrow"], library: _frame.Library) -> Dataset:
    """A Parquet or Arrow IPC file with the metadata of its fields."""
    pa = _module("pyarrow")
    try:
        if kind == "parquet":
            table = _module("pyarrow.parquet").read_table(path)
        else:
            with pa.OSFile(str(path), "rb") as source:
                table = _module("pyarrow.ipc").open_file(source).read_all()
    except (pa.ArrowException, ValueError, OSError) as error:
        what = "a Parquet file" if kind == "parquet" else "an Arrow IPC file"
        raise DataError(f"`{path.name}` cannot be read as {what}: {str(error).splitlines()[0]}") from None
    found: dict[str, dict[str, str]] = {"labels": {}, "formats": {}, "units": {}}
    for field in table.schema:
        for key, attribute in _KEYS.items():
            if key in (field.metadata or {}):
                found[attribute][field.name] = field.metadata[key].decode()
    about = {k.decode(): v.decode(errors="replace") for k, v in (table.schema.metadata or {}).items()}
    return Dataset(
        name=about.pop("mscsle.name", path.stem),
        label=about.pop("mscsle.label", ""),
        values={name: _values(table[name]) for name in table.column_names},
        types={field.name: str(field.type) for field in table.schema},
        attributes={k: v for k, v in about.items() if k not in ("ARROW:schema", "pandas")},
        library=library,
        _make_frame=functools.partial(_frame_of_table, table),
        labels=found["labels"],
        formats=found["formats"],
        units=found["units"],
    )


def write_arrow(ready: tuple[_frame.Frame, Dataset], path: Path, kind: Literal["parquet", "arrow"]) -> Path:
    """Writes a frame with the metadata of a data set."""
    pa = _module("pyarrow")
    frame, dataset = ready
    for name in frame.names:
        frame.require(name)  # names that are no text are refused in our words
    table = _table(pa, frame)
    for name in table.column_names:
        _check(pa.types, table[name], name, dataset.formats.get(name, ""))
    fields = []
    for field in table.schema:
        metadata = {key: getattr(dataset, attribute).get(field.name) for key, attribute in _KEYS.items()}
        fields.append(field.with_metadata({k: v.encode() for k, v in metadata.items() if v}))
    about = {k: str(v) for k, v in dataset.attributes.items()}
    about |= {"mscsle.name": dataset.name, "mscsle.label": dataset.label}
    table = table.cast(pa.schema(fields, metadata={k: v for k, v in about.items() if v}))
    with new_file(path) as beside:
        if kind == "parquet":
            _module("pyarrow.parquet").write_table(table, beside)
        else:
            with pa.OSFile(str(beside), "wb") as sink, _module("pyarrow.ipc").new_file(sink, table.schema) as writer:
                writer.write_table(table)
    return path


def _check(types: Any, column: Any, name: str, format: str) -> None:
    """Refuses numbers that no file may hold, and dates that contradict their format."""
    if types.is_floating(column.type):
        _frame.as_numbers(column.to_numpy(), name)
    elif format and (types.is_timestamp(column.type) or types.is_date(column.type)):
        is_day = types.is_date(column.type)
        stamps = np.asarray(column.to_numpy(), dtype="datetime64[D]" if is_day else "datetime64[us]")
        in_format(file_column(_frame.Frame({name: stamps}), name, guess_days=False), name, format)


def _table(pa: Any, frame: _frame.Frame) -> Any:
    """The frame as an Arrow table; numbers that are missing are null, the pandas index is left out."""
    native: Any = frame.native
    if frame.library == "pyarrow":
        return native
    if frame.library == "polars":
        return native.to_arrow()
    if frame.library == "pandas":
        try:
            return pa.Table.from_pandas(native, preserve_index=False).replace_schema_metadata(None)
        except pa.ArrowException as error:
            raise DataError(f"Arrow has no type for a column: {' '.join(map(str, error.args))}") from None
    return pa.table({str(name): _array(pa, values, str(name)) for name, values in native.items()})


def _array(pa: Any, values: Any, name: str) -> Any:
    if isinstance(values, _frame.Texts):
        return pa.DictionaryArray.from_arrays(
            pa.array(values.codes, mask=values.codes < 0), pa.array(values.levels, pa.large_string())
        ).cast(pa.large_string())
    if isinstance(values, np.ma.MaskedArray):
        return pa.array(values.data, mask=np.ma.getmaskarray(values))
    if isinstance(values, np.ndarray) and values.dtype.kind == "f":
        return pa.array(values, mask=np.isnan(values))
    try:
        return pa.array(values)
    except pa.ArrowException as error:
        raise DataError(f"Arrow has no type for column `{name}`: {str(error).splitlines()[0]}") from None


def _values(column: Any) -> Any:
    """A column for reading on without pyarrow: numbers, dates, texts."""
    pa = _module("pyarrow")
    types = pa.types
    kind = column.type
    if types.is_dictionary(kind):
        column = column.cast(kind.value_type)
        kind = column.type
    if types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind):
        encoded = column.combine_chunks().cast(pa.large_string()).dictionary_encode()
        codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
        return _frame.Texts(np.ascontiguousarray(codes, dtype=np.int32), encoded.dictionary.to_pylist())
    if types.is_integer(kind) or types.is_boolean(kind):
        plain = column.combine_chunks()
        if column.null_count == 0:
            return np.asarray(plain.to_numpy(zero_copy_only=False))
        mask = np.asarray(plain.is_null().to_numpy(zero_copy_only=False))
        filled = plain.fill_null(False if types.is_boolean(kind) else 0)
        return np.ma.MaskedArray(np.asarray(filled.to_numpy(zero_copy_only=False)), mask)
    if types.is_timestamp(kind) and kind.tz is not None:
        return column.to_pylist()  # the zone is kept
    if types.is_floating(kind) or types.is_date(kind) or types.is_timestamp(kind):
        return np.asarray(column.to_numpy())
    return column.to_pylist()


def _frame_of_table(table: Any, library: _frame.Library) -> Any:
    """A table of pyarrow as a frame of another library, without a detour."""
    if library == "pandas":
        return table.to_pandas()
    if library == "polars":
        return importlib.import_module("polars").from_arrow(table)
    return table
