"""Counts with their denominators as a table with intervals."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from mscsle._result import ard_row

__all__ = ["count_ard", "undetermined_note", "with_intervals"]


def undetermined_note(counts: Mapping[str, Any]) -> str:
    """How many states are undetermined, by visit where there are visits; empty without any."""
    open_states = {v: int(n) for v, n in zip(counts["visit"], counts["undetermined"].tolist(), strict=True) if n}
    if not open_states:
        return ""
    words = ", ".join(f"{n} at {visit}" if visit else f"{n}" for visit, n in open_states.items())
    return f"Undetermined because values are missing: {words}; see `.findings`"


def with_intervals(counts: Mapping[str, Any], *, conf_level: float, method: str) -> dict[str, Any]:
    """Counts of the core with percent and interval; NaN over an empty denominator."""
    from mscsle import stats

    n = len(counts["state"])
    percent, lower, upper = (np.full(n, np.nan) for _ in range(3))
    used = method
    for i, (x, of) in enumerate(zip(counts["numerator"].tolist(), counts["denominator"].tolist(), strict=True)):
        rule = counts["denominator_rule"][i]
        # an empty denominator still has its method checked
        found = stats.proportion(x, max(of, 1), method=method, conf_level=conf_level, denominator_rule=rule)
        used = found.method
        if of > 0:
            percent[i], lower[i], upper[i] = 100 * x / of, 100 * found.lower, 100 * found.upper
    return {
        **counts,
        "denominator_rule": list(counts["denominator_rule"]),
        "percent": percent,
        "lower": lower,
        "upper": upper,
        "method": [used] * n,
    }


def count_ard(
    table: Mapping[str, Any], *, context: str, statement: str, missing: str | None, analysis_set: str | None = None
) -> list[dict[str, object]]:
    """Rows n, N, percent and interval of each count."""
    rows = []
    for i in range(len(table["state"])):
        visit = table["visit"][i] if "visit" in table else ""
        rule = table["denominator_rule"][i]
        undetermined = int(table["undetermined"][i]) if "undetermined" in table else 0
        warnings = [] if table["denominator"][i] else ["nobody in the denominator"]
        warnings += [f"{undetermined} undetermined because values are missing"] if undetermined else []
        warning = "; ".join(warnings) or None
        whom = f"{rule}, {analysis_set}" if analysis_set else rule
        method = f"{statement}; denominator: {whom}" + (f"; missing: {missing}" if missing else "")
        for name, label, value, how in (
            ("n", "n", float(table["numerator"][i]), method),
            ("N", f"N ({whom})", float(table["denominator"][i]), method),
            ("p", "%", float(table["percent"][i]), method),
            ("conf.low", "lower limit, %", float(table["lower"][i]), f"{method}; {table['method'][i]}"),
            ("conf.high", "upper limit, %", float(table["upper"][i]), f"{method}; {table['method'][i]}"),
        ):
            rows.append(
                ard_row(
                    group1="visit" if visit else None,
                    group1_level=visit or None,
                    variable="state",
                    variable_level=table["state"][i],
                    context=context,
                    stat_name=name,
                    stat_label=label,
                    stat=None if np.isnan(value) else value,
                    warning=warning,
                    method=how,
                )
            )
    return rows
