"""Several groups: a trend over them, each pair, and the max-combo test of two."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mscsle import _core
from mscsle._result import Result, ard_row
from mscsle.exceptions import DataError, OptionError
from mscsle.survival import _presets, _rows
from mscsle.survival._rows import Column, Like, NearTies, Rows, Unit
from mscsle.survival._tables import number
from mscsle.survival.logrank_test import TESTS, LogRankTest

__all__ = ["LogRankTrend", "MaxCombo", "PairwiseLogRank", "max_combo", "pairwise_logrank", "trend_test"]

Adjust = Literal["holm", "hochberg", "hommel", "bonferroni", "benjamini-hochberg", "benjamini-yekutieli", "none"]
ADJUST = ("holm", "hochberg", "hommel", "bonferroni", "benjamini-hochberg", "benjamini-yekutieli", "none")
Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class LogRankTrend(Result):
    """A log-rank test of a trend of the hazard over ordered groups.

    Attributes
    ----------
    z, p_value : float
        Standardised statistic (positive: the hazard rises with the scores) and two-sided p-value.
    statistic, df : float, int
        z squared, 1 degree of freedom.
    groups : list of str
    scores, n, observed, expected : array of float
        By group.
    heterogeneity : tuple of float, int and float
        Chi-squared statistic, degrees of freedom and p-value of the test of any difference.
    """

    z: float
    p_value: float
    groups: list[str]
    scores: Floats
    n: Floats
    observed: Floats
    expected: Floats
    heterogeneity: tuple[float, int, float]
    by: str
    time_name: str
    n_dropped: int
    method: str

    @property
    def statistic(self) -> float:
        """z squared."""
        return self.z**2

    @property
    def df(self) -> int:
        """Degrees of freedom: 1."""
        return 1

    def columns(self) -> Mapping[str, Any]:
        """Group, score, subjects, events, expected events."""
        return {
            "group": self.groups,
            "trend_score": self.scores,
            "n": self.n,
            "observed": self.observed,
            "expected": self.expected,
        }

    def title(self) -> str:
        """Method, statistic and p-value."""
        dropped = f", {_rows.dropped(self.n_dropped)}" if self.n_dropped else ""
        return f"{self.method}: z = {self.z:.4f}, p = {self.p_value:.4g}{dropped}"

    def ard_rows(self) -> Iterator[dict[str, object]]:
        """z and p-value."""
        for name, label, value in (("statistic", "z", self.z), ("p.value", "p-value", self.p_value)):
            yield ard_row(
                variable=self.time_name,
                group1=self.by,
                context="log-rank trend",
                stat_name=name,
                stat_label=label,
                stat=value,
                method=self.method,
            )

    def __repr__(self) -> str:
        return f"<LogRankTrend {self.title()}>"


@dataclass(frozen=True, kw_only=True, eq=False)
class PairwiseLogRank(Result):
    """Log-rank tests of all pairs of groups with adjusted p-values.

    Attributes
    ----------
    group, other : list of str
    statistic, p_value, p_adjusted : array of float
        NaN where a pair is not estimable; ``note`` says why, and the adjustment counts the others only.
    adjust : str
    """

    group: list[str]
    other: list[str]
    statistic: Floats
    p_value: Floats
    p_adjusted: Floats
    note: list[str]
    adjust: str
    by: str
    time_name: str
    n_dropped: int
    method: str

    def columns(self) -> Mapping[str, Any]:
        """Pair, chi-squared statistic, p-value, adjusted p-value, note."""
        names = ("group", "other", "statistic", "p_value", "p_adjusted", "note")
        return {name: getattr(self, name) for name in names}

    def title(self) -> str:
        """What was computed, and how."""
        dropped = f", {_rows.dropped(self.n_dropped)}" if self.n_dropped else ""
        return f"{self.method}{dropped}"

    def ard_rows(self) -> Iterator[dict[str, object]]:
        """Statistic, p-value and adjusted p-value of each pair."""
        for i, (group, other) in enumerate(zip(self.group, self.other, strict=True)):
            for name, label, values in (
                ("statistic", "Chi-squared statistic", self.statistic),
                ("p.value", "p-value", self.p_value),
                ("p.adjusted", f"p-value, {self.adjust}", self.p_adjusted),
            ):
                yield ard_row(
                    variable=self.time_name,
                    group1=self.by,
                    group1_level=f"{group} vs {other}",
                    context="pairwise log-rank",
                    stat_name=name,
                    stat_label=label,
                    stat=number(values[i]),
                    warning=self.note[i] or None,
                    method=self.method,
                )


@dataclass(frozen=True, kw_only=True, eq=False)
class MaxCombo(Result):
    """The largest of several weighted log-rank tests of two groups.

    Attributes
    ----------
    statistic, p_value : float
        Largest absolute standardised score, and its two-sided p-value from the multivariate normal distribution.
    tests : list of str
    z : array of float
        Standardised score of each test; positive: more events than expected in the second group.
    largest : str
        The test with the largest.
    correlation : array of float, tests x tests
    groups : list of str
    n, observed, expected : array of float
        By group.
    """

    statistic: float
    p_value: float
    tests: list[str]
    z: Floats
    largest: str
    correlation: NDArray[np.float64]
    groups: list[str]
    n: Floats
    observed: Floats
    expected: Floats
    by: str
    time_name: str
    n_dropped: int
    method: str

    def columns(self) -> Mapping[str, Any]:
        """Test and its standardised score."""
        return {"test": self.tests, "z": self.z}

    def title(self) -> str:
        """Method, statistic, p-value."""
        dropped = f", {_rows.dropped(self.n_dropped)}" if self.n_dropped else ""
        return f"{self.method}: largest |z| = {self.statistic:.4f} ({self.largest}), p = {self.p_value:.4g}{dropped}"

    def ard_rows(self) -> Iterator[dict[str, object]]:
        """Largest statistic, p-value, and the score of each test."""
        stats = [("statistic", "Largest |z|", self.statistic), ("p.value", "p-value", self.p_value)]
        stats += [("z", test, float(z)) for test, z in zip(self.tests, self.z, strict=True)]
        for name, label, value in stats:
            yield ard_row(
                variable=self.time_name,
                group1=self.by,
                context="max-combo",
                stat_name=name,
                stat_label=label,
                stat=value,
                method=self.method,
            )

    def __repr__(self) -> str:
        return f"<MaxCombo {self.title()}>"


def trend_test(
    time: Column,
    *,
    event: Column | None = None,
    cnsr: Column | None = None,
    data: object | None = None,
    by: Column | list[str],
    scores: ArrayLike | Mapping[Any, float] | None = None,
    strata: Column | list[str] | None = None,
    entry: Column | None = None,
    weights: Column | None = None,
    test: LogRankTest = "log-rank",
    rho: float | None = None,
    gamma: float | None = None,
    near_ties: NearTies = "group",
    unit: Unit | None = None,
    missing: Literal["error", "drop"] = "error",
) -> LogRankTrend:
    """Test whether the hazard rises or falls over ordered groups (Tarone), with the full covariance of their scores.

    Parameters
    ----------
    time, event, cnsr, data, strata, entry, weights, test, rho, gamma, near_ties, unit, missing
        As in :func:`mscsle.logrank`.
    by : column name, list of names, or array
        The groups: categories in their own order, other levels sorted.
    scores : list of numbers in the order of the groups, or mapping of level to number
        Default 1, 2, 3, ... in the order of the groups. A shift or a positive factor does not change the test.

    Returns
    -------
    LogRankTrend

    Examples
    --------
    >>> import mscsle as ms
    >>> trend = ms.trend_test([1, 2, 3, 4, 5, 6], event=[1] * 6, by=["3", "3", "2", "2", "1", "1"])
    >>> trend.groups, round(trend.z, 4)
    (['1', '2', '3'], 2.583)
    """
    powers = _powers(test, rho, gamma)
    rows, common, words = _read(
        time, event, cnsr, data, by, strata, entry, weights, near_ties=near_ties, missing=missing
    )
    values = _scores(scores, rows.groups)
    found = _core.survival_logrank_trend(
        rows.time, _event(rows), rows.group_codes(), scores=values, test=test, rho=powers[0], gamma=powers[1], **common
    )
    return LogRankTrend(
        library=rows.library,
        z=found["z"],
        p_value=found["trend_p_value"],
        groups=rows.groups,
        scores=values,
        n=found["n"],
        observed=found["observed"],
        expected=found["expected"],
        heterogeneity=(found["statistic"], found["df"], found["p_value"]),
        by=_rows.by_name(by, rows.names),
        time_name=_time_name(rows, unit, data),
        n_dropped=rows.n_dropped,
        method=f"{found['test']} trend test{words}",
    )


def pairwise_logrank(
    time: Column,
    *,
    event: Column | None = None,
    cnsr: Column | None = None,
    data: object | None = None,
    by: Column | list[str],
    strata: Column | list[str] | None = None,
    entry: Column | None = None,
    weights: Column | None = None,
    test: LogRankTest = "log-rank",
    rho: float | None = None,
    gamma: float | None = None,
    adjust: Adjust | None = None,
    near_ties: NearTies = "group",
    unit: Unit | None = None,
    missing: Literal["error", "drop"] = "error",
    like: Like | None = None,
) -> PairwiseLogRank:
    """Log-rank tests of every pair of groups, p-values adjusted for their number.

    Parameters
    ----------
    time, event, cnsr, data, by, strata, entry, weights, test, rho, gamma, near_ties, unit, missing
        As in :func:`mscsle.logrank`. Each pair is tested on its own rows, as ``survminer::pairwise_survdiff`` in R does.
    adjust : {"holm", "hochberg", "hommel", "bonferroni", "benjamini-hochberg", "benjamini-yekutieli", "none"}
        Holm unless ``like`` says otherwise (R's survminer: Benjamini-Hochberg; SAS: none).
    like : {"r", "sas"}
        Defaults of that program.

    Returns
    -------
    PairwiseLogRank

    Examples
    --------
    >>> import mscsle as ms
    >>> pairs = ms.pairwise_logrank(
    ...     [1, 2, 3, 4, 5, 6, 7, 8, 9], event=[1] * 9, by=["a", "a", "a", "b", "b", "b", "c", "c", "c"]
    ... )
    >>> pairs.p_value.round(4).tolist()
    [0.0246, 0.0246, 0.0246]
    >>> pairs.p_adjusted.round(4).tolist()
    [0.0738, 0.0738, 0.0738]
    """
    powers = _powers(test, rho, gamma)
    method = _presets.checked("pairwise_logrank", "adjust", adjust, like, ADJUST)
    rows, common, words = _read(
        time, event, cnsr, data, by, strata, entry, weights, near_ties=near_ties, missing=missing
    )
    found = _core.survival_logrank_pairs(
        rows.time,
        _event(rows),
        rows.group_codes(),
        n_groups=len(rows.groups),
        test=test,
        rho=powers[0],
        gamma=powers[1],
        **common,
    )
    p_value = np.array([np.nan if pair is None else pair["p_value"] for _, _, pair, _ in found])
    p_adjusted = p_value.copy()
    estimable = np.isfinite(p_value)
    if method != "none" and estimable.any():
        p_adjusted[estimable] = _core.adjust_p(np.ascontiguousarray(p_value[estimable]), method)
    name = next((pair["test"] for _, _, pair, _ in found if pair is not None), test)
    adjusted = "p-values not adjusted" if method == "none" else f"p-values adjusted by {method}"
    return PairwiseLogRank(
        library=rows.library,
        group=[rows.groups[first] for first, *_ in found],
        other=[rows.groups[second] for _, second, *_ in found],
        statistic=np.array([np.nan if pair is None else pair["statistic"] for _, _, pair, _ in found]),
        p_value=p_value,
        p_adjusted=p_adjusted,
        note=[why or "" for *_, why in found],
        adjust=method,
        by=_rows.by_name(by, rows.names),
        time_name=_time_name(rows, unit, data),
        n_dropped=rows.n_dropped,
        method=f"Pairwise {name} tests{words}, {adjusted}",
    )


def max_combo(
    time: Column,
    *,
    event: Column | None = None,
    cnsr: Column | None = None,
    data: object | None = None,
    by: Column | list[str],
    strata: Column | list[str] | None = None,
    entry: Column | None = None,
    weights: Column | None = None,
    tests: Sequence[tuple[float, float] | LogRankTest] = ((0, 0), (1, 0), (0, 1), (1, 1)),
    near_ties: NearTies = "group",
    unit: Unit | None = None,
    missing: Literal["error", "drop"] = "error",
) -> MaxCombo:
    """The max-combo test of two groups: sensitive to early, late and proportional differences at once.

    Parameters
    ----------
    time, event, cnsr, data, by, strata, entry, weights, near_ties, unit, missing
        As in :func:`mscsle.logrank`; two groups.
    tests : list of (rho, gamma) or names of tests
        Fleming-Harrington powers, or words as in :func:`mscsle.logrank`. By default (0, 0), (1, 0), (0, 1), (1, 1).

    Returns
    -------
    MaxCombo

    Examples
    --------
    >>> import mscsle as ms
    >>> combo = ms.max_combo(
    ...     [1, 2, 3, 4, 5, 6, 7, 8], event=[1, 1, 1, 1, 0, 1, 1, 0], by=["b", "b", "a", "b", "a", "b", "a", "a"]
    ... )
    >>> combo.largest, round(combo.statistic, 4), round(combo.p_value, 3)
    ('Fleming-Harrington(rho = 0, gamma = 0)', 1.846, 0.117)
    """
    if isinstance(tests, str) or not len(tests):
        raise OptionError("`tests` must be a list of (rho, gamma) pairs or of names of tests")
    chosen: list[tuple[str, float, float]] = []
    for one in tests:
        if isinstance(one, str):
            _rows.one_of("test", one, [word for word in TESTS if word != "fleming-harrington"])
            chosen.append((one, 0.0, 0.0))
        else:
            if len(one) != 2:
                raise OptionError(f"`tests` holds {one!r}, which is no pair (rho, gamma)")
            chosen.append(("fleming-harrington", float(one[0]), float(one[1])))
    rows, common, words = _read(
        time, event, cnsr, data, by, strata, entry, weights, near_ties=near_ties, missing=missing
    )
    if len(rows.groups) != 2:
        raise OptionError(f"the max-combo test compares two groups, but there are {len(rows.groups)}")
    found = _core.survival_max_combo(rows.time, _event(rows), rows.group_codes(), tests=chosen, **common)
    k = len(chosen)
    return MaxCombo(
        library=rows.library,
        statistic=found["statistic"],
        p_value=found["p_value"],
        tests=found["tests"],
        z=found["z"],
        largest=found["tests"][found["largest"]],
        correlation=found["correlation"].reshape(k, k),
        groups=rows.groups,
        n=found["n"],
        observed=found["observed"],
        expected=found["expected"],
        by=_rows.by_name(by, rows.names),
        time_name=_time_name(rows, unit, data),
        n_dropped=rows.n_dropped,
        method=f"Max-combo test of {k} log-rank tests{words}",
    )


def _powers(test: str, rho: float | None, gamma: float | None) -> tuple[float, float]:
    _rows.one_of("test", test, TESTS)
    if test != "fleming-harrington" and (rho is not None or gamma is not None):
        raise OptionError(f'`rho` and `gamma` belong to `test="fleming-harrington"`, not to `{test}`')
    if test == "fleming-harrington" and rho is None and gamma is None:
        raise OptionError('`test="fleming-harrington"` needs `rho`, `gamma` or both')
    return (0.0 if rho is None else float(rho), 0.0 if gamma is None else float(gamma))


def _read(
    time: Column,
    event: Column | None,
    cnsr: Column | None,
    data: object | None,
    by: Column | list[str],
    strata: Column | list[str] | None,
    entry: Column | None,
    weights: Column | None,
    *,
    near_ties: str,
    missing: str,
) -> tuple[Rows, dict[str, Any], str]:
    """Rows, the arguments all tests of the core share, and how to say them."""
    _rows.one_of("missing", missing, ("error", "drop"))
    group_near_ties = _rows.grouping(near_ties)
    rows = _rows.read(
        data, time=time, event=event, cnsr=cnsr, by=by, strata=strata, entry=entry, weights=weights, missing=missing
    )
    _rows.whole_frequencies(rows, None if weights is None else "frequency", "a log-rank test takes no other weights")
    rows = _rows.taking_part(rows)
    if len(rows.groups) < 2:
        raise DataError(
            f"`by` needs at least two groups, but {_rows.by_name(by, rows.names)} holds only `{rows.groups[0]}`"
        )
    common = {
        "strata": rows.strata,
        "n_strata": max(1, len(rows.strata_levels)),
        "entry": rows.entry,
        "weights": rows.weights,
        "group_near_ties": group_near_ties,
    }
    stratified = "" if strata is None else f", stratified by {_rows.by_name(strata, rows.names, 'strata')}"
    weighted = "" if weights is None else ", frequency weights"
    return rows, common, f"{stratified}{weighted}, asymptotic, {_rows.ties_words(group_near_ties)}"


def _event(rows: Rows) -> NDArray[np.bool_]:
    assert rows.event is not None
    return rows.event


def _time_name(rows: Rows, unit: str | None, data: object | None) -> str:
    found = _rows.time_unit(unit, data)
    return rows.names["time"] if found is None else f"{rows.names['time']} ({found})"


def _scores(scores: ArrayLike | Mapping[Any, float] | None, groups: list[str]) -> Floats:
    if scores is None:
        return np.arange(1.0, len(groups) + 1)
    if isinstance(scores, Mapping):
        named = {_rows.level_text(level): float(value) for level, value in scores.items()}
        lacking = [group for group in groups if group not in named]
        unknown = [level for level in named if level not in groups]
        if lacking or unknown:
            wrong = f"lacks `{lacking[0]}`" if lacking else f"names `{unknown[0]}`"
            raise OptionError(f"`scores` {wrong}; the groups are {', '.join(f'`{g}`' for g in groups)}")
        return np.array([named[group] for group in groups])
    values = np.ascontiguousarray(scores, dtype=np.float64)
    if values.shape != (len(groups),) or not np.isfinite(values).all():
        raise OptionError(
            f"`scores` must be {len(groups)} finite numbers, one for each group in the order {', '.join(groups)}"
        )
    return values
