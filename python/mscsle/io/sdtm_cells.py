"""Cells of SDTM: days of ISO dates, numbers, flags, units, supplemental qualifiers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from mscsle._columns import Columns

__all__ = [
    "day",
    "days",
    "filled",
    "flag",
    "is_number",
    "number",
    "picked",
    "qualifiers",
    "short",
    "stacked",
    "unit_key",
]

_FLAGS = {"Y": 1.0, "YES": 1.0, "N": 0.0, "NO": 0.0}


def qualifiers(supp: Columns, variable: str | None) -> dict[tuple[str, str], dict[str, str]]:
    """Supplemental qualifiers by subject and sequence number."""
    out: dict[tuple[str, str], dict[str, str]] = {}
    rows = zip(*(supp.texts(c) for c in ("USUBJID", "IDVAR", "IDVARVAL", "QNAM", "QVAL")), strict=True)
    for subject, by, value, name, text in rows:
        if subject is not None and name is not None and text is not None and (by or None) == variable:
            out.setdefault((subject, value or ""), {})[name.upper()] = text
    return out


def stacked(first: Mapping[str, Any], second: Mapping[str, Any]) -> dict[str, Any]:
    """Rows of two domains, one after the other."""
    a, b = len(first["usubjid"]), len(second["usubjid"])
    if not a or not b:
        return dict(first if a else second)
    out: dict[str, Any] = {}
    for name in {**first, **second}:
        parts = [t.get(name, [None] * n) for t, n in ((first, a), (second, b))]
        numeric = any(isinstance(p, np.ndarray) for p in parts)
        cells = [v for p in parts for v in (p.tolist() if isinstance(p, np.ndarray) else p)]
        out[name] = np.asarray([np.nan if v is None else v for v in cells], dtype=np.float64) if numeric else cells
    return out


def filled(table: Mapping[str, Any]) -> dict[str, Any]:
    """Without columns that hold nothing; the subject stays."""
    out = {}
    for name, values in table.items():
        if isinstance(values, list) and values and all(isinstance(v, float) for v in values):
            values = np.asarray(values, dtype=np.float64)
        empty = (
            len(values) > 0 and bool(np.isnan(values).all())
            if isinstance(values, np.ndarray)
            else len(values) > 0 and all(v is None for v in values)
        )
        if name == "usubjid" or not empty:
            out[name] = values
    return out


def picked(values: Sequence[str | None], rows: Sequence[int]) -> list[str | None]:
    return [values[r] for r in rows]


def day(text: str | None) -> str | None:
    """The day of an ISO date and time; a partial date stays partial."""
    if text is None:
        return None
    return text.split("T")[0].rstrip("-") or None


def days(texts: Sequence[str | None]) -> list[str | None]:
    return [day(t) for t in texts]


def number(text: str | None) -> float:
    try:
        return float("nan") if text is None else float(text)
    except ValueError:
        return float("nan")


def is_number(text: str) -> bool:
    return not np.isnan(number(text))


def short(text: str | None) -> str | None:
    return text.removesuffix(".0") if text is not None else None


def flag(text: str | None) -> float:
    return _FLAGS.get((text or "").upper(), float("nan"))


def unit_key(unit: str) -> str:
    return unit.replace(" ", "").casefold()
