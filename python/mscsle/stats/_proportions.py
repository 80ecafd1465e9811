"""One and two proportions, Fisher, chi-squared and McNemar tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mscsle import _core
from mscsle.exceptions import DataError
from mscsle.stats._checks import OneRow, count, digits, p_text


@dataclass(frozen=True, kw_only=True)
class Proportion(OneRow):
    """A proportion with its interval and the rule of its denominator.

    Attributes
    ----------
    numerator, denominator : int
    denominator_rule : str
        What the denominator counts.
    estimate, lower, upper : float
        Between 0 and 1.
    percent : float
        100 times the estimate.
    conf_level : float
    method : str
        Kind of interval.
    """

    numerator: int
    denominator: int
    denominator_rule: str
    estimate: float
    lower: float
    upper: float
    conf_level: float
    method: str

    @property
    def percent(self) -> float:
        """100 times the estimate."""
        return 100.0 * self.numerator / self.denominator

    def _fields(self) -> Mapping[str, Any]:
        names = ("numerator", "denominator", "denominator_rule", "percent", "estimate", "lower", "upper", "conf_level")
        return {name: getattr(self, name) for name in (*names, "method")}

    def _context(self) -> str:
        return "proportion"

    def title(self) -> str:
        """Count, percentage, interval and denominator rule."""
        percent = _core.format_ratio(100 * self.numerator, self.denominator, 1)
        return (
            f"{self.numerator}/{self.denominator} ({percent} %; {_level(self.conf_level)} CI {digits(100 * self.lower, 1)} "
            f"to {digits(100 * self.upper, 1)}, {self.method}) of {self.denominator_rule}"
        )


def _level(conf_level: float) -> str:
    return f"{100 * conf_level:g} %"


def proportion(
    x: int, n: int, *, denominator_rule: str, method: str = "clopper-pearson", conf_level: float = 0.95
) -> Proportion:
    """A proportion x/n with its interval.

    Parameters
    ----------
    x : int
        Patients with the event.
    n : int
        Patients counted.
    denominator_rule : str
        What ``n`` counts: ``enrolled``, ``alive_at_visit``, ``assessed_at_visit``, ``ever_responder``, ``at_risk`` or the
        name of an analysis set of your own. There is no default: a percentage without it cannot be read.
    method : {"clopper-pearson", "wilson", "wilson-cc", "agresti-coull", "jeffreys", "mid-p", "blaker", "wald"}
        Kind of interval.
    conf_level : float
        Confidence level between 0 and 1.

    Raises
    ------
    DataError
        Counts that are not whole, negative or out of order.
    OptionError
        An unknown method, a blank denominator rule.

    References
    ----------
    Newcombe RG. Stat Med 1998;17:857. Blaker H. Can J Stat 2000;28:783, doi 10.2307/3315916.

    Examples
    --------
    >>> import mscsle as ms
    >>> flare = ms.stats.proportion(11, 49, denominator_rule="ever_responder")
    >>> round(flare.lower, 5), round(flare.upper, 5)
    (0.11774, 0.36624)
    >>> print(flare.title())
    11/49 (22.4 %; 95 % CI 11.8 to 36.6, clopper-pearson) of ever_responder
    """
    numerator, denominator = count(x, "x"), count(n, "n")
    if not isinstance(denominator_rule, str):
        raise TypeError(f"`denominator_rule` must be a word, but is {type(denominator_rule).__name__}")
    fields = _core.proportion(numerator, denominator, denominator_rule, method, conf_level)
    return Proportion(numerator=numerator, denominator=denominator, conf_level=conf_level, method=method, **fields)


@dataclass(frozen=True, kw_only=True)
class BinomialTest(OneRow):
    """Exact binomial test: ``statistic`` is the count; there are no degrees of freedom."""

    statistic: int
    n: int
    p0: float
    estimate: float
    p_value: float
    alternative: str
    method: str
    df: None = None

    def _fields(self) -> Mapping[str, Any]:
        names = ("statistic", "n", "p0", "estimate", "p_value", "alternative", "method")
        return {name: getattr(self, name) for name in names}

    def _context(self) -> str:
        return "binomial-test"

    def title(self) -> str:
        """Count, null value and p-value."""
        return (
            f"{self.statistic}/{self.n} against {self.p0:g}: {p_text(self.p_value)} ({self.method}, {self.alternative})"
        )


def binomial_test(
    x: int, n: int, *, p0: float, alternative: str = "two-sided", two_sided: str = "likelihood"
) -> BinomialTest:
    """Exact test of x of n against a fixed proportion, such as a historical response rate.

    Parameters
    ----------
    x, n : int
        Patients with the event, patients counted.
    p0 : float
        Proportion under the null hypothesis.
    alternative : {"two-sided", "greater", "less"}
    two_sided : {"likelihood", "doubled"}
        Sum of the probabilities not above the observed one (R), or twice the smaller tail (SAS).

    Examples
    --------
    >>> import mscsle as ms
    >>> test = ms.stats.binomial_test(14, 40, p0=0.2, alternative="greater")
    >>> round(test.p_value, 4)
    0.0194
    """
    x, n = count(x, "x"), count(n, "n")
    p_value = _core.binomial_test(x, n, p0, alternative, two_sided)
    method = "exact binomial test" + (f", {two_sided} rule" if alternative == "two-sided" else "")
    return BinomialTest(
        statistic=x, n=n, p0=p0, estimate=x / n, p_value=p_value, alternative=alternative, method=method
    )


@dataclass(frozen=True, kw_only=True)
class TwoProportions(OneRow):
    """Difference of two proportions, group 1 minus group 0.

    ``statistic``, ``df`` and ``p_value`` are those of the score test that belongs to the interval (``miettinen-nurminen``
    and ``mee``); the other intervals have no test of their own.
    """

    x1: int
    n1: int
    x0: int
    n0: int
    estimate: float
    lower: float
    upper: float
    conf_level: float
    statistic: float | None
    df: int | None
    p_value: float | None
    method: str

    def _fields(self) -> Mapping[str, Any]:
        names = ("x1", "n1", "x0", "n0", "estimate", "lower", "upper", "conf_level", "statistic", "df", "p_value")
        return {name: getattr(self, name) for name in (*names, "method")}

    def _context(self) -> str:
        return "risk-difference"

    def title(self) -> str:
        """Difference and interval."""
        return (
            f"{self.x1}/{self.n1} - {self.x0}/{self.n0} = {digits(self.estimate)} ({_level(self.conf_level)} CI "
            f"{digits(self.lower)} to {digits(self.upper)}, {self.method})"
        )


def two_proportions(
    x1: int, n1: int, x0: int, n0: int, *, method: str = "miettinen-nurminen", conf_level: float = 0.95
) -> TwoProportions:
    """Difference of two independent proportions, group 1 minus group 0.

    Parameters
    ----------
    x1, n1, x0, n0 : int
        Patients with the event and patients counted in group 1 and in group 0.
    method : {"miettinen-nurminen", "mee", "newcombe", "newcombe-cc", "agresti-caffo", "wald"}
        Kind of interval; ``newcombe`` is method 10, ``newcombe-cc`` method 11.
    conf_level : float

    References
    ----------
    Miettinen O, Nurminen M. Stat Med 1985;4:213, doi 10.1002/sim.4780040211. Newcombe RG. Stat Med 1998;17:873.

    Examples
    --------
    >>> import mscsle as ms
    >>> d = ms.stats.two_proportions(9, 12, 5, 6, method="newcombe")
    >>> round(d.estimate, 6), round(d.lower, 6), round(d.upper, 6)
    (-0.083333, -0.396957, 0.344941)
    """
    x1, n1, x0, n0 = count(x1, "x1"), count(n1, "n1"), count(x0, "x0"), count(n0, "n0")
    fields = _core.risk_difference(x1, n1, x0, n0, method, conf_level)
    df = None if fields["p_value"] is None else 1
    return TwoProportions(x1=x1, n1=n1, x0=x0, n0=n0, conf_level=conf_level, df=df, method=method, **fields)


@dataclass(frozen=True, kw_only=True)
class FisherTest(OneRow):
    """Fisher's exact test; ``statistic`` is the first cell, ``odds_ratio`` the conditional likelihood estimate."""

    statistic: int
    p_value: float
    odds_ratio: float | None
    lower: float | None
    upper: float | None
    conf_level: float
    alternative: str
    method: str = "Fisher's exact test"
    df: None = None

    def _fields(self) -> Mapping[str, Any]:
        names = ("statistic", "p_value", "odds_ratio", "lower", "upper", "conf_level", "alternative", "method")
        return {name: getattr(self, name) for name in names}

    def _context(self) -> str:
        return "fisher-test"

    def title(self) -> str:
        """p-value and odds ratio."""
        return f"{self.method} ({self.alternative}): {p_text(self.p_value)}, odds ratio {digits(self.odds_ratio)}"


def fisher(table: Sequence[Sequence[int]], *, alternative: str = "two-sided", conf_level: float = 0.95) -> FisherTest:
    """Fisher's exact test of a 2x2 table of counts.

    The two-sided p-value sums the probabilities of the tables that are not more likely than the observed one. The odds
    ratio is the conditional likelihood estimate with exact limits; R stops its search for them at a tolerance of 1e-4.

    Parameters
    ----------
    table : 2x2 counts
        Rows are groups, columns event and no event.
    alternative : {"two-sided", "greater", "less"}
    conf_level : float

    Examples
    --------
    >>> import mscsle as ms
    >>> test = ms.stats.fisher([[3, 1], [1, 3]])
    >>> round(test.p_value, 4), round(test.odds_ratio, 3)
    (0.4857, 6.408)
    """
    cells = _table(table)
    if len(cells) != 2 or len(cells[0]) != 2:
        raise DataError(f"`table` must have two rows and two columns, but has {len(cells)} and {len(cells[0])}")
    fields = _core.fisher_exact(cells, alternative, conf_level)
    return FisherTest(statistic=cells[0][0], conf_level=conf_level, alternative=alternative, **fields)


def _table(table: Sequence[Sequence[int]]) -> list[list[int]]:
    rows = [[count(cell, f"table[{i}][{j}]") for j, cell in enumerate(row)] for i, row in enumerate(table)]
    if not rows or any(len(row) != len(rows[0]) for row in rows):
        raise DataError("`table` must have rows of equal length")
    return rows


@dataclass(frozen=True, kw_only=True)
class ChiSquaredTest(OneRow):
    """Pearson's chi-squared test; below an expected count of 5 Fisher's test is the better choice."""

    statistic: float
    df: int
    p_value: float
    continuity_correction: bool
    smallest_expected: float
    method: str

    def _fields(self) -> Mapping[str, Any]:
        names = ("statistic", "df", "p_value", "continuity_correction", "smallest_expected", "method")
        return {name: getattr(self, name) for name in names}

    def _context(self) -> str:
        return "chi-squared-test"

    def title(self) -> str:
        """Statistic and p-value."""
        return f"{self.method}: {digits(self.statistic)} on {self.df} df, {p_text(self.p_value)}"


def chi_squared(table: Sequence[Sequence[int]], *, continuity_correction: bool = False) -> ChiSquaredTest:
    """Pearson's chi-squared test of independence in a table of counts.

    Parameters
    ----------
    table : counts, at least 2x2
    continuity_correction : bool
        Yates' correction, for 2x2 tables only.

    Examples
    --------
    >>> import mscsle as ms
    >>> test = ms.stats.chi_squared([[6, 10], [41, 12]])
    >>> round(test.p_value, 4)
    0.0027
    """
    fields = _core.chi_squared_test(_table(table), continuity_correction)
    corrected = ", Yates' correction" if fields["continuity_correction"] else ""
    return ChiSquaredTest(method=f"Pearson's chi-squared test{corrected}", **fields)


@dataclass(frozen=True, kw_only=True)
class McNemarTest(OneRow):
    """McNemar's test; ``statistic`` is chi-squared, or the smaller discordant count of the exact tests."""

    b: int
    c: int
    statistic: float
    df: int | None
    p_value: float
    method: str

    def _fields(self) -> Mapping[str, Any]:
        return {name: getattr(self, name) for name in ("b", "c", "statistic", "df", "p_value", "method")}

    def _context(self) -> str:
        return "mcnemar-test"

    def title(self) -> str:
        """Discordant counts and p-value."""
        return f"McNemar test ({self.method}), {self.b} against {self.c} discordant pairs: {p_text(self.p_value)}"


def mcnemar(b: int, c: int, *, method: str = "exact") -> McNemarTest:
    """McNemar's test from the numbers of pairs that changed one way and the other.

    Parameters
    ----------
    b, c : int
        Discordant pairs: yes then no, no then yes.
    method : {"exact", "mid-p", "asymptotic", "asymptotic-cc"}

    References
    ----------
    Fagerland MW, Lydersen S, Laake P. BMC Med Res Methodol 2013;13:91, doi 10.1186/1471-2288-13-91.

    Examples
    --------
    >>> import mscsle as ms
    >>> ms.stats.mcnemar(8, 1).p_value
    0.0390625
    """
    b, c = count(b, "b"), count(c, "c")
    return McNemarTest(b=b, c=c, method=method, **_core.mcnemar(b, c, method))
