"""Step curves over time with interval, censor marks, median lines and a risk table aligned under the axis."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mscsle._frame import Frame
from mscsle.exceptions import DataError
from mscsle.plot.style import INK, LINES, MUTED, PALETTE, axes_or_new, style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["cumulative_incidence", "kaplan_meier"]

Numbers = NDArray[np.float64]


@dataclass
class _Curve:
    """One curve: values hold from each time to the next."""

    label: str
    time: Numbers
    estimate: Numbers
    lower: Numbers | None = None
    upper: Numbers | None = None
    n_risk: Numbers | None = None
    n_event: Numbers | None = None
    n_censored: Numbers | None = None
    start: float = field(default=1.0)
    counted: Callable[[float], float] | None = field(default=None, init=False)

    def value(self, at: float) -> float:
        """The estimate at a time."""
        before = np.flatnonzero(self.time <= at)
        return float(self.estimate[before[-1]]) if len(before) else self.start

    def at_risk(self, at: float) -> float | None:
        """Number at risk just before ``at``."""
        if self.counted is not None:
            return self.counted(at)
        if self.n_risk is None or not len(self.time):
            return None
        later = np.flatnonzero(self.time >= at)
        if len(later):
            return round(float(self.n_risk[later[0]]))
        gone = sum(float(c[-1]) for c in (self.n_event, self.n_censored) if c is not None)
        return max(0, round(float(self.n_risk[-1]) - gone))

    def median(self) -> float | None:
        """First time at which the estimate has reached one half."""
        reached = self.estimate <= 0.5 + 1e-12 if self.start == 1.0 else self.estimate >= 0.5 - 1e-12
        return float(self.time[int(np.argmax(reached))]) if reached.any() else None


#: Names under which results and users' frames hold the columns of a curve.
_NAMES: dict[str, tuple[str, ...]] = {
    "time": ("time",),
    "group": ("group", "stratum", "strata", "by"),
    "cause": ("cause",),
    "estimate": ("survival", "estimate", "cumulative_incidence", "incidence"),
    "lower": ("lower", "conf_low"),
    "upper": ("upper", "conf_high"),
    "n_risk": ("n_risk", "at_risk", "number_at_risk"),
    "n_event": ("n_event", "n_events", "events"),
    "n_censored": ("n_censored", "n_censor", "censored"),
}


def _curves(data: object, *, start: float, what: str) -> list[_Curve]:
    frame = Frame(data)
    found = {role: next((n for n in names if n in frame.names), None) for role, names in _NAMES.items()}
    for role in ("time", "estimate"):
        if found[role] is None:
            raise DataError(
                f"{what} needs a column `{_NAMES[role][0]}`; the columns are {', '.join(f'`{n}`' for n in frame.names)}"
            )
    numbers: dict[str, Numbers] = {
        role: frame.numbers(str(found[role]))
        for role in ("time", "estimate", "lower", "upper", "n_risk", "n_event", "n_censored")
        if found[role] is not None
    }
    n = frame.n_rows
    parts = [
        [""] * n if found[r] is None else [t or "" for t in frame.texts(str(found[r]))] for r in ("group", "cause")
    ]
    keys = [tuple(p[i] for p in parts) for i in range(n)]
    curves = []
    for key in dict.fromkeys(keys):
        rows = np.asarray([i for i in range(n) if keys[i] == key], dtype=np.int64)
        rows = rows[np.argsort(numbers["time"][rows], kind="stable")]
        label = ", ".join(k for k in key if k and k != "all")
        curves.append(_Curve(label, **{r: v[rows] for r, v in numbers.items()}, start=start))
    return curves


def kaplan_meier(
    km: object,
    *,
    ax: Axes | None = None,
    risk_table: bool = True,
    conf: bool = True,
    censor_marks: bool = True,
    median: bool = True,
    times: Sequence[float] | None = None,
    p_value: float | None = None,
    labels: Mapping[str, str] | None = None,
    xlabel: str | None = None,
    ylabel: str = "Survival probability",
    ylim: tuple[float, float] | None = None,
) -> Axes:
    """Kaplan-Meier curves with interval, censor marks, median lines and an aligned risk table.

    Parameters
    ----------
    km : result of :func:`mscsle.kaplan_meier`, or a frame
        Columns ``time``, ``survival``, and as far as present ``group``, ``lower``, ``upper``, ``n_risk``, ``n_event``,
        ``n_censored``.
    ax : matplotlib axes, optional
        Drawn on; without it a new figure is made.
    risk_table : bool
        Numbers at risk under the axis, at ``times`` or at the ticks.
    times : numbers, optional
        Ticks of the time axis and columns of the risk table.
    p_value : float, optional
        Printed in the plot as the p-value of the log-rank test.
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
    >>> from mscsle.plot import kaplan_meier
    >>> ax = kaplan_meier({"time": [2.0, 5.0, 9.0], "survival": [0.9, 0.8, 0.4], "n_risk": [10, 8, 2]})
    >>> ax.get_ylabel()
    'Survival probability'
    """
    curves = _curves(km, start=1.0, what="a Kaplan-Meier plot")
    if hasattr(km, "risk_table"):
        # with delayed entry the steps of the curve do not say who is at risk between them
        for i, curve in enumerate(curves):
            curve.counted = lambda at, row=i: float(km.risk_table(at).n_risk[row])
    return _draw(
        curves,
        ax=ax,
        risk_table=risk_table,
        conf=conf,
        censor_marks=censor_marks,
        median=median,
        times=times,
        labels=labels,
        xlabel=_time_label(km, xlabel),
        ylabel=ylabel,
        ylim=ylim or (0.0, 1.02),
        remark="" if p_value is None else f"log-rank p {_p(p_value)}",
    )


def cumulative_incidence(
    incidence: object,
    *,
    ax: Axes | None = None,
    risk_table: bool = True,
    conf: bool = True,
    times: Sequence[float] | None = None,
    p_value: float | None = None,
    labels: Mapping[str, str] | None = None,
    xlabel: str | None = None,
    ylabel: str = "Cumulative incidence",
    ylim: tuple[float, float] | None = None,
) -> Axes:
    """Cumulative incidence (Aalen-Johansen) by cause and group, rising from zero, with an aligned risk table.

    Parameters and result as in :func:`kaplan_meier`; the column of the estimate is called ``estimate`` or
    ``cumulative_incidence``, the column ``cause`` tells the causes apart. ``p_value`` is that of Gray's test.

    Examples
    --------
    >>> import matplotlib; matplotlib.use("agg")
    >>> from mscsle.plot import cumulative_incidence
    >>> ax = cumulative_incidence({"time": [3.0, 6.0], "estimate": [0.4, 0.55], "cause": ["response", "response"]})
    >>> ax.get_ylabel()
    'Cumulative incidence'
    """
    curves = _curves(incidence, start=0.0, what="a cumulative incidence plot")
    return _draw(
        curves,
        ax=ax,
        risk_table=risk_table,
        conf=conf,
        censor_marks=False,
        median=False,
        times=times,
        labels=labels,
        xlabel=_time_label(incidence, xlabel),
        ylabel=ylabel,
        ylim=ylim or (0.0, 1.0),
        remark="" if p_value is None else f"Gray's test p {_p(p_value)}",
    )


def _named(label: str, labels: Mapping[str, str] | None) -> str:
    """The name in print of a group, a cause, or a group and a cause."""
    if not labels or label in labels:
        return (labels or {}).get(label, label)
    return ", ".join(labels.get(part, part) for part in label.split(", "))


def _time_label(data: object, given: str | None) -> str:
    if given is not None:
        return given
    unit = getattr(data, "unit", None)
    return f"Time ({unit})" if isinstance(unit, str) and unit else "Time"


def _p(p: float) -> str:
    from mscsle.report.rounding import p_value

    shown = p_value(p)
    return shown.replace("<", "< ") if shown.startswith("<") else f"= {shown}"


def _step(curve: _Curve, values: Numbers, start: float, end: float) -> tuple[Numbers, Numbers]:
    """Corners of the step function from time zero to the end of the axis."""
    known = ~np.isnan(values)
    time = np.concatenate([[0.0], curve.time[known], [max(end, float(curve.time[-1]))]])
    height = np.concatenate([[start], values[known], values[known][-1:] if known.any() else [start]])
    return time, height


def _draw(
    curves: list[_Curve],
    *,
    ax: Axes | None,
    risk_table: bool,
    conf: bool,
    censor_marks: bool,
    median: bool,
    times: Sequence[float] | None,
    labels: Mapping[str, str] | None,
    xlabel: str,
    ylabel: str,
    ylim: tuple[float, float],
    remark: str,
) -> Axes:
    ax = axes_or_new(ax)
    with style():
        last = max((float(c.time[-1]) for c in curves if len(c.time)), default=1.0)
        end = max(last, max(times)) if times is not None and len(times) else last
        for i, curve in enumerate(curves):
            if not len(curve.time):
                continue
            colour, line = PALETTE[i % len(PALETTE)], LINES[i % len(LINES)]
            label = _named(curve.label, labels)
            follow = float(curve.time[-1])
            x, y = _step(curve, curve.estimate, curve.start, follow)
            ax.step(x, y, where="post", color=colour, linestyle=line, label=label or None, zorder=3)
            if conf and curve.lower is not None and curve.upper is not None:
                x, low = _step(curve, np.where(np.isnan(curve.lower), curve.estimate, curve.lower), curve.start, follow)
                _, high = _step(
                    curve, np.where(np.isnan(curve.upper), curve.estimate, curve.upper), curve.start, follow
                )
                ax.fill_between(x, low, high, step="post", color=colour, alpha=0.16, linewidth=0, zorder=2)
            if censor_marks and curve.n_censored is not None:
                at = curve.n_censored > 0
                ax.plot(
                    curve.time[at],
                    curve.estimate[at],
                    linestyle="none",
                    marker="|",
                    markersize=7,
                    color=colour,
                    zorder=4,
                )
            half = curve.median() if median else None
            if half is not None:
                ax.plot([0, half, half], [0.5, 0.5, 0], color=MUTED, linewidth=0.9, linestyle=":", zorder=1)
        ax.set_xlim(0, end * 1.02)
        ax.set_ylim(*ylim)
        ax.set_ylabel(ylabel)
        if times is not None and len(times):
            ax.set_xticks(sorted({0.0, *map(float, times)}))
        if any(c.label for c in curves):
            best: Any = "lower left" if curves[0].start == 1.0 else "upper left"
            ax.legend(loc=best, handlelength=2.6)
        if remark:
            ax.annotate(
                remark,
                (0.98, 0.03 if curves[0].start == 1.0 else 0.95),
                xycoords="axes fraction",
                ha="right",
                color=INK,
            )
        if risk_table and any(c.n_risk is not None for c in curves):
            _risk_table(ax, curves, labels or {}, xlabel)
        else:
            ax.set_xlabel(xlabel)
    return ax


def _risk_table(ax: Axes, curves: list[_Curve], labels: Mapping[str, str], xlabel: str) -> None:
    """Numbers at risk under the axis, each centred under its tick."""
    ticks = [float(t) for t in ax.get_xticks() if 0 <= t <= ax.get_xlim()[1] + 1e-9]
    ax.set_xticks(ticks)
    ax.set_xlabel(xlabel, labelpad=4)
    first, line = -44.0, 13.0
    common: dict[str, Any] = {"annotation_clip": False, "textcoords": "offset points", "fontsize": 9}
    ax.annotate(
        "At risk",
        (0, 0),
        xycoords="axes fraction",
        xytext=(-16, first),
        ha="right",
        va="center",
        weight="bold",
        **common,
    )
    shown: list[tuple[int, _Curve]] = []
    seen: set[str] = set()
    for i, curve in enumerate(curves):
        key = repr(None if curve.n_risk is None else curve.n_risk.tolist())
        if curve.n_risk is not None and not (key in seen and curve.start == 0.0):  # causes share their risk set
            shown.append((i, curve))
            seen.add(key)
    grouped = len(shown) > 1
    for row, (i, curve) in enumerate(shown):
        y = first - line * (row + 1) if grouped else first
        colour = PALETTE[i % len(PALETTE)] if grouped else INK
        if grouped:
            label = _named(curve.label, labels)
            ax.annotate(label, (0, 0), xycoords="axes fraction", xytext=(-16, y), ha="right", va="center", color=colour, **common)  # fmt: skip
        for tick in ticks:
            count = curve.at_risk(tick)
            if count is not None:
                ax.annotate(
                    f"{count:g}" if count % 1 else f"{count:.0f}", (tick, 0), xycoords=("data", "axes fraction"), xytext=(0, y), ha="center", va="center",
                    color=colour, **common,
                )  # fmt: skip
