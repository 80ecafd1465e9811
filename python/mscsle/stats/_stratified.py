"""Two groups over strata, and exact unconditional tests of two proportions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mscsle import _core, _frame
from mscsle.exceptions import DataError
from mscsle.stats._checks import OneRow, count, digits, p_text


@dataclass(frozen=True, kw_only=True)
class CochranMantelHaenszel(OneRow):
    """Cochran-Mantel-Haenszel test with the common odds ratio.

    Attributes
    ----------
    statistic, df, p_value : float
        Chi-squared test.
    exact_p_value : float
        Exact conditional test.
    odds_ratio, lower, upper : float or None
        Mantel-Haenszel estimate with the interval of Robins, Breslow and Greenland.
    n_strata, n_skipped : int
        Strata that count, and those without information.
    """

    statistic: float
    df: int
    p_value: float
    exact_p_value: float
    odds_ratio: float | None
    lower: float | None
    upper: float | None
    conf_level: float
    n_strata: int
    n_skipped: int
    method: str

    def _fields(self) -> Mapping[str, Any]:
        names = ("statistic", "df", "p_value", "exact_p_value", "odds_ratio", "lower", "upper", "conf_level")
        return {name: getattr(self, name) for name in (*names, "n_strata", "n_skipped", "method")}

    def _context(self) -> str:
        return "cmh-test"

    def title(self) -> str:
        """Odds ratio and p-value."""
        return (
            f"{self.method} over {self.n_strata} strata: odds ratio {digits(self.odds_ratio)} ({100 * self.conf_level:g} % CI "
            f"{digits(self.lower)} to {digits(self.upper)}), {p_text(self.p_value)}"
        )


def _columns(data: Any, x1: Any, n1: Any, x0: Any, n0: Any) -> tuple[list[list[int]], _frame.Library]:
    roles: dict[str, tuple[object, _frame.Kind]] = {
        "x1": (x1, "number"),
        "n1": (n1, "number"),
        "x0": (x0, "number"),
        "n0": (n0, "number"),
    }
    selected = _frame.select(data, roles)
    columns = []
    for role in roles:
        name = selected.names[role]
        columns.append([count(v, f"{name}[{row}]") for row, v in enumerate(selected.arrays[role].tolist())])
    if not columns[0]:
        raise DataError("there is no stratum")
    return columns, selected.library


def cmh(
    x1: Any,
    n1: Any,
    x0: Any,
    n0: Any,
    *,
    data: Any = None,
    continuity_correction: bool = False,
    conf_level: float = 0.95,
) -> CochranMantelHaenszel:
    """Cochran-Mantel-Haenszel test of group and event within strata.

    Parameters
    ----------
    x1, n1, x0, n0 : column names with ``data``, else arrays of counts
        Events and patients of group 1 and of group 0, one row a stratum.
    data : frame, optional
    continuity_correction : bool
        Takes the smaller of 1/2 and the absolute sum of differences off, as R does by default; SAS does not.
    conf_level : float

    References
    ----------
    Mantel N, Haenszel W. J Natl Cancer Inst 1959;22:719. Robins J, Breslow N, Greenland S. Biometrics 1986;42:311,
    doi 10.2307/2531052.

    Examples
    --------
    Admissions to Berkeley by department, men and women.

    >>> import mscsle as ms
    >>> men, of_men = [512, 353, 120, 138, 53, 22], [825, 560, 325, 417, 191, 373]
    >>> women, of_women = [89, 17, 202, 131, 94, 24], [108, 25, 593, 375, 393, 341]
    >>> test = ms.stats.cmh(men, of_men, women, of_women)
    >>> round(test.statistic, 4), round(test.p_value, 4), round(test.odds_ratio, 4)
    (1.5246, 0.2169, 0.9047)
    """
    columns, library = _columns(data, x1, n1, x0, n0)
    one, of_one, zero, of_zero = columns
    fields = _core.cochran_mantel_haenszel(one, of_one, zero, of_zero, continuity_correction, conf_level)
    corrected = ", continuity correction" if continuity_correction else ""
    method = f"Cochran-Mantel-Haenszel test{corrected}"
    return CochranMantelHaenszel(conf_level=conf_level, method=method, library=library, **fields)


@dataclass(frozen=True, kw_only=True)
class StratifiedDifference(OneRow):
    """Common risk difference over strata, group 1 minus group 0, with the test that belongs to its interval."""

    estimate: float
    lower: float
    upper: float
    conf_level: float
    statistic: float
    p_value: float
    n_strata: int
    n_skipped: int
    method: str
    df: int = 1

    def _fields(self) -> Mapping[str, Any]:
        names = ("estimate", "lower", "upper", "conf_level", "statistic", "df", "p_value", "n_strata", "n_skipped")
        return {name: getattr(self, name) for name in (*names, "method")}

    def _context(self) -> str:
        return "stratified-risk-difference"

    def title(self) -> str:
        """Difference, interval and p-value."""
        return (
            f"common difference {digits(self.estimate)} ({100 * self.conf_level:g} % CI {digits(self.lower)} to "
            f"{digits(self.upper)}, {self.method}) over {self.n_strata} strata, {p_text(self.p_value)}"
        )


def stratified_difference(
    x1: Any,
    n1: Any,
    x0: Any,
    n0: Any,
    *,
    data: Any = None,
    method: str = "miettinen-nurminen",
    conf_level: float = 0.95,
) -> StratifiedDifference:
    """Common risk difference over strata.

    Parameters
    ----------
    x1, n1, x0, n0 : column names with ``data``, else arrays of counts
        Events and patients of group 1 and of group 0, one row a stratum.
    data : frame, optional
    method : {"miettinen-nurminen", "miettinen-nurminen-sample-size", "sato"}
        Score interval with Mantel-Haenszel weights (its test of 0 is the Cochran-Mantel-Haenszel test), with weights by
        sample size, or the Mantel-Haenszel difference with Sato's variance.
    conf_level : float

    References
    ----------
    Miettinen O, Nurminen M. Stat Med 1985;4:213, doi 10.1002/sim.4780040211. Sato T. Biometrics 1989;45:1323.

    Examples
    --------
    >>> import mscsle as ms
    >>> d = ms.stats.stratified_difference([7, 4], [10, 8], [3, 2], [9, 8])
    >>> round(d.estimate, 4), round(d.p_value, 4)
    (0.3133, 0.0679)
    """
    columns, library = _columns(data, x1, n1, x0, n0)
    one, of_one, zero, of_zero = columns
    fields = _core.stratified_difference(one, of_one, zero, of_zero, method, conf_level)
    return StratifiedDifference(conf_level=conf_level, method=method, library=library, **fields)


@dataclass(frozen=True, kw_only=True)
class UnconditionalTest(OneRow):
    """Exact unconditional test; ``statistic`` is z (Barnard) or Fisher's p-value (Boschloo).

    ``nuisance`` is the common proportion at which the p-value is reached.
    """

    x1: int
    n1: int
    x0: int
    n0: int
    statistic: float
    p_value: float
    nuisance: float
    alternative: str
    method: str
    df: None = None

    def _fields(self) -> Mapping[str, Any]:
        names = ("x1", "n1", "x0", "n0", "statistic", "p_value", "nuisance", "alternative", "method")
        return {name: getattr(self, name) for name in names}

    def _context(self) -> str:
        return "unconditional-test"

    def title(self) -> str:
        """Counts and p-value."""
        return f"{self.method} test of {self.x1}/{self.n1} v {self.x0}/{self.n0} ({self.alternative}): {p_text(self.p_value)}"


def _unconditional(
    x1: int, n1: int, x0: int, n0: int, *, ordering: str, method: str, alternative: str
) -> UnconditionalTest:
    x1, n1, x0, n0 = count(x1, "x1"), count(n1, "n1"), count(x0, "x0"), count(n0, "n0")
    fields = _core.unconditional_test(x1, n1, x0, n0, ordering, alternative)
    return UnconditionalTest(x1=x1, n1=n1, x0=x0, n0=n0, alternative=alternative, method=method, **fields)


def barnard(x1: int, n1: int, x0: int, n0: int, *, alternative: str = "two-sided") -> UnconditionalTest:
    """Barnard's exact test of two proportions, ordered by the pooled z statistic.

    The statistics of the tables are compared as fractions, so tables that tie are counted together; programs that compare
    floating-point numbers can give a p-value that is too small.

    Parameters
    ----------
    x1, n1, x0, n0 : int
        Events and patients of group 1 and of group 0.
    alternative : {"two-sided", "greater", "less"}

    References
    ----------
    Barnard GA. Nature 1945;156:177, doi 10.1038/156177a0. Suissa S, Shuster JJ. J R Stat Soc A 1985;148:317,
    doi 10.2307/2981892.

    Examples
    --------
    >>> import mscsle as ms
    >>> round(ms.stats.barnard(9, 10, 3, 10).p_value, 6)
    0.007956
    """
    return _unconditional(x1, n1, x0, n0, ordering="barnard", method="Barnard's exact", alternative=alternative)


def boschloo(x1: int, n1: int, x0: int, n0: int, *, alternative: str = "two-sided") -> UnconditionalTest:
    """Boschloo's exact test of two proportions, ordered by the p-value of Fisher's test of the same side.

    Never less powerful than Fisher's test. The two-sided test orders by Fisher's two-sided p-value; some programs double a
    one-sided p-value instead.

    Parameters
    ----------
    x1, n1, x0, n0 : int
        Events and patients of group 1 and of group 0.
    alternative : {"two-sided", "greater", "less"}

    References
    ----------
    Boschloo RD. Raised conditional level of significance for the 2 x 2-table when testing the equality of two
    probabilities. Stat Neerl 1970;24:1.

    Examples
    --------
    >>> import mscsle as ms
    >>> test = ms.stats.boschloo(9, 10, 3, 10)
    >>> test.p_value < ms.stats.fisher([[9, 1], [3, 7]]).p_value
    True
    """
    return _unconditional(x1, n1, x0, n0, ordering="boschloo", method="Boschloo's exact", alternative=alternative)
