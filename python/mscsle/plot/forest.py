"""Forest plot: estimates with intervals on a log scale, their numbers beside them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from mscsle._frame import Frame, is_missing
from mscsle.exceptions import DataError
from mscsle.plot.style import INK, MUTED, PALETTE, axes_or_new, style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["forest"]

_NAMES = {
    "label": ("label", "covariate", "term", "name", "variable"),
    "estimate": ("hazard_ratio", "estimate", "hr", "odds_ratio", "ratio"),
    "lower": ("lower", "conf_low"),
    "upper": ("upper", "conf_high"),
    "p_value": ("p_value", "p"),
}


def _ratios(frame: Frame, name: str) -> NDArray[np.float64]:
    # limits of a separated covariate are infinite, which a column of measurements may not be
    return np.asarray([np.nan if is_missing(v) else v for v in frame.raw(name)], dtype=np.float64)


def forest(
    table: object,
    *,
    ax: Axes | None = None,
    labels: Sequence[str] | None = None,
    xlabel: str = "Hazard ratio (95 % interval, log scale)",
    reference: float = 1.0,
    digits: int = 2,
    favours: tuple[str, str] | None = None,
) -> Axes:
    """Ratios with their intervals, one row each, on a log scale; the numbers and p-values stand to the right.

    Parameters
    ----------
    table : result (``univariate_cox``, ``cox().summary()``) or a frame
        Columns ``label`` or ``covariate``, ``hazard_ratio`` or ``estimate``, ``lower``, ``upper`` and, if there, ``p_value``.
    labels : sequence of str, optional
        Names of the rows in place of those in the data.
    favours : two texts, optional
        Said under the axis, left and right of the reference.

    Examples
    --------
    >>> import matplotlib; matplotlib.use("agg")
    >>> from mscsle.plot import forest
    >>> ax = forest({"covariate": ["protein"], "hazard_ratio": [0.517], "lower": [0.336], "upper": [0.794]})
    >>> ax.get_xscale()
    'log'
    """
    frame = Frame(table)
    found = {role: next((n for n in names if n in frame.names), None) for role, names in _NAMES.items()}
    for role in ("label", "estimate", "lower", "upper"):
        if found[role] is None and not (role == "label" and labels is not None):
            raise DataError(
                f"a forest plot needs a column `{_NAMES[role][0]}`; the columns are {', '.join(f'`{n}`' for n in frame.names)}"
            )
    shown = list(labels) if labels is not None else [t or "" for t in frame.texts(str(found["label"]))]
    if len(shown) != frame.n_rows:
        raise DataError(f"`labels` has {len(shown)} names for {frame.n_rows} rows")
    estimate, lower, upper = (_ratios(frame, str(found[r])) for r in ("estimate", "lower", "upper"))
    p = _ratios(frame, str(found["p_value"])) if found["p_value"] else None
    from mscsle.report.rounding import fixed, interval, p_value

    ax = axes_or_new(ax, height=1.2 + 0.42 * frame.n_rows)
    with style():
        ax.grid(False)
        usable = np.isfinite(estimate) & np.isfinite(lower) & np.isfinite(upper) & (lower > 0)
        low = float(np.min(lower[usable], initial=reference)) / 1.25
        high = float(np.max(upper[usable], initial=reference)) * 1.25
        low, high = min(low, reference / 2), max(high, reference * 2)
        ax.axvline(reference, color=MUTED, linewidth=0.9, zorder=1)
        for i in range(frame.n_rows):
            y = frame.n_rows - 1 - i
            if usable[i]:
                ax.plot([lower[i], upper[i]], [y, y], color=PALETTE[0], linewidth=1.5, solid_capstyle="butt", zorder=2)
                ax.plot(estimate[i], y, marker="s", markersize=6, color=PALETTE[0], zorder=3)
                text = f"{fixed(float(estimate[i]), digits)} ({interval(float(lower[i]), float(upper[i]), digits)})"
            else:
                text = "not estimable"
            text += f"   p {p_value(float(p[i]))}" if p is not None and usable[i] else ""
            ax.annotate(text, (1, y), xycoords=("axes fraction", "data"), xytext=(8, 0), textcoords="offset points", va="center", fontsize=9, annotation_clip=False, color=INK)  # fmt: skip
        ax.set_yticks(range(frame.n_rows), shown[::-1])
        ax.tick_params(axis="y", length=0)
        ax.spines["left"].set_visible(False)
        ax.set_ylim(-0.6, frame.n_rows - 0.4)
        ax.set_xscale("log")
        ax.set_xlim(low, high)
        ticks = [t for t in (0.0625, 0.125, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0) if low <= t <= high]
        ax.set_xticks(ticks, [f"{t:g}" for t in ticks])
        ax.set_xticks([], minor=True)
        ax.set_xlabel(xlabel)
        if favours is not None:
            for text, side, shift in ((f"← {favours[0]}", "right", -6), (f"{favours[1]} →", "left", 6)):
                ax.annotate(text, (reference, 0), xycoords=("data", "axes fraction"), xytext=(shift, -44), textcoords="offset points", ha=side, va="center", fontsize=8.5, color=MUTED, annotation_clip=False)  # fmt: skip
    return ax
