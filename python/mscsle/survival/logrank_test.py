"""Log-rank tests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from mscsle import _core, _frame
from mscsle._result import Result, ard_row
from mscsle.exceptions import DataError, OptionError
from mscsle.survival import _formula, _rows
from mscsle.survival._rows import Column, NearTies, Unit

__all__ = ["LogRank", "LogRankTest", "logrank"]

LogRankTest = Literal["log-rank", "gehan-wilcoxon", "tarone-ware", "peto", "modified-peto", "fleming-harrington"]
TESTS = ("log-rank", "gehan-wilcoxon", "tarone-ware", "peto", "modified-peto", "fleming-harrington")


@dataclass(frozen=True, kw_only=True, eq=False)
class LogRank(Result):
    """A log-rank test between groups.

    Attributes
    ----------
    statistic, df, p_value : float, int, float
        Chi-squared statistic, degrees of freedom and the p-value of the method asked for.
    p_value_asymptotic : float
        P-value of the chi-squared distribution.
    permutations : int or None
        Arrangements looked at by the permutation test.
    groups : list of str
        Labels of the groups.
    n, observed, expected : array of float
        Subjects, events, and events expected under equal hazards, by group.
    score : array of float
        Weighted sum of observed less expected by group.
    variance : array of float, groups x groups
        Covariance of the score.
    method : str
        Test, strata and tie rule in words.
    """

    statistic: float
    df: int
    p_value: float
    p_value_asymptotic: float
    permutations: int | None
    groups: list[str]
    n: NDArray[np.float64]
    observed: NDArray[np.float64]
    expected: NDArray[np.float64]
    score: NDArray[np.float64]
    variance: NDArray[np.float64]
    test: str
    strata: list[str]
    n_dropped: int
    by: str
    time_name: str
    method: str

    def columns(self) -> Mapping[str, Any]:
        """Group, subjects, events, expected events and weighted difference."""
        return {
            "group": self.groups,
            "n": self.n,
            "observed": self.observed,
            "expected": self.expected,
            "score": self.score,
        }

    def title(self) -> str:
        """Method, statistic, degrees of freedom and p-value."""
        dropped = f", {_rows.dropped(self.n_dropped)}" if self.n_dropped else ""
        return f"{self.method}: chi-squared {self.statistic:.4f}, df {self.df}, p = {self.p_value:.4g}{dropped}"

    def ard_rows(self) -> Iterator[dict[str, object]]:
        """Statistic, degrees of freedom and p-value."""
        stats = (
            ("statistic", "Chi-squared statistic", self.statistic),
            ("parameter", "Degrees of freedom", float(self.df)),
            ("p.value", "p-value", self.p_value),
        )
        for name, label, value in stats:
            yield ard_row(
                variable=self.time_name,
                group1=self.by,
                context="log-rank test",
                stat_name=name,
                stat_label=label,
                stat=value,
                method=self.method,
            )

    def __repr__(self) -> str:
        return f"<LogRank {self.title()}>"


def logrank(
    time: Column | None = None,
    *,
    event: Column | None = None,
    cnsr: Column | None = None,
    formula: str | None = None,
    data: object | None = None,
    by: Column | list[str] | None = None,
    strata: Column | list[str] | None = None,
    entry: Column | None = None,
    weights: Column | None = None,
    test: LogRankTest = "log-rank",
    rho: float | None = None,
    gamma: float | None = None,
    method: Literal["asymptotic", "exact", "permutation"] = "asymptotic",
    permutations: int = 10_000,
    seed: int = 20140324,
    near_ties: NearTies = "group",
    unit: Unit | None = None,
    missing: Literal["error", "drop"] = "error",
) -> LogRank:
    """Test that the hazards of groups are equal: the log-rank family, stratified, for any number of groups.

    Parameters
    ----------
    time, event, cnsr, data, entry, near_ties, unit, missing
        As in :func:`mscsle.kaplan_meier`.
    formula : str
        Instead of columns: ``"Surv(time, event) ~ source + strata(centre)"``.
    by : column name, list of names, or array
        The groups.
    strata : column name, list of names, or array
        Groups are compared within strata only.
    weights : column name or array
        Frequencies: whole numbers, the same as repeated rows. Asymptotic method only.
    test : {"log-rank", "gehan-wilcoxon", "tarone-ware", "peto", "modified-peto", "fleming-harrington"}
        Weight of an event time: 1; n; sqrt(n); P(t); P(t) n / (n + 1); S(t-)^rho (1 - S(t-))^gamma, where n is the number
        at risk, P the product of 1 - d / (n + 1) and S the Kaplan-Meier curve of all groups. R's ``survdiff(rho=1)`` is
        ``fleming-harrington`` with ``rho=1``.
    rho, gamma : float
        Powers of ``fleming-harrington``, >= 0.
    method : {"asymptotic", "exact", "permutation"}
        Where the p-value comes from. ``asymptotic``: chi-squared distribution with the hypergeometric covariance. ``exact``:
        events of a group given the risk sets, convolution of hypergeometrics, two groups, log-rank weights; as the exact
        Mantel-Haenszel test over event times. ``permutation``: group labels exchanged within strata; all arrangements up to
        200,000, else random ones with p = (b + 1) / (B + 1).
    permutations, seed : int
        Number of random permutations and seed of their streams.

    Returns
    -------
    LogRank

    Raises
    ------
    NotEstimableError
        Without events, or when no risk set with an event holds two groups.

    Examples
    --------
    >>> import mscsle as ms
    >>> test = ms.logrank([1, 2, 2, 2, 3, 4, 4, 5], event=[1, 1, 1, 0, 1, 1, 0, 0], by=[1, 1, 0, 1, 0, 1, 0, 0])
    >>> round(test.statistic, 6), test.df, round(test.p_value, 6)
    (1.051228, 1, 0.305225)
    """
    _rows.one_of("test", test, TESTS)
    _rows.one_of("method", method, ("asymptotic", "exact", "permutation"))
    if method == "exact" and test != "log-rank":
        raise OptionError(f'`method="exact"` needs `test="log-rank"`, not `{test}`; use `method="permutation"`')
    if method != "asymptotic" and weights is not None:
        raise OptionError(
            f'`method="{method}"` exchanges the labels of single subjects; repeat the rows instead of `weights`'
        )
    if permutations < 1:
        raise OptionError(f"`permutations` must be at least 1, but is {permutations}")
    _rows.one_of("missing", missing, ("error", "drop"))
    group_near_ties = _rows.grouping(near_ties)
    time_unit = _rows.time_unit(unit, data)
    if formula is not None:
        parsed = _formula.parse(formula, data, time=time, event=event, cnsr=cnsr, by=by, strata=strata, entry=entry)
        time, event, entry, by = _formula.groups(parsed, "strata")
        strata, data = parsed.strata or None, parsed.data
    if time is None or by is None:
        raise TypeError("give `time` and `by`, or a `formula`")
    if method == "permutation" and entry is not None:
        raise OptionError('labels are not exchangeable with delayed entry; use `method="exact"` or `asymptotic`')
    if test != "fleming-harrington" and (rho is not None or gamma is not None):
        raise OptionError(f'`rho` and `gamma` belong to `test="fleming-harrington"`, not to `{test}`')
    if test == "fleming-harrington" and rho is None and gamma is None:
        raise OptionError('`test="fleming-harrington"` needs `rho`, `gamma` or both')
    powers = (0.0 if rho is None else float(rho), 0.0 if gamma is None else float(gamma))
    if method == "asymptotic":
        whole = _rows.whole_columns(data, {"time": time, "event": event, "by": by}, cnsr, strata, entry, weights)
        counted = (
            None
            if whole is None
            else _core.survival_logrank_whole_days(*whole[0], test=test, rho=powers[0], gamma=powers[1])
        )
        if whole is not None and counted is not None:
            arrays, names, library = whole
            kind = bool if arrays[2].dtype.kind == "b" else int
            return result_of(
                counted[0],
                library=library,
                groups=[str(kind(level)) for level in counted[1]],
                names=names,
                by=by,
                unit=time_unit,
                near_ties=group_near_ties,
            )
    rows = _rows.read(
        data, time=time, event=event, cnsr=cnsr, by=by, strata=strata, entry=entry, weights=weights, missing=missing
    )
    _rows.whole_frequencies(rows, None if weights is None else "frequency", "a log-rank test takes no other weights")
    rows = _rows.taking_part(rows)
    if len(rows.groups) < 2:
        raise DataError(
            f"`by` needs at least two groups, but {_rows.by_name(by, rows.names)} holds only `{rows.groups[0]}`"
        )
    assert rows.event is not None and rows.group is not None
    common: dict[str, Any] = {
        "n_groups": len(rows.groups),
        "strata": rows.strata,
        "n_strata": max(1, len(rows.strata_levels)),
        "entry": rows.entry,
        "test": test,
        "rho": powers[0],
        "gamma": powers[1],
        "group_near_ties": group_near_ties,
    }
    if method == "exact" and len(rows.groups) != 2:
        raise OptionError(f'`method="exact"` compares two groups, but there are {len(rows.groups)}')
    found = _core.survival_logrank(rows.time, rows.event, rows.group, weights=rows.weights, **common)
    p_value, words, looked_at = found["p_value"], "asymptotic", None
    if method != "asymptotic":
        draws = permutations if method == "permutation" else None
        small = _core.survival_logrank_small(rows.time, rows.event, rows.group, permutations=draws, seed=seed, **common)
        p_value, looked_at = small["p_value"], small["permutations"]
        if method == "exact":
            words = "exact conditional on the risk sets"
        elif small["complete"]:
            words = f"permutation, all {looked_at} arrangements"
        else:
            words = f"permutation, {looked_at} random permutations, seed {seed}"
    return result_of(
        found,
        library=rows.library,
        groups=rows.groups,
        names=rows.names,
        by=by,
        unit=time_unit,
        near_ties=group_near_ties,
        p_value=p_value,
        words=words if weights is None else f"frequency weights, {words}",
        permutations=looked_at,
        stratified="" if strata is None else f", stratified by {_rows.by_name(strata, rows.names, 'strata')}",
        strata=rows.strata_levels,
        n_dropped=rows.n_dropped,
    )


def result_of(
    found: Mapping[str, Any],
    *,
    library: _frame.Library,
    groups: list[str],
    names: dict[str, str],
    by: object,
    unit: str | None,
    near_ties: bool,
    p_value: float | None = None,
    words: str = "asymptotic",
    permutations: int | None = None,
    stratified: str = "",
    strata: Sequence[str] = (),
    n_dropped: int = 0,
) -> LogRank:
    k = len(groups)
    name = names["time"]
    return LogRank(
        library=library,
        statistic=found["statistic"],
        df=found["df"],
        p_value=found["p_value"] if p_value is None else p_value,
        p_value_asymptotic=found["p_value"],
        permutations=permutations,
        groups=groups,
        n=found["n"],
        observed=found["observed"],
        expected=found["expected"],
        score=found["score"],
        variance=found["variance"].reshape(k, k),
        test=found["test"],
        strata=list(strata),
        n_dropped=n_dropped,
        by=_rows.by_name(by, names),
        time_name=name if unit is None else f"{name} ({unit})",
        method=f"{found['test']} test{stratified}, {words}, {_rows.ties_words(near_ties)}",
    )
