"""Multi-state models: state occupation and transition probabilities (Aalen-Johansen)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mscsle import _core
from mscsle._result import Result, ard_row
from mscsle.exceptions import DataError, OptionError
from mscsle.survival import _rows
from mscsle.survival._rows import Column, ConfType, NearTies, Unit
from mscsle.survival._tables import Floats, number, stat_rows
from mscsle.survival.state_mean_time import MeanTimeInState, mean_time_in_state

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["MultiState", "OccupationAt", "StateCurve", "TransitionMatrix", "multi_state"]


@dataclass(frozen=True, kw_only=True, eq=False)
class StateCurve:
    """Occupation of one state in one group; the first time is the start.

    Attributes
    ----------
    group, state : str
    time, probability, std_error, lower, upper : array of float
    n_risk : array of float
        Number (weight) in the state just before each time; at the start missing.
    """

    group: str
    state: str
    time: Floats
    probability: Floats
    std_error: Floats
    lower: Floats
    upper: Floats
    n_risk: Floats


@dataclass(frozen=True, kw_only=True, eq=False)
class OccupationAt(Result):
    """State occupation at given times; after the last end of follow-up it is missing and ``note`` says so."""

    group: list[str]
    state: list[str]
    time: Floats
    probability: Floats
    std_error: Floats
    lower: Floats
    upper: Floats
    note: list[str]
    by: str | None
    time_name: str
    method: str

    def columns(self) -> Mapping[str, Any]:
        """Group, state, time, probability, standard error, limits and note."""
        names = ("group", "state", "time", "probability", "std_error", "lower", "upper", "note")
        return {name: getattr(self, name) for name in names}

    def title(self) -> str:
        """What was computed, and how."""
        return f"State occupation at {self.time_name}: {self.method}"

    def ard_rows(self) -> Iterator[dict[str, object]]:
        """Probability, standard error and limits by group, state and time."""
        for i, state in enumerate(self.state):
            yield from stat_rows(
                (
                    ("estimate", "State occupation probability", float(self.probability[i])),
                    ("std.error", "Standard error", float(self.std_error[i])),
                    ("conf.low", "Lower limit", float(self.lower[i])),
                    ("conf.high", "Upper limit", float(self.upper[i])),
                ),
                by=self.by,
                group=self.group[i],
                variable=state,
                variable_level=f"{self.time_name} = {self.time[i]:g}",
                context="state occupation",
                warning=self.note[i] or None,
                method=self.method,
            )


@dataclass(frozen=True, kw_only=True, eq=False)
class TransitionMatrix(Result):
    """Probabilities of being in a state at ``stop`` given the state at ``start``.

    Attributes
    ----------
    states : list of str
    start, stop : float
    probability, std_error : array, from x to
        Standard errors are Greenwood-type.
    """

    states: list[str]
    group: str
    start: float
    stop: float
    probability: NDArray[np.float64]
    std_error: NDArray[np.float64]
    method: str

    def columns(self) -> Mapping[str, Any]:
        """From, to, probability and standard error."""
        k = len(self.states)
        return {
            "from": [state for state in self.states for _ in range(k)],
            "to": self.states * k,
            "probability": self.probability.reshape(-1),
            "std_error": self.std_error.reshape(-1),
        }

    def title(self) -> str:
        """Times and method."""
        return f"Transition probabilities from {self.start:g} to {self.stop:g}, {self.method}"

    def ard_rows(self) -> Iterator[dict[str, object]]:
        """Probability and standard error of each transition."""
        table = self.columns()
        for i, origin in enumerate(table["from"]):
            for name, label, column in (
                ("estimate", "Transition probability", "probability"),
                ("std.error", "Standard error", "std_error"),
            ):
                yield ard_row(
                    variable=f"{origin} to {table['to'][i]}",
                    variable_level=f"{self.start:g} to {self.stop:g}",
                    context="transition probability",
                    stat_name=name,
                    stat_label=label,
                    stat=number(float(table[column][i])),
                    method=self.method,
                )


@dataclass(frozen=True, kw_only=True, eq=False)
class MultiState(Result):
    """State occupation probabilities by group.

    Attributes
    ----------
    states, groups : list of str
    curves : tuple of StateCurve
        Groups outside, states inside.
    n_dropped : int
        Rows left out because of missing values.
    """

    fitted: list[_core.MultiState] = field(repr=False)
    again: Callable[[float], list[_core.MultiState]] = field(repr=False)
    states: list[str]
    groups: list[str]
    by: str | None
    time_name: str
    conf_type: str
    conf_level: float
    near_ties: bool
    weighted: bool
    unit: str | None
    n_dropped: int

    @cached_property
    def _found(self) -> list[dict[str, Any]]:
        return [fitted.columns() for fitted in self.fitted]

    @cached_property
    def curves(self) -> tuple[StateCurve, ...]:
        """The curves: groups outside, states inside."""
        out = []
        for group, fitted, found in zip(self.groups, self.fitted, self._found, strict=True):
            for k, state in enumerate(self.states):
                (low, high), lower, upper = fitted.limits(k, self.conf_type, self.conf_level)
                variance = np.append(found["initial_variance"][k], found["variance"][k])
                out.append(
                    StateCurve(
                        group=group,
                        state=state,
                        time=np.append(found["start"], found["time"]),
                        probability=np.append(found["initial"][k], found["occupation"][k]),
                        std_error=np.sqrt(variance),
                        lower=np.append(low, lower),
                        upper=np.append(high, upper),
                        n_risk=np.append(np.nan, found["n_risk"][:, k]),
                    )
                )
        return tuple(out)

    def __iter__(self) -> Iterator[StateCurve]:
        return iter(self.curves)

    def curve(self, state: str, group: str | None = None) -> StateCurve:
        """The curve of a state in a group (which may be left out when there is one)."""
        if group is None and len(self.groups) > 1:
            raise OptionError(f"say which group: {', '.join(f'`{g}`' for g in self.groups)}")
        for curve in self.curves:
            if curve.state == str(state) and group in (None, curve.group):
                return curve
        raise KeyError(f"no state `{state}` in group `{group}`; the states are {', '.join(self.states)}")

    @property
    def n(self) -> int:
        """Subjects."""
        return sum(found["n"] for found in self._found)

    @property
    def method(self) -> str:
        """Estimator, variance, interval and tie rule in words."""
        weights = ", weighted" if self.weighted else ""
        return (
            f"Aalen-Johansen, {self._found[0]['variance_type']} variance{weights}, {100 * self.conf_level:g} % "
            f"{self.conf_type} limits, {_rows.ties_words(self.near_ties)}"
        )

    @property
    def time_label(self) -> str:
        """Name of the time column with its unit."""
        return self.time_name if self.unit is None else f"{self.time_name} ({self.unit})"

    def transitions(self) -> Mapping[str, Any]:
        """Number (weight) of moves by group, from and to."""
        k = len(self.states)
        out: dict[str, list[Any]] = {"group": [], "from": [], "to": [], "n": []}
        for group, found in zip(self.groups, self._found, strict=True):
            total = found["all_moves"].sum(axis=0).reshape(k, k)
            for a, b in zip(*np.nonzero(total), strict=True):
                for name, value in zip(out, (group, self.states[a], self.states[b], float(total[a, b])), strict=True):
                    out[name].append(value)
        return out

    def transition_matrix(self, start: float, stop: float, *, group: str | None = None) -> TransitionMatrix:
        """Probabilities of moving between states from ``start`` to ``stop``, for a Markov process."""
        if group is None and len(self.groups) > 1:
            raise OptionError(f"say which group: {', '.join(f'`{g}`' for g in self.groups)}")
        if group is not None and group not in self.groups:
            raise KeyError(f"no group `{group}`; the groups are {', '.join(f'`{g}`' for g in self.groups)}")
        place = 0 if group is None else self.groups.index(group)
        probability, variance = self.fitted[place].transition_matrix(float(start), float(stop))
        return TransitionMatrix(
            library=self.library,
            states=self.states,
            group=self.groups[place],
            start=float(start),
            stop=float(stop),
            probability=probability,
            std_error=np.full_like(variance, np.nan) if self.weighted else np.sqrt(variance),
            method=f"Aalen-Johansen{', weighted' if self.weighted else ', Greenwood-type variance'}",
        )

    def at(self, times: float | ArrayLike) -> OccupationAt:
        """State occupation at given times."""
        points = _rows.time_points(times)
        columns: dict[str, list[Floats]] = {n: [] for n in ("probability", "std_error", "lower", "upper")}
        notes: list[str] = []
        k = len(self.states)
        for i, curve in enumerate(self.curves):
            found = self._found[i // k]
            steps = _core.survival_steps(curve.time[1:], points, found["tolerance"])
            early, late = points < found["start"], points > found["last_time"] + found["tolerance"]
            for name, parts in columns.items():
                parts.append(np.where(early | late, np.nan, getattr(curve, name)[steps]))
            for before, after in zip(early.tolist(), late.tolist(), strict=True):
                notes.append(
                    f"before the start {found['start']:g}"
                    if before
                    else f"beyond the last end of follow-up {found['last_time']:g}"
                    if after
                    else ""
                )
        return OccupationAt(
            library=self.library,
            group=[curve.group for curve in self.curves for _ in points],
            state=[curve.state for curve in self.curves for _ in points],
            time=np.tile(points, len(self.curves)),
            note=notes,
            by=self.by,
            time_name=self.time_label,
            method=self.method,
            **{name: np.concatenate(parts) for name, parts in columns.items()},
        )

    def mean_time(self, tau: float) -> MeanTimeInState:
        """Restricted mean time in each state: the area under its occupation from the start to ``tau``.

        Parameters
        ----------
        tau : number
            Until when, after the start and not beyond the last end of follow-up of any group.

        Raises
        ------
        NotEstimableError
            ``tau`` outside the follow-up of a group.

        References
        ----------
        Andersen PK (2013) Stat Med 32:5278, doi:10.1002/sim.5903 (as years lost due to a cause).

        Examples
        --------
        >>> import mscsle as ms
        >>> fit = ms.multi_state([3, 5, 5, 8, 9, 12, 4, 7], from_state=["well"] * 8, censored="cens",
        ...                      to_state=["ill", "dead", "cens", "ill", "cens", "dead", "dead", "cens"])
        >>> found = fit.mean_time(10)
        >>> dict(zip(found.state, found.mean.round(3).tolist()))
        {'well': 7.333, 'dead': 1.375, 'ill': 1.292}
        """
        return mean_time_in_state(self, tau)

    def columns(self) -> Mapping[str, Any]:
        """Group, state, time, number in the state, probability, standard error and limits."""
        out: dict[str, Any] = {
            "group": [curve.group for curve in self.curves for _ in curve.time],
            "state": [curve.state for curve in self.curves for _ in curve.time],
        }
        for name in ("time", "n_risk", "probability", "std_error", "lower", "upper"):
            out[name] = np.concatenate([getattr(curve, name) for curve in self.curves])
        return out

    def ard_rows(self) -> Iterator[dict[str, object]]:
        """The last occupation probability with limits by group and state."""
        for curve in self.curves:
            yield from stat_rows(
                (
                    ("estimate", f"State occupation probability at {curve.time[-1]:g}", float(curve.probability[-1])),
                    ("std.error", "Standard error", float(curve.std_error[-1])),
                    ("conf.low", "Lower limit", float(curve.lower[-1])),
                    ("conf.high", "Upper limit", float(curve.upper[-1])),
                ),
                by=self.by,
                group=curve.group,
                variable=curve.state,
                context="state occupation",
                method=self.method,
            )

    def title(self) -> str:
        """Method, subjects and moves."""
        moves = self.transitions()
        each = ", ".join(
            f"{a} to {b} {_rows.count(sum(n for x, y, n in zip(moves['from'], moves['to'], moves['n'], strict=True) if (x, y) == (a, b)))}"
            for a, b in dict.fromkeys(zip(moves["from"], moves["to"], strict=True))
        )
        parts = [self.method, f"n = {self.n}", f"moves: {each or 'none'}", _rows.dropped(self.n_dropped)]
        return ", ".join(part for part in parts if part)

    def plot(self, *, ax: Axes | None = None, **options: Any) -> Axes:
        """Draws the occupation stacked; options of :func:`mscsle.plot.state_occupation`."""
        from mscsle.plot import state_occupation as draw

        return draw(self, ax=ax, **options)

    def __repr__(self) -> str:
        return f"<MultiState {self.title()}>"


def multi_state(
    time: Column,
    *,
    from_state: Column,
    to_state: Column,
    id: Column | None = None,
    entry: Column | None = None,
    censored: object = _rows.UNSAID,
    states: Sequence[str] | None = None,
    data: object | None = None,
    by: Column | list[str] | None = None,
    weights: Column | None = None,
    start: float | None = None,
    initial: Mapping[str, float] | None = None,
    variance: Literal["greenwood", "robust"] | None = None,
    conf_type: ConfType = "log-log",
    conf_level: float = 0.95,
    near_ties: NearTies = "group",
    unit: Unit | None = None,
    missing: Literal["error", "drop"] = "error",
) -> MultiState:
    """State occupation and transition probabilities of a multi-state model (Aalen-Johansen), by group.

    Parameters
    ----------
    time, entry : column names of numbers, or arrays
        A subject is in ``from_state`` in (entry, time] of each row; 0 without ``entry``.
    from_state, to_state : column names, or arrays
        The state of the row, and the state entered at its end (or ``censored``).
    id : column name, or array
        The subject of each row; each row its own without.
    censored : value of ``to_state``
        Which value means that the row ends by censoring; default 0, which the column must then hold. None: no row does.
        A row whose ``to_state`` equals its ``from_state`` moves nowhere either.
    states : list of str
        Names and order of the states; default those that occur, in their order.
    by, data, near_ties, unit, missing
        As in :func:`mscsle.kaplan_meier`.
    weights : column name of numbers >= 0, or array
        Case weights; they need the robust variance, which is then the default.
    start : number, optional
        Time from which occupation is followed; default the earliest entry.
    initial : mapping of state to probability, optional
        Occupation at the start; default the distribution of those under observation at it (then its sampling variance is
        included).
    variance : {"greenwood", "robust"}
        ``greenwood``: multinomial increments, for a Markov process (default). ``robust``: infinitesimal jackknife over
        subjects, as R's ``survfit``.
    conf_type, conf_level
        Limits on the scale of the probability itself.

    Returns
    -------
    MultiState

    References
    ----------
    Aalen OO, Johansen S (1978) Scand J Stat 5:141. Datta S, Satten GA (2001) Stat Probab Lett 55:403,
    doi:10.1016/S0167-7152(01)00155-9 (non-Markov processes).

    Examples
    --------
    >>> import mscsle as ms
    >>> rows = {"id": ["a", "a", "b", "c"], "start": [0, 2, 0, 0], "stop": [2, 5, 4, 6],
    ...         "from": ["remission", "relapsed", "remission", "remission"],
    ...         "to": ["relapsed", "dead", "dead", "censored"]}
    >>> fit = ms.multi_state("stop", entry="start", from_state="from", to_state="to", id="id", censored="censored",
    ...                      states=["remission", "relapsed", "dead"], data=rows)
    >>> fit.at([3, 6]).probability.round(3).tolist()
    [0.667, 0.333, 0.333, 0.0, 0.0, 0.667]
    >>> fit.transition_matrix(0, 4).probability.round(3).tolist()[0]
    [0.333, 0.333, 0.333]
    """
    if variance is None:
        variance = "greenwood" if weights is None else "robust"
    _rows.one_of("variance", variance, ("greenwood", "robust"))
    _rows.one_of("conf_type", conf_type, _rows.CONF_TYPES)
    _rows.one_of("missing", missing, ("error", "drop"))
    level, grouping, time_unit = _rows.level(conf_level), _rows.grouping(near_ties), _rows.time_unit(unit, data)
    rows = _rows.read(
        data,
        time=time,
        cause=to_state,
        by=by,
        entry=entry,
        weights=weights,
        missing=missing,
        extra={"from_state": (from_state, "codes"), "id": (id, "codes")},
    )
    names, origin, target = _states(rows, censored, states)
    subject = rows.extra["id"].view(np.uint32) if id is not None else None
    first = _initial(initial, names)
    word = variance

    def fit(mean_until: float | None = None) -> list[_core.MultiState]:
        return _core.survival_multi_state(
            rows.time,
            origin,
            target,
            n_states=len(names),
            entry=rows.entry,
            subject=subject,
            n_subjects=len(rows.extra_levels["id"]) if id is not None else 0,
            group=rows.group,
            n_groups=len(rows.groups),
            weights=rows.weights,
            start=None if start is None else float(start),
            initial=first,
            variance=word,
            mean_until=mean_until,
            group_near_ties=grouping,
        )

    return MultiState(
        library=rows.library,
        fitted=fit(),
        again=fit,
        states=names,
        groups=rows.groups,
        by=None if by is None else _rows.by_name(by, rows.names),
        time_name=rows.names["time"],
        conf_type=conf_type,
        conf_level=level,
        near_ties=grouping,
        weighted=weights is not None,
        unit=time_unit,
        n_dropped=rows.n_dropped,
    )


def _states(
    rows: _rows.Rows, censored: object, given: Sequence[str] | None
) -> tuple[list[str], NDArray[np.uint32], NDArray[np.uint32]]:
    """Names of the states, and codes of the states before and after; censored is the number of states."""
    assert rows.cause is not None
    column, origin = rows.names["cause"], rows.names["from_state"]
    column = "to_state" if column == "cause" else column  # an array has the name of its role
    before, after = rows.extra_levels["from_state"], rows.causes
    level = None if censored is None else _rows.level_text(censored)
    if level is not None and level in before:
        raise DataError(
            f"column `{origin}` holds `{level}`, which means censored in `{column}`; name it by `censored=`"
        )
    if level is not None and level not in after:
        held = ", ".join(f"`{value}`" for value in after)
        raise DataError(
            f"column `{column}` holds no `{level}` (censored), only {held}; say which value is censored by `censored=`, or "
            "`censored=None` if none is"
        )
    occurring = list(dict.fromkeys([*before, *(value for value in after if value != level)]))
    names = occurring if given is None else [str(state) for state in given]
    if len(set(names)) < len(names):
        raise OptionError("`states` names a state twice")
    unknown = [state for state in occurring if state not in names]
    if unknown:
        raise DataError(f"state `{unknown[0]}` of the data is not in `states`: {', '.join(f'`{s}`' for s in names)}")
    place = {state: i for i, state in enumerate(names)}
    from_codes = np.array([place[value] for value in before], dtype=np.uint32)[rows.extra["from_state"]]
    to_codes = np.array([place.get(value, len(names)) for value in after], dtype=np.uint32)[rows.cause]
    return names, np.ascontiguousarray(from_codes), np.ascontiguousarray(to_codes)


def _initial(initial: Mapping[str, float] | None, names: list[str]) -> NDArray[np.float64] | None:
    if initial is None:
        return None
    unknown = [state for state in initial if state not in names]
    if unknown:
        raise OptionError(f"`initial` names `{unknown[0]}`; the states are {', '.join(f'`{s}`' for s in names)}")
    return np.array([float(initial.get(state, 0.0)) for state in names])
