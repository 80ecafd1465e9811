"""Figures by visit: percentages with interval, stacked states, and means with the number of patients below."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from mscsle._frame import Frame
from mscsle.exceptions import DataError
from mscsle.plot.style import INK, LINES, MUTED, PALETTE, axes_or_new, style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["mean_by_visit", "prevalence_by_visit", "states_by_visit"]

#: Fill of the states in the stacked bars, the same in every figure.
_STATE_COLOURS = {
    "CR": "#0072B2",
    "PR": "#7FB9DA",
    "NR": "#F0C27B",
    "unknown": "#EDEDED",
    "not_assessed": "#D9D9D9",
    "dead": "#5F5F5F",
}


def prevalence_by_visit(
    by_visit: object,
    *,
    state: str,
    ax: Axes | None = None,
    rules: Mapping[str, str] | None = None,
    visits: Mapping[str, float] | None = None,
    ylabel: str = "Patients in this state (%)",
    xlabel: str = "Month",
) -> Axes:
    """Percentage of patients in a state at each visit, one line for each denominator rule, with intervals.

    Parameters
    ----------
    by_visit : result of ``by_visit()`` of an endpoint, or a frame
        Columns ``visit``, ``state``, ``percent``, ``lower``, ``upper`` (in percent), ``denominator_rule``.
    state : str
        The state that is drawn.
    rules : mapping, optional
        Denominator rule to its name in the legend; those left out are not drawn.
    visits : mapping, optional
        Visit label to its place on the time axis; without it visits stand in the order of the data.

    Examples
    --------
    >>> import matplotlib; matplotlib.use("agg")
    >>> from mscsle.plot import prevalence_by_visit
    >>> rows = {"visit": ["M3", "M6"], "state": ["CR", "CR"], "percent": [18.0, 18.2], "lower": [10.0, 10.0],
    ...         "upper": [28.0, 29.0], "denominator_rule": ["enrolled", "enrolled"]}
    >>> prevalence_by_visit(rows, state="CR").get_ylabel()
    'Patients in this state (%)'
    """
    frame = Frame(by_visit)
    labels, states, rule_of = frame.texts("visit"), frame.texts("state"), frame.texts("denominator_rule")
    percent, lower, upper = (frame.numbers(c) for c in ("percent", "lower", "upper"))
    if state not in states:
        known = ", ".join(f"`{s}`" for s in dict.fromkeys(states))
        raise DataError(f"no row has the state `{state}`; the states are {known}")
    order = [v or "" for v in dict.fromkeys(labels)]
    place = dict(visits) if visits is not None else {v: float(i) for i, v in enumerate(order)}
    names = dict(rules) if rules is not None else {r or "": r or "" for r in dict.fromkeys(rule_of)}
    ax = axes_or_new(ax)
    span = max(place.values()) - min(place.values()) or 1.0
    with style():
        for i, (rule, name) in enumerate(names.items()):
            rows = [
                r
                for r in range(frame.n_rows)
                if states[r] == state and rule_of[r] == rule and labels[r] in place and not np.isnan(percent[r])
            ]
            if not rows:
                continue
            x = np.asarray([place[str(labels[r])] for r in rows]) + (i - (len(names) - 1) / 2) * span * 0.015
            y = percent[rows]
            errors = np.vstack([y - lower[rows], upper[rows] - y])
            errors = np.where(np.isnan(errors), 0.0, errors)
            colour = PALETTE[i % len(PALETTE)]
            line: Any = LINES[i % len(LINES)]
            ax.errorbar(
                x,
                y,
                yerr=errors,
                color=colour,
                linestyle=line,
                marker="o",
                markersize=5,
                capsize=3,
                elinewidth=1,
                label=name,
            )
        _visit_axis(ax, place, visits is not None)
        ax.set_ylim(0, 100)
        ax.set_xlabel(xlabel if visits is not None else "Visit")
        ax.set_ylabel(ylabel)
        if len(names) > 1:
            ax.legend(loc="upper left")
    return ax


def states_by_visit(
    by_visit: object,
    *,
    states: Sequence[str],
    ax: Axes | None = None,
    names: Mapping[str, str] | None = None,
    visits: Mapping[str, str] | None = None,
    colours: Mapping[str, str] | None = None,
    ylabel: str = "Patients",
) -> Axes:
    """Stacked bars of the number of patients in each state at each visit: what a prevalence is made of.

    Parameters
    ----------
    by_visit : frame
        Columns ``visit``, ``state``, ``count``.
    states : sequence of str
        From the bottom of the stack to its top.
    names, visits : mapping, optional
        State and visit to their names in print.
    colours : mapping, optional
        State to its colour; known states have one of their own.

    Examples
    --------
    >>> import matplotlib; matplotlib.use("agg")
    >>> from mscsle.plot import states_by_visit
    >>> rows = {"visit": ["M3", "M3"], "state": ["CR", "NR"], "count": [14, 46]}
    >>> len(states_by_visit(rows, states=["CR", "NR"]).patches)
    2
    """
    from matplotlib.ticker import MaxNLocator

    frame = Frame(by_visit)
    labels, found = frame.texts("visit"), frame.texts("state")
    counts = frame.numbers("count")
    order = list(visits) if visits is not None else [v or "" for v in dict.fromkeys(labels)]
    ax = axes_or_new(ax)
    with style():
        base = np.zeros(len(order))
        x = np.arange(len(order), dtype=float)
        least = 0.045 * float(counts.sum()) / max(1, len(order))  # the height of a line of text
        beside = np.full(len(order), -np.inf)
        for i, state in enumerate(states):
            heights = np.asarray(
                [sum(counts[r] for r in range(frame.n_rows) if labels[r] == v and found[r] == state) for v in order]
            )
            colour = (colours or {}).get(state) or _STATE_COLOURS.get(state) or PALETTE[i % len(PALETTE)]
            ax.bar(
                x,
                heights,
                0.62,
                bottom=base,
                color=colour,
                edgecolor="white",
                linewidth=0.8,
                label=(names or {}).get(state, state),
            )
            dark = sum(int(colour[k : k + 2], 16) for k in (1, 3, 5)) < 380 if colour.startswith("#") else False
            for j, height in enumerate(heights):
                if 0 < height < least:  # too low for its number, which stands to the right
                    beside[j] = max(base[j] + height / 2, beside[j] + least)
                    ax.text(x[j] + 0.34, beside[j], f"{height:.0f}", ha="left", va="center", fontsize=8, color=INK)
                elif height > 0:
                    ax.text(
                        x[j],
                        base[j] + height / 2,
                        f"{height:.0f}",
                        ha="center",
                        va="center",
                        fontsize=9,
                        color="white" if dark else INK,
                    )
            base = base + heights
        ax.set_xticks(x, [(visits or {}).get(v, v) for v in order])
        ax.set_ylabel(ylabel)
        ax.set_ylim(0, float(base.max(initial=1.0)) * 1.02)
        ax.yaxis.set_major_locator(MaxNLocator(nbins="auto", steps=[1, 2, 5, 10], integer=True))
        handles, texts = ax.get_legend_handles_labels()
        ax.legend(handles[::-1], texts[::-1], loc="center left", bbox_to_anchor=(1.01, 0.5))
    return ax


def mean_by_visit(
    table: object,
    *,
    ax: Axes | None = None,
    visits: Mapping[str, float] | None = None,
    label: str = "Mean",
    xlabel: str = "Month",
    counts: bool = True,
) -> Axes:
    """Means by visit with their confidence intervals; the number of patients stands below each.

    Parameters
    ----------
    table : frame
        Columns ``visit``, ``mean``, ``lower``, ``upper`` (limits of the mean) and ``n``.
    visits : mapping, optional
        Visit label to its place on the time axis.

    Examples
    --------
    >>> import matplotlib; matplotlib.use("agg")
    >>> from mscsle.plot import mean_by_visit
    >>> rows = {"visit": ["M0", "M12"], "n": [81, 77], "mean": [13.11, 5.48], "lower": [12.2, 4.9], "upper": [14.0, 6.1]}
    >>> mean_by_visit(rows, label="SLEDAI").get_ylabel()
    'SLEDAI'
    """
    frame = Frame(table)
    labels = [v or "" for v in frame.texts("visit")]
    mean, lower, upper = (frame.numbers(c) for c in ("mean", "lower", "upper"))
    place = dict(visits) if visits is not None else {v: float(i) for i, v in enumerate(labels)}
    rows = [i for i, v in enumerate(labels) if v in place and not np.isnan(mean[i])]
    x = np.asarray([place[labels[i]] for i in rows])
    ax = axes_or_new(ax)
    with style():
        y = mean[rows]
        errors = np.where(np.isnan(lower[rows]), 0.0, np.vstack([y - lower[rows], upper[rows] - y]))
        ax.errorbar(x, y, yerr=errors, color=PALETTE[0], marker="o", markersize=5.5, capsize=3.5, elinewidth=1.1)
        _visit_axis(ax, {labels[i]: place[labels[i]] for i in rows}, visits is not None)
        low, high = float(np.nanmin(np.append(lower[rows], y))), float(np.nanmax(np.append(upper[rows], y)))
        room = (high - low) * 0.15 or abs(high) * 0.1 or 1.0
        ax.set_ylim(0 if 0 <= low < 0.6 * high else low - room, high + room)
        ax.set_ylabel(label)
        if counts and "n" in frame.names:
            n = frame.numbers("n")
            ax.set_xlabel(xlabel, labelpad=4)
            ax.annotate(
                "n", (0, 0), xycoords="axes fraction", xytext=(-8, -44), textcoords="offset points", ha="right",
                va="center", weight="bold", fontsize=9, annotation_clip=False,
            )  # fmt: skip
            for i, at in zip(rows, x, strict=True):
                ax.annotate(
                    f"{n[i]:.0f}", (at, 0), xycoords=("data", "axes fraction"), xytext=(0, -44), ha="center",
                    textcoords="offset points", va="center", color=MUTED, fontsize=9, annotation_clip=False,
                )  # fmt: skip
        else:
            ax.set_xlabel(xlabel)
    return ax


def _visit_axis(ax: Axes, place: Mapping[str, float], numeric: bool) -> None:
    at = sorted(place.items(), key=lambda item: item[1])
    positions = [p for _, p in at]
    ax.set_xticks(positions, [f"{p:g}" if numeric else v for v, p in at])
    span = (positions[-1] - positions[0]) or 1.0 if positions else 1.0
    if positions:
        ax.set_xlim(positions[0] - 0.06 * span, positions[-1] + 0.06 * span)
