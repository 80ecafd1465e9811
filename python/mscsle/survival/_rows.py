"""Reading the rows of a survival call: names to roles, options to words, errors that name column and row."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mscsle import _frame
from mscsle.exceptions import DataError, DataWarning, NotEstimableError, OptionError

Column: TypeAlias = str | ArrayLike
ConfType: TypeAlias = Literal["log-log", "log", "plain", "logit", "arcsine"]
Unit: TypeAlias = Literal["days", "months", "years"]
Like: TypeAlias = Literal["r", "sas"]
NearTies: TypeAlias = Literal["group", "separate"]

CONF_TYPES = ("log-log", "log", "plain", "logit", "arcsine")
#: Types of columns that the core reads without a copy.
WHOLE_TYPES = ("<f8", "<i8", "<i4", "|i1", "|u1", "|b1")
UNITS = ("days", "months", "years")


class _Unsaid(int):
    """The default of ``censored``: 0, told apart from a 0 that was given."""

    __slots__ = ()


UNSAID = _Unsaid(0)

#: The group of a curve when no ``by`` was given.
ALL = "all"


@dataclass(frozen=True)
class Rows:
    """Checked rows, ready for the core."""

    time: NDArray[np.float64]
    event: NDArray[np.bool_] | None
    group: NDArray[np.uint32] | None
    groups: list[str]
    strata: NDArray[np.uint32] | None
    strata_levels: list[str]
    entry: NDArray[np.float64] | None
    weights: NDArray[np.float64] | None
    cluster: NDArray[np.uint32] | None
    cause: NDArray[np.int32] | None
    causes: list[str]
    names: dict[str, str]
    kept: NDArray[np.int64] | None
    n_dropped: int
    library: _frame.Library
    extra: dict[str, NDArray[Any]] = field(default_factory=dict)
    extra_levels: dict[str, list[str]] = field(default_factory=dict)

    @property
    def n(self) -> int:
        """Number of rows used."""
        return len(self.time)

    def group_codes(self) -> NDArray[np.uint32]:
        """Codes of the groups; all 0 without ``by``."""
        return np.zeros(self.n, dtype=np.uint32) if self.group is None else self.group

    def row(self, position: int) -> int:
        """The row of the input a used row came from."""
        return position if self.kept is None else int(self.kept[position])


def read(
    data: object | None,
    *,
    time: Column,
    event: Column | None = None,
    cnsr: Column | None = None,
    by: Column | Sequence[str] | None = None,
    strata: Column | Sequence[str] | None = None,
    entry: Column | None = None,
    weights: Column | None = None,
    cluster: Column | None = None,
    cause: Column | None = None,
    extra: Mapping[str, tuple[object, _frame.Kind]] | None = None,
    missing: str = "error",
    needs_event: bool = True,
) -> Rows:
    """Columns of a survival call by name or as arrays, checked; the rows of a call with ``cause`` have no ``event``."""
    if cause is None and (event is None) == (cnsr is None) and (needs_event or event is not None):
        if event is None:
            raise TypeError(
                "give `event=` (true = happened) or `cnsr=` (CDISC: 0 = event, > 0 = censored); neither is guessed"
            )
        raise TypeError("`event=` and `cnsr=` exclude each other; give the one your column holds")
    roles: dict[str, tuple[object, _frame.Kind]] = {
        "time": (time, "number"),
        "event": (event, "event"),
        "cnsr": (cnsr, "cnsr"),
        "cause": (cause, "codes"),
        "entry": (entry, "number"),
        "weights": (weights, "number"),
        "cluster": (cluster, "codes"),
    }
    roles.update(extra or {})
    by_roles = _code_roles("by", by, data, roles)
    strata_roles = _code_roles("strata", strata, data, roles)
    selected = _frame.select(data, roles, missing=missing)
    if selected.n_rows - selected.n_dropped == 0:
        if selected.n_dropped:
            raise DataError(f"no rows are left: all {selected.n_rows} have missing values")
        raise DataError("there are no rows; at least one subject is needed")
    arrays = selected.arrays
    happened = arrays.get("event", arrays.get("cnsr"))
    group, groups = _combined(by_roles, selected)
    stratum, strata_levels = _combined(strata_roles, selected)
    cluster_codes = arrays.get("cluster")
    weights_given = arrays.get("weights")
    counted = cluster_codes if cluster_codes is None or weights_given is None else cluster_codes[weights_given > 0]
    if counted is not None and len(np.unique(counted)) == 1:
        only = selected.levels["cluster"][int(counted[0])]
        raise DataError(
            f"column `{selected.names['cluster']}` holds the one cluster `{only}`; a robust variance needs two or more"
        )
    rows = Rows(
        time=arrays["time"],
        event=None if happened is None else happened.view(np.bool_),
        group=group,
        groups=groups or [ALL],
        strata=stratum,
        strata_levels=strata_levels,
        # as an extra column it belongs to intervals, whose reader checks it
        entry=None if extra and "entry" in extra else arrays.get("entry"),
        weights=arrays.get("weights"),
        cluster=None if cluster_codes is None else cluster_codes.view(np.uint32),
        cause=arrays.get("cause"),
        causes=selected.levels.get("cause", []),
        names=selected.names,
        kept=selected.kept_rows,
        n_dropped=selected.n_dropped,
        library=selected.library,
        extra={role: arrays[role] for role in extra or {} if role in arrays},
        extra_levels={role: selected.levels[role] for role in extra or {} if role in selected.levels},
    )
    check(rows)
    return rows


def plain(time: object, event: object, *others: object) -> tuple[NDArray[np.float64], NDArray[np.bool_]] | None:
    """Time and event, when they are arrays the core can take as they are and nothing else was given."""
    if any(other is not None for other in others):
        return None
    if (
        isinstance(time, np.ndarray)
        and isinstance(event, np.ndarray)
        and time.dtype == np.float64
        and event.dtype.kind in "biu"
        and time.ndim == event.ndim == 1
        and time.size == event.size > 0
        and time.flags.c_contiguous
        and event.flags.c_contiguous
    ):
        if event.dtype.kind == "b":
            return time, event
        if event.min() >= 0 and event.max() <= 1:
            return time, event.astype(np.bool_)
    return None


def whole_columns(
    data: object | None, columns: Mapping[str, object], *others: object
) -> tuple[list[NDArray[Any]], dict[str, str], _frame.Library] | None:
    """Columns as they lie in memory, names and library, if the core takes them so and nothing else was given."""
    if any(other is not None for other in others):
        return None
    if data is None:
        library = _frame.default_library()
        arrays = [column if isinstance(column, np.ndarray) else None for column in columns.values()]
        names = {role: role for role in columns}
    else:
        if not all(isinstance(column, str) for column in columns.values()):
            return None
        names = {role: str(column) for role, column in columns.items()}
        frame = _frame.Frame(data)
        library = frame.library
        arrays = [frame.plain(name) for name in names.values()]
    found = [a for a in arrays if a is not None and a.dtype.str in WHOLE_TYPES and a.ndim == 1 and a.flags.c_contiguous]
    return (found, names, library) if len(found) == len(arrays) else None


def _code_roles(
    role: str,
    given: Column | Sequence[str] | None,
    data: object | None,
    roles: dict[str, tuple[object, _frame.Kind]],
) -> list[str]:
    if given is None:
        return []
    several = data is not None and isinstance(given, (list, tuple))
    columns = list(given) if several and not isinstance(given, str) else [given]  # type: ignore[arg-type]
    if not columns:
        raise OptionError(f"`{role}` is an empty list; give a column name or leave it out")
    added = [role if len(columns) == 1 else f"{role}[{i}]" for i in range(len(columns))]
    roles.update({name: (column, "codes") for name, column in zip(added, columns, strict=True)})
    return added


def _combined(roles: list[str], selected: _frame.Selected) -> tuple[NDArray[np.uint32] | None, list[str]]:
    """Codes of one column, or of the combinations of several that occur."""
    if not roles:
        return None, []
    codes = [selected.arrays[role] for role in roles]
    levels = [selected.levels[role] for role in roles]
    if len(roles) == 1 and selected.n_dropped == 0:
        return codes[0].view(np.uint32), levels[0]
    combined = codes[0].astype(np.int64)
    for more, names in zip(codes[1:], levels[1:], strict=True):
        combined = combined * len(names) + more
    present, compact = np.unique(combined, return_inverse=True)
    labels: list[str] = []
    for value in present.tolist():
        parts: list[str] = []
        for names in reversed(levels[1:]):
            value, code = divmod(value, len(names))
            parts.append(names[code])
        parts.append(levels[0][value])
        labels.append(", ".join(reversed(parts)))
    return np.ascontiguousarray(compact, dtype=np.uint32), labels


def check(rows: Rows) -> None:
    """Refuses negative times and weights and empty intervals, by column and row of the input."""
    for role in ("time", "entry", "weights"):
        values = getattr(rows, role)
        if values is not None and values.min() < 0:
            position = int(np.argmax(values < 0))
            raise DataError(
                f"column `{rows.names[role]}` must be >= 0, but row {rows.row(position)} is {values[position]:g}"
            )
    if rows.entry is not None:
        empty = rows.entry >= rows.time
        if empty.any():
            position = int(np.argmax(empty))
            raise DataError(
                f"column `{rows.names['entry']}` must be before `{rows.names['time']}`, but row {rows.row(position)} enters "
                f"at {rows.entry[position]:g} and ends at {rows.time[position]:g}"
            )
    if rows.weights is not None and not rows.weights.any():
        raise DataError(f"column `{rows.names['weights']}` holds only 0")


def taking_part(rows: Rows) -> Rows:
    """The rows without those of weight 0, which are no subjects: neither their times nor their groups count."""
    if rows.weights is None or rows.weights.all():
        return rows
    used = np.flatnonzero(rows.weights)
    changes: dict[str, Any] = {"kept": used if rows.kept is None else rows.kept[used]}
    for role in ("time", "event", "entry", "weights", "cluster"):
        values = getattr(rows, role)
        if values is not None:
            changes[role] = np.ascontiguousarray(values[used])
    changes["extra"] = {role: np.ascontiguousarray(values[used]) for role, values in rows.extra.items()}
    for role, levels in (("group", "groups"), ("strata", "strata_levels")):
        codes = getattr(rows, role)
        if codes is not None:
            present, compact = np.unique(codes[used], return_inverse=True)
            changes[role] = np.ascontiguousarray(compact, dtype=np.uint32)
            changes[levels] = [getattr(rows, levels)[code] for code in present]
    return replace(rows, **changes)


def weight_words(weights: object, weight_kind: object) -> None:
    """Refuses weights whose meaning is not said."""
    if weights is None and weight_kind is not None:
        raise OptionError("`weight_kind` without `weights`")
    if weights is not None and weight_kind not in ("frequency", "sampling"):
        raise OptionError(
            'say what `weights` mean: `weight_kind="frequency"` (repeated rows) or `weight_kind="sampling"`'
            if weight_kind is None
            else f"unknown weight_kind `{weight_kind}`; use `frequency` or `sampling`"
        )


def whole_frequencies(rows: Rows, weight_kind: object, instead: str = 'pass `weight_kind="sampling"`') -> None:
    """Refuses frequency weights that are no whole numbers, by column and row of the input."""
    if weight_kind != "frequency" or rows.weights is None:
        return
    fractional = rows.weights != np.floor(rows.weights)
    if fractional.any():
        position = int(np.argmax(fractional))
        raise DataError(
            f"frequency weights must be whole numbers, but column `{rows.names['weights']}`, row {rows.row(position)} "
            f"is {rows.weights[position]:g}; {instead}"
        )


def one_of(option: str, word: object, words: Sequence[str]) -> None:
    """Refuses a word that an option does not have."""
    if word not in words:
        known = ", ".join(f"`{w}`" for w in words[:-1]) + f" or `{words[-1]}`"
        raise OptionError(f"unknown {option} `{word}`; use {known}")


def level(conf_level: float) -> float:
    """A confidence level between 0 and 1."""
    if not 0 < conf_level < 1:
        raise OptionError(f"`conf_level` must be between 0 and 1, but is {conf_level:g}")
    return float(conf_level)


def interval(conf_type: str | None, like: str | None) -> str:
    """The interval type: as given, else that of the program named by ``like``, else log-log."""
    if like is not None:
        one_of("like", like, ("r", "sas"))
    if conf_type is None:
        return "log" if like == "r" else "log-log"
    one_of("conf_type", conf_type, CONF_TYPES)
    return conf_type


def time_unit(unit: str | None, data: object | None) -> str | None:
    """The unit of time: as given, else that of one of our results."""
    if unit is None:
        unit = getattr(data, "unit", None)
        return unit if isinstance(unit, str) else None
    one_of("unit", unit, UNITS)
    return unit


def grouping(near_ties: str) -> bool:
    """Whether near ties are grouped."""
    one_of("near_ties", near_ties, ("group", "separate"))
    return near_ties == "group"


def ties_words(near_ties: bool) -> str:
    """The tie rule in words."""
    return "times within sqrt(eps) are tied" if near_ties else "only identical times are tied"


def count(value: float) -> str:
    """A count for reading: whole numbers in full, sums of fractional weights as they are."""
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:g}"


def counted(value: float, one: str) -> str:
    """A count and what is counted: ``1 event``, ``2 events``."""
    return f"{count(value)} {one}{'' if value == 1 else 's'}"


def dropped(n: int) -> str:
    """Rows left out, in words; nothing when there are none."""
    return f"{counted(n, 'row')} with missing values dropped" if n else ""


def time_points(times: float | ArrayLike, *, name: str = "times") -> NDArray[np.float64]:
    """Times at which a curve is asked for: finite, not negative."""
    try:
        values = np.atleast_1d(np.asarray(times, dtype=np.float64))
    except (TypeError, ValueError):
        values = np.empty(0)
    if values.ndim != 1 or values.size == 0:
        raise OptionError(f"`{name}` must be a number or a list of numbers, but is {times!r}")
    wrong = ~(np.isfinite(values) & (values >= 0))
    if wrong.any():
        raise OptionError(f"`{name}` must be >= 0 and finite, but holds {values[int(np.argmax(wrong))]:g}")
    return np.ascontiguousarray(values)


def by_name(given: object, names: dict[str, str], role: str = "by") -> str:
    """How a grouping column is called in results."""
    if isinstance(given, (list, tuple)) and given and all(isinstance(name, str) for name in given):
        if role not in names:
            return ", ".join(given)
    elif not isinstance(given, str):
        return "group" if role == "by" else role
    return names.get(role, "group")


def cause_codes(rows: Rows, censored: object, labels: Mapping[Any, str] | None) -> tuple[NDArray[np.uint32], list[str]]:
    """Codes 0 = censored, 1, 2 ... = causes in sorted order, and the labels of the causes."""
    assert rows.cause is not None
    named = {level_text(value): str(label) for value, label in (labels or {}).items()}
    unknown = sorted(set(named) - set(rows.causes))
    if unknown:
        known = ", ".join(f"`{c}`" for c in rows.causes)
        raise OptionError(f"`labels` names `{unknown[0]}`, but column `{rows.names['cause']}` holds {known}")
    censored_level = level_text(censored)
    events = [level for level in rows.causes if level != censored_level]
    numeric = _looks_like_codes(events)
    if rows.causes == events and (censored is UNSAID if numeric else len(events) > 1):
        # nobody may be censored, but a misspelt word or another code must not turn the censored into a cause
        raise DataError(
            f"column `{rows.names['cause']}` holds no `{censored_level}` (censored), only "
            f"{', '.join(f'`{c}`' for c in rows.causes)}; say which value is censored by `censored=`, or `censored=None` if none is"
        )
    lookup = np.zeros(max(1, len(rows.causes)), dtype=np.uint32)
    for code, level in enumerate(events, start=1):
        lookup[rows.causes.index(level)] = code
    return np.ascontiguousarray(lookup[rows.cause]), [named.get(level, level) for level in events]


def cause_of_interest(rows: Rows, censored: object, of: object) -> tuple[NDArray[np.uint32], int, int, str]:
    """Codes of the causes (0 = censored), their number, and code and label of the cause of interest."""
    name = rows.names["cause"]
    wanted = level_text(of)
    if wanted == level_text(censored):
        raise OptionError(f"`of` is `{wanted}`, which is the value of `censored`; give the cause of interest")
    codes, causes = cause_codes(rows, censored, None)
    if wanted not in causes:
        held = ", ".join(f"`{level}`" for level in rows.causes)
        raise NotEstimableError(f"there are no events of cause `{wanted}`: column `{name}` holds {held}")
    return codes, len(causes), causes.index(wanted) + 1, wanted


def _looks_like_codes(levels: Sequence[str]) -> bool:
    return all(level.lstrip("-").isdigit() for level in levels)


def level_text(value: object) -> str:
    """How a value of a grouping column is written as a level."""
    return next(iter(_frame.as_codes([value])[1]), "")


def warn_one_cluster(rows: Rows) -> None:
    """Say which groups have no clustered variance because their rows are of one cluster."""
    if rows.cluster is None or len(rows.groups) < 2 or rows.group is None:
        return
    counted = np.ones(len(rows.cluster), dtype=bool) if rows.weights is None else rows.weights > 0
    for code, label in enumerate(rows.groups):
        own = rows.cluster[counted & (rows.group == code)]
        if len(own) and (own == own[0]).all():
            warnings.warn(
                f"all rows of group `{label}` belong to one cluster: its variance between clusters was not observed, so "
                "it has no standard errors and limits; use smaller clusters",
                DataWarning,
                stacklevel=3,
            )
