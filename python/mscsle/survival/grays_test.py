"""Gray's test: cumulative incidence of one cause between groups."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from mscsle import _core
from mscsle._result import Result, ard_row
from mscsle.exceptions import DataError
from mscsle.survival import _rows
from mscsle.survival._rows import Column, NearTies, Unit

__all__ = ["GrayTest", "gray_test"]


@dataclass(frozen=True, kw_only=True, eq=False)
class GrayTest(Result):
    """Gray's test between groups.

    Attributes
    ----------
    statistic, df, p_value : float, int, float
        Chi-squared statistic, degrees of freedom and p-value.
    cause : str
        The cause under test; all other causes compete.
    groups : list of str
        Labels of the groups.
    n, observed, expected : array of float
        Subjects, events of the cause, and events expected under equal subdistribution hazards, by group.
    score : array of float
        Weighted sum of observed less expected by group.
    variance : array of float, groups x groups
        Covariance of the score.
    method : str
        Test, weight, strata and tie rule in words.
    """

    statistic: float
    df: int
    p_value: float
    cause: str
    groups: list[str]
    n: NDArray[np.float64]
    observed: NDArray[np.float64]
    expected: NDArray[np.float64]
    score: NDArray[np.float64]
    variance: NDArray[np.float64]
    rho: float
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
                variable=self.cause,
                group1=self.by,
                context="Gray's test",
                stat_name=name,
                stat_label=label,
                stat=value,
                method=self.method,
            )

    def __repr__(self) -> str:
        return f"<GrayTest {self.title()}>"


def gray_test(
    time: Column,
    *,
    cause: Column,
    of: object,
    censored: object = _rows.UNSAID,
    data: object | None = None,
    by: Column | list[str],
    strata: Column | list[str] | None = None,
    rho: float = 0.0,
    near_ties: NearTies = "group",
    unit: Unit | None = None,
    missing: Literal["error", "drop"] = "error",
) -> GrayTest:
    """Test that the cumulative incidence of one cause is the same in all groups, other causes competing (Gray).

    Parameters
    ----------
    time, data, near_ties, unit, missing
        As in :func:`mscsle.kaplan_meier`.
    cause : column name or array
        What ended follow-up: one value for censored, one for each cause (numbers or text).
    of : value of ``cause``
        The cause under test.
    censored : value of ``cause``
        Which value means censored; default 0, which the column must then hold. None: nobody is censored.
    by : column name, list of names, or array
        The groups.
    strata : column name, list of names, or array
        Groups are compared within strata only.
    rho : float
        Power of the weight (1 - F(t-))^rho, >= 0.

    Returns
    -------
    GrayTest

    Raises
    ------
    NotEstimableError
        Without events of the cause, or when no risk set with an event holds two groups.

    References
    ----------
    Gray RJ (1988) Ann Stat 16:1141, doi:10.1214/aos/1176350951.

    Examples
    --------
    >>> import mscsle as ms
    >>> test = ms.gray_test([1, 2, 3, 4, 5, 6, 7, 8], cause=[1, 2, 1, 0, 1, 1, 2, 0], of=1, censored=0,
    ...                     by=["BM", "UC", "BM", "UC", "BM", "UC", "BM", "UC"])
    >>> test.groups, test.observed.tolist(), test.df
    (['BM', 'UC'], [3.0, 1.0], 1)
    """
    _rows.one_of("missing", missing, ("error", "drop"))
    group_near_ties = _rows.grouping(near_ties)
    time_unit = _rows.time_unit(unit, data)
    rows = _rows.read(data, time=time, cause=cause, by=by, strata=strata, missing=missing)
    if len(rows.groups) < 2:
        raise DataError(
            f"`by` needs at least two groups, but {_rows.by_name(by, rows.names)} holds only `{rows.groups[0]}`"
        )
    codes, n_causes, code, label = _rows.cause_of_interest(rows, censored, of)
    assert rows.group is not None
    found = _core.survival_gray(
        rows.time,
        codes,
        rows.group,
        n_causes=n_causes,
        of=code,
        n_groups=len(rows.groups),
        strata=rows.strata,
        n_strata=max(1, len(rows.strata_levels)),
        rho=float(rho),
        group_near_ties=group_near_ties,
    )
    k = len(rows.groups)
    name = rows.names["time"]
    weight = f", weight (1 - F)^{rho:g}" if rho else ""
    stratified = "" if strata is None else f", stratified by {_rows.by_name(strata, rows.names, 'strata')}"
    return GrayTest(
        library=rows.library,
        statistic=found["statistic"],
        df=found["df"],
        p_value=found["p_value"],
        cause=label,
        groups=rows.groups,
        n=found["n"],
        observed=found["observed"],
        expected=found["expected"],
        score=found["score"],
        variance=found["variance"].reshape(k, k),
        rho=float(rho),
        strata=rows.strata_levels,
        n_dropped=rows.n_dropped,
        by=_rows.by_name(by, rows.names),
        time_name=name if time_unit is None else f"{name} ({time_unit})",
        method=f"Gray's test of cause {label}{weight}{stratified}, {_rows.ties_words(group_near_ties)}",
    )
