"""Survival from interval-censored times as a figure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from mscsle._frame import Frame
from mscsle.exceptions import DataError
from mscsle.plot.curves import _named, _time_label
from mscsle.plot.style import LINES, PALETTE, axes_or_new, style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["turnbull"]

_COLUMNS = ("left", "right", "survival")


def turnbull(
    estimate: object,
    *,
    ax: Axes | None = None,
    labels: Mapping[str, str] | None = None,
    xlabel: str | None = None,
    ylabel: str = "Survival probability",
    ylim: tuple[float, float] | None = None,
) -> Axes:
    """Turnbull's estimate: lines where survival is determined, boxes where it falls somewhere inside a region.

    Parameters
    ----------
    estimate : result of :func:`mscsle.turnbull`, or a frame
        Columns ``left``, ``right`` (missing: beyond the last finite end point) and ``survival`` behind each region, and
        ``group`` if there are several.
    ax : matplotlib axes, optional
        Drawn on; without it a new figure is made.
    labels : mapping, optional
        Group as in the data to the name in the legend.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ImportError
        matplotlib is not installed.

    Examples
    --------
    >>> import matplotlib; matplotlib.use("agg")
    >>> import mscsle as ms
    >>> ax = ms.turnbull([0, 1, 1, 2], [1, 2, 2, None]).plot()
    >>> len(ax.lines), len(ax.patches)
    (1, 3)
    """
    frame = Frame(estimate)
    lacking = [name for name in _COLUMNS if name not in frame.names]
    if lacking:
        raise DataError(
            f"a plot of interval-censored survival needs a column `{lacking[0]}`; "
            f"the columns are {', '.join(f'`{n}`' for n in frame.names)}"
        )
    left, right, survival = (frame.numbers(name) for name in _COLUMNS)
    groups = [text or "" for text in frame.texts("group")] if "group" in frame.names else [""] * frame.n_rows
    ends = np.concatenate([left, right[np.isfinite(right)]])
    end = 1.05 * float(ends.max()) if ends.size and ends.max() > 0 else 1.0
    ax = axes_or_new(ax)
    from matplotlib.patches import Rectangle

    with style():
        for i, group in enumerate(dict.fromkeys(groups)):
            rows = [row for row in range(frame.n_rows) if groups[row] == group]
            rows.sort(key=lambda row: (left[row], right[row]))
            colour, line = PALETTE[i % len(PALETTE)], LINES[i % len(LINES)]
            label = _named("" if group == "all" else group, labels)
            x, y, before = [0.0], [1.0], 1.0
            for row in rows:
                behind, last = float(survival[row]), not np.isfinite(right[row])
                until = end if last else float(right[row])
                x += [float(left[row]), np.nan, until]
                y += [before, np.nan, behind]
                if until > left[row]:
                    width, height = until - float(left[row]), before - behind
                    ax.add_patch(
                        Rectangle((float(left[row]), behind), width, height, color=colour, alpha=0.22, linewidth=0.6)
                    )
                else:
                    x[-2:], y[-2:] = [until], [behind]
                if last:
                    x[-2:], y[-2:] = [], []
                before = behind
            if rows and np.isfinite(right[rows[-1]]):
                x.append(end)
                y.append(before)
            ax.plot(x, y, color=colour, linestyle=line, label=label or None, zorder=3)
        ax.set_xlim(0, end)
        ax.set_ylim(*(ylim or (0.0, 1.02)))
        ax.set_xlabel(_time_label(estimate, xlabel))
        ax.set_ylabel(ylabel)
        if any(group not in ("", "all") for group in groups):
            ax.legend(loc="best", handlelength=2.6)
    return ax
