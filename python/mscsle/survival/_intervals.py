"""Reading interval-censored times: lower and upper end, or time and event."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mscsle import _frame
from mscsle.exceptions import DataError
from mscsle.survival import _rows

#: Upper end of a right-censored row while columns are read; no time is negative.
NEVER = -1.0


def _end(values: object, name: str, infinity: float) -> NDArray[np.float64]:
    """An end point with NaN where it is missing or infinite on its own side."""
    if isinstance(values, np.ndarray):
        raw: Any = values
    elif hasattr(values, "to_list"):
        raw = values.to_list()
    elif hasattr(values, "to_pylist"):
        raw = values.to_pylist()
    else:
        raw = list(values)  # type: ignore[call-overload]
    if isinstance(raw, np.ndarray) and raw.dtype.kind == "f":
        raw = np.where(raw == infinity, np.nan, raw)
    else:
        raw = [None if isinstance(v, float) and v == infinity else v for v in raw]
    return _frame.as_numbers(raw, name)


def read(
    lower: object,
    upper: object,
    *,
    event: object | None,
    data: object | None,
    extra: Mapping[str, tuple[object, _frame.Kind]] | None = None,
    missing: str,
    **roles: Any,
) -> tuple[_rows.Rows, NDArray[np.float64], NDArray[np.float64]]:
    """Rows of an interval call and their end points (0 = left-censored, infinite = right-censored)."""
    frame = None if data is None else _frame.Frame(data)
    names = {"lower": "lower", "upper": "upper"}
    ends: dict[str, NDArray[np.float64]] = {}
    for role, given, infinity in (("lower", lower, -np.inf), ("upper", upper, np.inf)):
        if frame is not None:
            if not isinstance(given, str):
                raise TypeError(f"with `data=`, `{role}` is a column name (str), but this is {type(given).__name__}")
            names[role] = frame.require(given)
            given = frame.raw(given)
        elif isinstance(given, str):
            raise TypeError(f"`{role}` is the name `{given}` but no `data=` was given; give a frame, or an array")
        ends[role] = _end(given, names[role], infinity)
    low, high = ends["lower"], ends["upper"]
    if len(low) != len(high):
        raise DataError(f"columns differ in length: `lower` has {len(low)}, `upper` has {len(high)}")
    for role, values in ends.items():
        negative = values < 0
        if negative.any():
            row = int(np.argmax(negative))
            raise DataError(f"column `{names[role]}` must be >= 0, but row {row} is {values[row]:g}")
    reversed_ = low > high
    if reversed_.any():
        row = int(np.argmax(reversed_))
        raise DataError(
            f"column `{names['lower']}` must not be after `{names['upper']}`, but row {row} is {low[row]:g} to {high[row]:g}"
        )
    unknown = np.isnan(low) & np.isnan(high)
    if unknown.any() and missing == "error":
        count, row = int(unknown.sum()), int(np.argmax(unknown))
        raise DataError(
            f"columns `{names['lower']}` and `{names['upper']}` are both missing in {count} row{'s' if count > 1 else ''} "
            f'(first in row {row}); drop them or pass `missing="drop"`'
        )
    filled_low = np.where(np.isnan(low) & ~unknown, 0.0, low)
    filled_high = np.where(np.isnan(high) & ~unknown, NEVER, high)
    if frame is not None:
        low_name, high_name = names["lower"], names["upper"]
        if low_name != high_name:
            data = _frame.with_column(
                _frame.Frame(_frame.with_column(frame, low_name, filled_low)), high_name, filled_high
            )
        columns: tuple[object, object] = (low_name, high_name)
    else:
        columns = (filled_low, filled_high)
    rows = _rows.read(
        data,
        time=columns[0],  # type: ignore[arg-type]
        event=event,  # type: ignore[arg-type]
        needs_event=False,
        extra={"upper": (columns[1], "number"), **(extra or {})},
        missing=missing,
        **roles,
    )
    rows = _rows.taking_part(rows)
    end = rows.extra["upper"].copy()
    end[end == NEVER] = np.inf
    if rows.event is not None:
        end[~rows.event] = np.inf
    return rows, rows.time, end
