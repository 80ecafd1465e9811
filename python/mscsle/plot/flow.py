"""Patient flow as boxes, after CONSORT."""

from __future__ import annotations

from collections.abc import Sequence
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
    ax: Axes | None = None,
) -> Axes:
    """Boxes from enrolment downwards; who left between two boxes stands to the right.

    Parameters
    ----------
    steps : sequence of (text, count)
        The boxes from top to bottom.
    losses : sequence of sequences of (text, count)
        For each gap between two boxes, who left and why; counts of 0 are not drawn.

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
    if len(losses) > max(0, len(steps) - 1):
        raise DataError(f"{len(losses)} losses for {len(steps) - 1} gaps between the boxes")
    ax = axes_or_new(ax, height=0.95 * len(steps) + 0.4)
    with style():
        ax.grid(False)
        ax.set_axis_off()
        ax.set_xlim(0, 10)
        ax.set_ylim(-len(steps) + 0.45, 0.55)
        box = {"boxstyle": "square,pad=0.45", "facecolor": "#f5f7fa", "edgecolor": INK, "linewidth": 1.0}
        side = {"boxstyle": "square,pad=0.35", "facecolor": "white", "edgecolor": MUTED, "linewidth": 0.8}
        for k, (text, count) in enumerate(steps):
            if k:
                arrow = {"arrowstyle": "-|>", "color": INK, "linewidth": 1.0, "shrinkA": 19, "shrinkB": 19}
                ax.annotate("", (3.2, -k), xytext=(3.2, 1 - k), arrowprops=arrow)
                gone = [(t, n) for t, n in (losses[k - 1] if k - 1 < len(losses) else ()) if n]
                if gone:
                    middle = 0.5 - k
                    arrow = {"arrowstyle": "-|>", "color": MUTED, "linewidth": 0.9}
                    ax.annotate("", (5.5, middle), xytext=(3.2, middle), arrowprops=arrow)
                    lines = "\n".join(f"{t}: {n}" for t, n in gone)
                    ax.text(5.65, middle, lines, ha="left", va="center", fontsize=8.5, bbox=side, zorder=3)
            ax.text(3.2, -k, f"{text}\nn = {count}", ha="center", va="center", fontsize=9.5, bbox=box, zorder=3)
    return ax
