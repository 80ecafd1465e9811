"""What a user's frame needs before narwhals takes it."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np

__all__ = ["plain_strings", "text_names"]


def plain_strings(data: object) -> object:
    """A pyarrow table with plain strings for string views, for which pyarrow has too few functions; else the data."""
    if not hasattr(type(data), "column_names") or not hasattr(type(data), "replace_schema_metadata"):
        return data
    table: Any = data
    views = [i for i, field in enumerate(table.schema) if "string_view" in str(field.type)]
    if not views:
        return data
    pa = importlib.import_module("pyarrow")
    for i in views:
        field, column = table.schema.field(i), table.column(i)
        if pa.types.is_dictionary(field.type):
            chunks = [
                pa.DictionaryArray.from_arrays(c.indices, c.dictionary.cast(pa.large_string())) for c in column.chunks
            ]
            kind = pa.dictionary(field.type.index_type, pa.large_string())
            table = table.set_column(i, pa.field(field.name, kind), pa.chunked_array(chunks, kind))
        elif pa.types.is_string_view(field.type):
            table = table.set_column(i, pa.field(field.name, pa.large_string()), column.cast(pa.large_string()))
    return table


def text_names(data: Any) -> Any:
    """A frame with names that are numbers (a pandas frame without names) under their texts."""
    if hasattr(type(data), "collect"):  # a lazy frame warns when it is asked
        return data
    names = getattr(data, "columns", ())
    if not callable(names) and hasattr(type(data), "rename") and any(isinstance(c, (int, np.integer)) for c in names):
        return data.rename(columns={c: str(c) for c in names})
    return data
