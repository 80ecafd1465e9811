"""Rows of results as dictionaries, whatever library their frames are in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from mscsle._result import Result

__all__ = ["absent", "method_words", "rows_of", "whole"]


def rows_of(result: Result) -> list[dict[str, Any]]:
    """One dictionary a row of a result's table."""
    columns: Mapping[str, Any] = result.columns()
    names = list(columns)
    values = {n: (v.tolist() if isinstance(v, np.ndarray) else list(v)) for n, v in columns.items()}
    length = len(values[names[0]]) if names else 0
    return [{n: values[n][i] for n in names} for i in range(length)]


def whole(value: object) -> int:
    """A count as a whole number."""
    return round(float(value))  # type: ignore[arg-type]


def absent(value: object) -> bool:
    """Whether a number does not exist."""
    return value is None or (isinstance(value, float) and bool(np.isnan(value)))


def method_words(method: str) -> str:
    """The name of a method in print: people's names with a capital."""
    names = {"clopper": "Clopper", "pearson": "Pearson", "wilson": "Wilson", "agresti": "Agresti", "coull": "Coull", "jeffreys": "Jeffreys", "blaker": "Blaker", "efron": "Efron", "breslow": "Breslow"}  # fmt: skip
    return "-".join(names.get(part, part) for part in method.split("-"))
