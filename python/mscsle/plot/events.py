"""Figures of recurrent events and of states over time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from mscsle._frame import Frame
from mscsle.exceptions import DataError, OptionError
from mscsle.plot.curves import Numbers, _Curve, _curves, _draw, _p, _time_label
from mscsle.plot.style import PALETTE, axes_or_new, style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["mean_cumulative", "state_occupation"]


def mean_cumulative(
    mcf: object,
    *,
    ax: Axes | None = None,
    risk_table: bool = True,
    conf: bool = True,
    times: list[float] | None = None,
    p_value: float | None = None,
    labels: Mapping[str, str] | None = None,
    xlabel: str | None = None,
    ylabel: str = "Mean number of events per patient",
    ylim: tuple[float, float] | None = None,
) -> Axes:
    """Mean cumulative functions by group, rising from zero, with limits and an aligned table of patients at risk.

    Parameters
    ----------
    mcf : result of :func:`mscsle.mean_cumulative`, or a frame
        Columns ``time``, ``estimate`` (or ``mean``), and as far as present ``group``, ``lower``, ``upper``, ``n_risk``.
    ax, risk_table, conf, times, labels, xlabel, ylabel, ylim
        As in :func:`mscsle.plot.kaplan_meier`.
    p_value : float, optional
        Printed in the plot as the p-value of the comparison.

    Returns
    -------
    matplotlib.axes.Axes

    Examples
    --------
    >>> import matplotlib; matplotlib.use("agg")
    >>> import mscsle as ms
    >>> ax = ms.mean_cumulative([2, 5, 8, 6], event=[1, 1, 0, 0], id=["a", "a", "a", "b"]).plot()
    >>> ax.get_ylabel()
    'Mean number of events per patient'
    """
    parts = list(getattr(mcf, "curves", ()))
    if parts:
        curves = [
            # follow-up goes on after the last event, and patients leave between events
            _Curve(
                "" if part.group == "all" else part.group,
                time=np.append(part.time, part.last_time),
                estimate=_held(part.mean),
                lower=_held(part.lower),
                upper=_held(part.upper),
                n_risk=part.at_risk(np.append(part.time, part.last_time)).astype(np.float64),
                start=0.0,
            )
            for part in parts
        ]
        for curve, part in zip(curves, parts, strict=True):
            curve.counted = lambda at, part=part: float(part.at_risk(at)[0])
    else:
        frame = Frame(mcf)
        columns = {("estimate" if name == "mean" else name): frame.raw(name) for name in frame.names}
        curves = _curves(columns, start=0.0, what="a plot of mean cumulative functions")
    tops = [c.upper if conf and c.upper is not None else c.estimate for c in curves if len(c.time)]
    highest = max((float(np.nanmax(top)) for top in tops), default=1.0)
    return _draw(
        curves,
        ax=ax,
        risk_table=risk_table,
        conf=conf,
        censor_marks=False,
        median=False,
        times=times,
        labels=labels,
        xlabel=_time_label(mcf, xlabel),
        ylabel=ylabel,
        ylim=ylim or (0.0, 1.05 * highest),
        remark="" if p_value is None else f"robust test p {_p(p_value)}",
    )


def _held(values: Numbers) -> Numbers:
    """The values and the last of them once more; 0 without events."""
    return np.append(values, values[-1:] if len(values) else 0.0)


def state_occupation(
    fit: object,
    *,
    group: str | None = None,
    ax: Axes | None = None,
    order: list[str] | None = None,
    labels: Mapping[str, str] | None = None,
    colours: Mapping[str, str] | None = None,
    xlabel: str | None = None,
    ylabel: str = "Proportion of patients",
) -> Axes:
    """The probabilities of the states over time, stacked to 1.

    Parameters
    ----------
    fit : result of :func:`mscsle.multi_state`, or a frame
        Columns ``time``, ``state``, ``probability``, and as far as present ``group``.
    group : str, optional
        Which group; needed when there are several.
    ax : matplotlib axes, optional
        Drawn on; without it a new figure is made.
    order : list of str, optional
        States from the bottom up; default the order of the data.
    labels, colours : mappings, optional
        State to the name in the legend, and to a colour.

    Returns
    -------
    matplotlib.axes.Axes

    Examples
    --------
    >>> import matplotlib; matplotlib.use("agg")
    >>> from mscsle.plot import state_occupation
    >>> ax = state_occupation({"time": [0, 2, 0, 2], "state": ["alive", "alive", "dead", "dead"],
    ...                        "probability": [1.0, 0.8, 0.0, 0.2]})
    >>> [text.get_text() for text in ax.get_legend().get_texts()]
    ['dead', 'alive']
    """
    frame = Frame(fit)
    for name in ("time", "state", "probability"):
        frame.require(name)
    groups = [g or "" for g in frame.texts("group")] if "group" in frame.names else [""] * frame.n_rows
    known = list(dict.fromkeys(groups))
    if group is None and len(known) > 1:
        raise OptionError(f"say which group: {', '.join(f'`{g}`' for g in known)}")
    chosen = known[0] if group is None and known else group
    if chosen not in known:
        raise DataError(f"no group `{chosen}`; the groups are {', '.join(f'`{g}`' for g in known)}")
    states = [s or "" for s in frame.texts("state")]
    time, probability = frame.numbers("time"), frame.numbers("probability")
    wanted = np.array([g == chosen for g in groups])
    found = list(dict.fromkeys(s for s, use in zip(states, wanted.tolist(), strict=True) if use))
    if order is not None and sorted(order) != sorted(found):
        raise OptionError(f"`order` must hold each state once: {', '.join(f'`{s}`' for s in found)}")
    names = order or found
    axis = np.unique(time[wanted])
    layers = []
    for state in names:
        rows = wanted & np.array([s == state for s in states])
        at, values = time[rows], probability[rows]
        by_time = np.argsort(at, kind="stable")
        place = np.searchsorted(at[by_time], axis, side="right") - 1
        layers.append(np.where(place >= 0, values[by_time][np.maximum(place, 0)], 0.0))
    ax = axes_or_new(ax)
    with style():
        below = np.zeros(len(axis))
        for i, (state, layer) in enumerate(zip(names, layers, strict=True)):
            colour = (colours or {}).get(state, PALETTE[i % len(PALETTE)])
            ax.fill_between(
                axis,
                below,
                below + layer,
                step="post",
                color=colour,
                alpha=0.85,
                linewidth=0.6,
                edgecolor="white",
                label=(labels or {}).get(state, state),
            )
            below = below + layer
        ax.set_xlim(float(axis[0]), float(axis[-1]))
        ax.set_ylim(0, 1)
        ax.set_xlabel(_time_label(fit, xlabel))
        ax.set_ylabel(ylabel)
        handles, texts = ax.get_legend_handles_labels()
        ax.legend(handles[::-1], texts[::-1], loc="center left", bbox_to_anchor=(1.01, 0.5))
    return ax
