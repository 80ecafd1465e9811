"""Patient flow as boxes, after CONSORT."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from mscsle.exceptions import DataError
from mscsle.plot.style import INK, MUTED, axes_or_new, style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["patient_flow"]


def patient_flow(
    steps: Sequence[tuple[str, int]],
    losses: Sequence[Sequence[tuple[str, int]]] = (),
    *,
    arms: Mapping[str, tuple[Sequence[tuple[str, int]], Sequence[Sequence[tuple[str, int]]]]] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Boxes from enrolment downwards; who left between two boxes stands to the right; arms side by side below (CONSORT).

    Parameters
    ----------
    steps : sequence of (text, count)
        The boxes from top to bottom, before the arms part.
    losses : sequence of sequences of (text, count)
        For each gap between two boxes, who left and why; counts of 0 are not drawn.
    arms : mapping, optional
        Arm to its own steps and losses.

    Raises
    ------
    DataError
        No step, or more losses than gaps.

    References
    ----------
    Schulz KF, Altman DG, Moher D. CONSORT 2010 statement. BMJ 2010;340:c332, doi 10.1136/bmj.c332.

    Examples
    --------
    >>> import matplotlib; matplotlib.use("agg")
    >>> from mscsle.plot import patient_flow
    >>> ax = patient_flow([("Enrolled", 81), ("Seen at 3 months", 78)], [[("died", 3)]])
    >>> [t.get_text() for t in ax.texts if "81" in t.get_text()]
    ['Enrolled\\nn = 81']
    """
    if not steps:
        raise DataError("`steps` is empty; a flow has at least one box")
    columns = list((arms or {}).values())
    for boxes, gone in ((steps, losses), *columns):
        if len(gone) > max(0, len(boxes) - 1):
            raise DataError(f"{len(gone)} losses for {len(boxes) - 1} gaps between the boxes")
    depth = len(steps) + max((len(boxes) for boxes, _ in columns), default=0)
    ax = axes_or_new(ax, height=0.95 * depth + 0.4)
    with style():
        ax.grid(False)
        ax.set_axis_off()
        ax.set_xlim(0, _COLUMN * max(1, len(columns)))
        ax.set_ylim(-depth + 0.45, 0.55)
        centre = _BOX if not columns else _COLUMN * (len(columns) - 1) / 2 + _BOX
        _draw_column(ax, steps, losses, centre, 0)
        bottom = 1 - len(steps)
        for k, (boxes, gone) in enumerate(columns):
            x = _COLUMN * k + _BOX
            middle = bottom - 0.5
            ax.plot([centre, centre, x], [bottom, middle, middle], color=INK, linewidth=1.0, zorder=1)
            arrow = {"arrowstyle": "-|>", "color": INK, "linewidth": 1.0, "shrinkA": 0, "shrinkB": 19}
            ax.annotate("", (x, bottom - 1), xytext=(x, middle), arrowprops=arrow)
            _draw_column(ax, boxes, gone, x, bottom - 1)
    return ax


#: Width of one column and the place of its boxes, in units of the axes.
_COLUMN, _BOX = 10.0, 3.2


def _draw_column(
    ax: Axes, steps: Sequence[tuple[str, int]], losses: Sequence[Sequence[tuple[str, int]]], x: float, top: float
) -> None:
    """Boxes one below the other from ``top``, arrows between them, losses to the right."""
    box = {"boxstyle": "square,pad=0.45", "facecolor": "#f5f7fa", "edgecolor": INK, "linewidth": 1.0}
    side = {"boxstyle": "square,pad=0.35", "facecolor": "white", "edgecolor": MUTED, "linewidth": 0.8}
    for k, (text, count) in enumerate(steps):
        y = top - k
        if k:
            arrow = {"arrowstyle": "-|>", "color": INK, "linewidth": 1.0, "shrinkA": 19, "shrinkB": 19}
            ax.annotate("", (x, y), xytext=(x, y + 1), arrowprops=arrow)
            gone = [(t, n) for t, n in (losses[k - 1] if k - 1 < len(losses) else ()) if n]
            if gone:
                arrow = {"arrowstyle": "-|>", "color": MUTED, "linewidth": 0.9}
                ax.annotate("", (x + 2.3, y + 0.5), xytext=(x, y + 0.5), arrowprops=arrow)
                lines = "\n".join(f"{t}: {n}" for t, n in gone)
                ax.text(x + 2.45, y + 0.5, lines, ha="left", va="center", fontsize=8.5, bbox=side, zorder=3)
        ax.text(x, y, f"{text}\nn = {count}", ha="center", va="center", fontsize=9.5, bbox=box, zorder=3)
