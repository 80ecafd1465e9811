"""Figures with one mark or line a patient: swimmer, trajectories, waterfall, grades over visits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from mscsle._frame import Frame
from mscsle.exceptions import DataError
from mscsle.plot.style import INK, MUTED, PALETTE, axes_or_new, style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["grades", "swimmer", "trajectories", "waterfall"]

#: Marks of events in the swimmer plot, in the order in which kinds appear.
_MARKS = ("o", "v", "X", "D", "s", "P", "*")


def swimmer(
    follow_up: object,
    events: object | None = None,
    *,
    ax: Axes | None = None,
    states: object | None = None,
    names: Mapping[str, str] | None = None,
    xlabel: str = "Months from first infusion",
) -> Axes:
    """One lane a patient: follow-up, spells in a state, events as marks; an arrow where follow-up goes on.

    Parameters
    ----------
    follow_up : frame
        Columns ``usubjid``, ``end`` (time) and, if there, ``ongoing`` (true = alive at the end).
    events : frame, optional
        Columns ``usubjid``, ``time``, ``what``.
    states : frame, optional
        Columns ``usubjid``, ``start``, ``end``, ``state``: coloured spells.
    names : mapping, optional
        Kinds of events and states to their names in the legend.

    Examples
    --------
    >>> import matplotlib; matplotlib.use("agg")
    >>> from mscsle.plot import swimmer
    >>> ax = swimmer({"usubjid": ["a", "b"], "end": [12.0, 4.0]}, {"usubjid": ["b"], "time": [4.0], "what": ["death"]})
    >>> [t.get_text() for t in ax.get_yticklabels()]
    ['a', 'b']
    """
    lanes = Frame(follow_up)
    who = [t or "" for t in lanes.texts("usubjid")]
    end = lanes.numbers("end")
    ongoing = lanes.flags("ongoing") if "ongoing" in lanes.names else np.zeros(len(who), dtype=np.int8)
    order = sorted(range(len(who)), key=lambda i: (-end[i] if end[i] == end[i] else 0.0, who[i]))
    place = {who[i]: len(who) - 1 - k for k, i in enumerate(order)}
    named = names or {}
    ax = axes_or_new(ax, height=max(3.0, 0.16 * len(who) + 1.2))
    with style():
        ax.grid(False)
        for i in order:
            ax.barh(place[who[i]], end[i], height=0.62, color="#e4e7ec", linewidth=0)
            if ongoing[i] == 1:
                ax.plot(end[i], place[who[i]], marker=">", color=MUTED, markersize=4, clip_on=False)
        if states is not None:
            spells = Frame(states)
            kinds = [t or "" for t in dict.fromkeys(spells.texts("state"))]
            start, stop = spells.numbers("start"), spells.numbers("end")
            seen: set[str] = set()
            for r, (subject, state) in enumerate(zip(spells.texts("usubjid"), spells.texts("state"), strict=True)):
                if subject not in place or state is None:
                    continue
                colour = ("#7FB9DA", "#0072B2", "#E69F00", "#009E73")[kinds.index(state) % 4]
                label = None if state in seen else named.get(state, state)
                seen.add(state)
                ax.barh(
                    place[subject],
                    stop[r] - start[r],
                    left=start[r],
                    height=0.62,
                    color=colour,
                    linewidth=0,
                    label=label,
                )
        if events is not None:
            frame = Frame(events)
            kinds = [t or "" for t in dict.fromkeys(frame.texts("what"))]
            at, subjects, what = frame.numbers("time"), frame.texts("usubjid"), frame.texts("what")
            for k, kind in enumerate(kinds):
                rows = [r for r in range(frame.n_rows) if what[r] == kind and subjects[r] in place]
                ax.plot(
                    at[rows], [place[str(subjects[r])] for r in rows], linestyle="none", marker=_MARKS[k % len(_MARKS)],
                    markersize=4.5, color=(INK, PALETTE[1], PALETTE[2], PALETTE[3])[k % 4], label=named.get(kind, kind), zorder=4, clip_on=False,
                )  # fmt: skip
        ax.set_yticks([place[w] for w in who], who, fontsize=4.5 if len(who) > 30 else 8)
        ax.tick_params(axis="y", length=0)
        ax.set_ylim(-0.8, len(who) - 0.2)
        ax.set_xlim(0, None)
        ax.set_xlabel(xlabel)
        ax.spines["left"].set_visible(False)
        if ax.get_legend_handles_labels()[1]:
            ax.legend(loc="upper left", bbox_to_anchor=(1.01, 1.0))
    return ax


def trajectories(
    data: object,
    *,
    ax: Axes | None = None,
    time: str = "month",
    value: str = "value",
    ylabel: str | None = None,
    xlabel: str = "Months from first infusion",
    median: bool = True,
) -> Axes:
    """One thin line a patient over time, with the median of each time in bold.

    Parameters
    ----------
    data : frame
        Columns ``usubjid``, ``time`` and ``value`` (their names by the arguments).

    Examples
    --------
    >>> import matplotlib; matplotlib.use("agg")
    >>> from mscsle.plot import trajectories
    >>> rows = {"usubjid": ["a", "a", "b"], "month": [0, 3, 0], "value": [12.0, 4.0, 9.0]}
    >>> len(trajectories(rows).lines)
    3
    """
    frame = Frame(data)
    x, y, who = frame.numbers(time), frame.numbers(value), frame.texts("usubjid")
    known = ~(np.isnan(x) | np.isnan(y))
    ax = axes_or_new(ax)
    with style():
        for subject in dict.fromkeys(who):
            rows = np.asarray([i for i in range(frame.n_rows) if who[i] == subject and known[i]], dtype=np.int64)
            rows = rows[np.argsort(x[rows], kind="stable")]
            ax.plot(x[rows], y[rows], color=PALETTE[0], alpha=0.28, linewidth=0.8, marker=".", markersize=2.5)
        if median:
            at = np.unique(x[known])
            middle = [float(np.median(y[known & (x == t)])) for t in at]
            ax.plot(at, middle, color=PALETTE[1], linewidth=2.4, marker="o", label="median", zorder=5)
            ax.set_xticks(at)
            ax.legend(loc="upper right")
        ax.set_ylabel(ylabel or value)
        ax.set_xlabel(xlabel)
    return ax


def waterfall(
    data: object,
    *,
    ax: Axes | None = None,
    value: str = "change",
    group: str | None = None,
    reference: Sequence[float] = (),
    ylabel: str = "Best change from baseline (%)",
) -> Axes:
    """One bar a patient, ordered by change.

    Parameters
    ----------
    data : frame
        Column ``value``; ``group`` names a column that colours the bars.
    reference : numbers
        Dashed horizontal lines, such as -50.

    Examples
    --------
    >>> import matplotlib; matplotlib.use("agg")
    >>> from mscsle.plot import waterfall
    >>> len(waterfall({"change": [-80.0, 12.0, -30.0]}, reference=[-50]).patches)
    3
    """
    frame = Frame(data)
    change = frame.numbers(value)
    groups = frame.texts(group) if group else [None] * frame.n_rows
    order = [i for i in np.argsort(-change, kind="stable") if not np.isnan(change[i])]
    kinds = sorted({g for g in groups if g is not None})
    ax = axes_or_new(ax)
    with style():
        shown: set[str] = set()
        for position, i in enumerate(order):
            kind = groups[i]
            colour = PALETTE[kinds.index(kind) % len(PALETTE)] if kind is not None else PALETTE[0]
            label = kind if kind is not None and kind not in shown else None
            shown.add(kind or "")
            ax.bar(position, change[i], width=0.86, color=colour, linewidth=0, label=label)
        for at in reference:
            ax.axhline(at, color=MUTED, linewidth=0.9, linestyle="--")
        ax.axhline(0, color=INK, linewidth=0.8)
        ax.set_xticks([])
        ax.set_xlim(-1, len(order))
        ax.set_xlabel(f"{len(order)} patients, ordered by change")
        ax.set_ylabel(ylabel)
        if kinds:
            ax.legend(loc="lower left")
    return ax


def grades(
    data: object,
    *,
    ax: Axes | None = None,
    visits: Sequence[str] | None = None,
    systems: Sequence[str] | None = None,
    order: str = "ABCDE",
    xlabel: str = "Visit",
    title: str | None = None,
) -> Axes:
    """Heat map of letter grades: a row a patient, a column a visit, the letter's rank as colour and as text.

    Parameters
    ----------
    data : frame
        Columns ``usubjid``, ``visit``, ``grade`` and, for more than one system, ``system``.
    visits, systems : sequence of str, optional
        Which and in which order; by default as they come. Each system is a panel of columns, a column a visit.
    order : str
        Grades from the worst to the best.

    Raises
    ------
    DataError
        A grade that is not in ``order``, or two grades of one patient, system and visit.

    Examples
    --------
    >>> import matplotlib; matplotlib.use("agg")
    >>> from mscsle.plot import grades
    >>> ax = grades({"usubjid": ["a", "a"], "visit": ["M0", "M3"], "grade": ["A", "C"]})
    >>> [t.get_text() for t in ax.texts]
    ['A', 'C']
    """
    frame = Frame(data)
    who, at, grade = frame.texts("usubjid"), frame.texts("visit"), frame.texts("grade")
    system = frame.texts("system") if "system" in frame.names else [None] * frame.n_rows
    shown = list(visits) if visits is not None else [v or "" for v in dict.fromkeys(at)]
    panels: list[str | None] = (
        list(systems) if systems is not None and "system" in frame.names else list(dict.fromkeys(system))
    )
    unknown = sorted({g for g in grade if g and g not in order})
    if unknown:
        raise DataError(f"grade `{unknown[0]}` is none of {', '.join(f'`{g}`' for g in order)}")
    cell: dict[tuple[str | None, str | None, str | None], str] = {}
    for r, g in enumerate(grade):
        key = (who[r], system[r], at[r])
        if g and system[r] in panels and cell.setdefault(key, g) != g:
            raise DataError(
                f"row {r}: patient `{who[r]}` has the grades `{cell[key]}` and `{g}` at visit `{at[r]}`; give one system, or one grade a visit"
            )
    columns = [(p, v) for p in panels for v in shown]

    def rank(subject: str | None) -> tuple[object, ...]:
        return (*(order.find(cell.get((subject, *c), "")) % (len(order) + 1) for c in columns), subject or "")

    rows = sorted(dict.fromkeys(w for w, s in zip(who, system, strict=True) if s in panels), key=rank)
    colours = ("#8c2d04", "#e6842a", "#fdd9a0", "#cfe3f1", "#f4f6f8")
    ax = axes_or_new(ax, height=max(2.5, 0.14 * len(rows) + 1.0))
    gap = 0.35
    place = {c: i + gap * panels.index(c[0]) for i, c in enumerate(columns)}
    size = 8.0 if len(rows) <= 30 and len(columns) <= 12 else 4.5
    with style():
        ax.grid(False)
        for y, subject in enumerate(rows):
            for column in columns:
                letter = cell.get((subject, *column))
                if letter is None:
                    continue
                k = order.index(letter)
                colour = colours[round(k * 4 / max(1, len(order) - 1))]
                x = place[column]
                ax.barh(y, 0.96, left=x - 0.48, height=0.9, color=colour, linewidth=0)
                ax.text(x, y, letter, ha="center", va="center", fontsize=size, color="white" if k == 0 else INK)
        crowded = len(columns) > 12
        ax.set_xticks(
            list(place.values()), [v for _, v in columns], fontsize=5 if crowded else 8, rotation=90 if crowded else 0
        )
        for panel in panels if len(panels) > 1 else ():
            middle = sum(place[(panel, v)] for v in shown) / len(shown)
            ax.text(
                middle, -0.9, str(panel), ha="left" if crowded else "center", va="bottom", fontsize=6.5 if crowded else 8,
                rotation=25 if crowded else 0,
            )  # fmt: skip
        ax.set_yticks(range(len(rows)), [r or "" for r in rows], fontsize=4.5 if len(rows) > 30 else 8)
        ax.set_ylim(len(rows) - 0.4, -0.6)
        ax.set_xlim(-0.5, max(place.values()) + 0.5)
        ax.tick_params(length=0)
        ax.set_xlabel(xlabel)
        if title:
            ax.set_title(title)
    return ax
