"""What can stand behind printed numbers: rounding, GRIM and GRIMMER, counts behind percentages, codings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from mscsle import _core
from mscsle._result import Result, ard_row
from mscsle.exceptions import DataError
from mscsle.stats._checks import count, printed


def format_half_up(value: float | int | Fraction, digits: int) -> str:
    """A number with ``digits`` decimals, rounded half away from zero on the decimal it stands for.

    Fractions and integers are rounded exactly; a float within 1e-9 units of the last digit of a half is that half.

    Parameters
    ----------
    value : float, int or Fraction
    digits : int
        Digits after the point, 0 to 18.

    Examples
    --------
    >>> import mscsle as ms
    >>> from fractions import Fraction
    >>> ms.stats.format_half_up(433 / 40, 2), ms.stats.format_half_up(Fraction(297, 40), 2), f"{433 / 40:.2f}"
    ('10.83', '7.43', '10.82')
    """
    places = count(digits, "digits")
    if isinstance(value, Fraction):
        return _core.format_ratio(value.numerator, value.denominator, places)
    return _core.format_half_up(float(value), places)


@dataclass(frozen=True, kw_only=True)
class FeasibleMeans(Result):
    """Sums (and sums of squares) of whole numbers that print as a published mean (and SD), for each n asked.

    Attributes
    ----------
    n, total : tuple of int
        Number of values and their sum, one entry a solution.
    sum_of_squares : tuple of int, or None without an SD
    possible_n : tuple of int
        The n that have a solution.
    impossible_n : tuple of int
        Those that have none: with so many patients the numbers cannot print as published.
    """

    mean: str
    sd: str | None
    n: tuple[int, ...]
    total: tuple[int, ...]
    sum_of_squares: tuple[int, ...] | None
    possible_n: tuple[int, ...]
    impossible_n: tuple[int, ...]
    low: int
    high: int
    rounding: str
    method: str

    def __len__(self) -> int:
        return len(self.n)

    def columns(self) -> Mapping[str, Any]:
        """One row a solution."""
        out: dict[str, Any] = {"n": list(self.n), "sum": list(self.total)}
        if self.sum_of_squares is not None:
            out["sum_of_squares"] = list(self.sum_of_squares)
        return out

    def ard_rows(self) -> Iterable[dict[str, object]]:
        """Number of solutions by n."""
        return [
            ard_row(
                variable=_pair(self.mean, self.sd),
                variable_level=f"n = {n}",
                context="printed-mean",
                stat_name="n_solutions",
                stat=float(self.n.count(n)),
                method=self.method,
            )
            for n in sorted((*self.possible_n, *self.impossible_n))
        ]

    def title(self) -> str:
        """Which n fit."""
        fits = ", ".join(map(str, self.possible_n)) or "none"
        fails = ", ".join(map(str, self.impossible_n)) or "none"
        return f"{_pair(self.mean, self.sd)} of whole numbers {self.low} to {self.high}, {self.rounding}: possible n {fits}; impossible n {fails}"


def _pair(mean: str, sd: str | None) -> str:
    return mean if sd is None else f"{mean} ± {sd}"


def _several(n: int | Iterable[int]) -> list[int]:
    if isinstance(n, Iterable) and not isinstance(n, (str, bytes)):
        return [count(k, "n") for k in n]
    return [count(n, "n")]


def feasible_means(
    mean: str, sd: str | None = None, *, n: int | Iterable[int], low: int, high: int, rounding: str = "half-up"
) -> FeasibleMeans:
    """Which numbers of whole-number scores can print as a published mean (GRIM) and standard deviation (GRIMMER).

    Exact whole-number arithmetic. No solution proves that the printed numbers cannot come from n such scores; a solution
    does not prove that they do.

    Parameters
    ----------
    mean, sd : str
        As printed: ``"4.20"`` has two decimals.
    n : int or iterable of int
        Number of patients, or several to try.
    low, high : int
        Least and greatest possible score: 0 and 105 for SLEDAI.
    rounding : {"half-up", "half-even", "either"}

    References
    ----------
    Brown NJL, Heathers JAJ. The GRIM test. Soc Psychol Personal Sci 2017;8:363, doi 10.1177/1948550616673876.

    Examples
    --------
    >>> import mscsle as ms
    >>> found = ms.stats.feasible_means("5.48", "2.77", n=range(75, 82), low=0, high=105)
    >>> found.impossible_n
    (76, 78)
    """
    mean_text, sd_text = printed(mean, "mean"), None if sd is None else printed(sd, "sd")
    tried = _several(n)
    solutions: list[tuple[int, int, int]] = []
    for k in tried:
        if sd_text is None:
            solutions += [(k, s, 0) for s in _core.feasible_sums(mean_text, k, low, high, rounding)]
        else:
            solutions += [(k, s, q) for s, q in _core.feasible_pairs(mean_text, sd_text, k, low, high, rounding)]
    possible = tuple(k for k in tried if any(s[0] == k for s in solutions))
    return FeasibleMeans(
        mean=mean_text,
        sd=sd_text,
        n=tuple(s[0] for s in solutions),
        total=tuple(s[1] for s in solutions),
        sum_of_squares=None if sd_text is None else tuple(s[2] for s in solutions),
        possible_n=possible,
        impossible_n=tuple(k for k in tried if k not in possible),
        low=low,
        high=high,
        rounding=rounding,
        method="GRIM" if sd_text is None else "GRIMMER",
    )


@dataclass(frozen=True, kw_only=True)
class PercentCounts(Result):
    """Counts whose percentages print as published: one solution a row."""

    parts: tuple[str, ...]
    total: str | None
    n: tuple[int, ...]
    counts: tuple[tuple[int, ...], ...]
    impossible_n: tuple[int, ...]
    rounding: str
    method: str = "enumeration of counts"

    def __len__(self) -> int:
        return len(self.n)

    @property
    def possible_n(self) -> tuple[int, ...]:
        """The denominators that have a solution."""
        return tuple(dict.fromkeys(self.n))

    def columns(self) -> Mapping[str, Any]:
        """One row a solution: n, then one column a part."""
        return {
            "n": list(self.n),
            **{f"count{i + 1}": [c[i] for c in self.counts] for i in range(len(self.parts))},
            "sum": [sum(c) for c in self.counts],
        }

    def ard_rows(self) -> Iterable[dict[str, object]]:
        """Number of solutions by n."""
        return [
            ard_row(
                variable=" + ".join(f"{p} %" for p in self.parts),
                variable_level=f"n = {n}",
                context="printed-percentages",
                stat_name="n_solutions",
                stat=float(self.n.count(n)),
                method=self.method,
            )
            for n in sorted((*self.possible_n, *self.impossible_n))
        ]

    def title(self) -> str:
        """Which denominators fit."""
        whole = "" if self.total is None else f" = {self.total} %"
        fits = ", ".join(map(str, self.possible_n)) or "none"
        return f"{' + '.join(f'{p} %' for p in self.parts)}{whole}, {self.rounding}: possible denominators {fits}"


def percent_counts(
    parts: Sequence[str], *, n: int | Iterable[int], total: str | None = None, rounding: str = "half-up"
) -> PercentCounts:
    """The counts behind published percentages of disjoint groups, for each denominator asked.

    Parameters
    ----------
    parts : sequence of str
        Percentages as printed.
    n : int or iterable of int
        Denominator, or several to try.
    total : str, optional
        Printed percentage of the parts together.
    rounding : {"half-up", "half-even", "either"}

    Examples
    --------
    Complete and partial remission of 18 % and 23 %, together 41 %: not of 81 patients.

    >>> import mscsle as ms
    >>> found = ms.stats.percent_counts(["18", "23"], total="41", n=range(75, 82))
    >>> list(zip(found.n, found.counts))
    [(78, (14, 18)), (79, (14, 18))]
    """
    if isinstance(parts, str):
        raise TypeError("`parts` must be a sequence of printed percentages, but is one text")
    part_texts = tuple(printed(p, "parts") for p in parts)
    total_text = None if total is None else printed(total, "total")
    tried = _several(n)
    found = [(k, tuple(c)) for k in tried for c in _core.percent_counts(list(part_texts), total_text, k, rounding)]
    possible = {k for k, _ in found}
    return PercentCounts(
        parts=part_texts,
        total=total_text,
        n=tuple(k for k, _ in found),
        counts=tuple(c for _, c in found),
        impossible_n=tuple(k for k in tried if k not in possible),
        rounding=rounding,
    )


@dataclass(frozen=True, kw_only=True)
class CodingCounts(Result):
    """Numbers of patients per value that print as a published mean and SD: one solution a row."""

    mean: str
    sd: str
    values: tuple[int, ...]
    n: tuple[int, ...]
    counts: tuple[tuple[int, ...], ...]
    impossible_n: tuple[int, ...]
    rounding: str
    method: str = "enumeration of counts per value"

    def __len__(self) -> int:
        return len(self.n)

    @property
    def possible_n(self) -> tuple[int, ...]:
        """The numbers of patients that have a solution."""
        return tuple(dict.fromkeys(self.n))

    def columns(self) -> Mapping[str, Any]:
        """One row a solution: n, then the patients of each value."""
        return {
            "n": list(self.n),
            **{f"value_{v}": [c[i] for c in self.counts] for i, v in enumerate(self.values)},
        }

    def ard_rows(self) -> Iterable[dict[str, object]]:
        """Patients per value of every solution."""
        return [
            ard_row(
                variable=_pair(self.mean, self.sd),
                variable_level=str(value),
                group1="n",
                group1_level=str(n),
                context="printed-coding",
                stat_name="n",
                stat=float(counts[i]),
                method=self.method,
            )
            for n, counts in zip(self.n, self.counts, strict=True)
            for i, value in enumerate(self.values)
        ]

    def title(self) -> str:
        """Number of solutions."""
        coding = "/".join(map(str, self.values))
        return f"{_pair(self.mean, self.sd)} coded {coding}, {self.rounding}: {len(self)} solution{'' if len(self) == 1 else 's'}"


def coding_counts(
    mean: str, sd: str, *, n: int | Iterable[int], values: Sequence[int], rounding: str = "half-up"
) -> CodingCounts:
    """How many patients had each value of a score that takes few values, from the published mean and SD.

    Tells which numeric coding of letters a report used: a coding without a solution is excluded.

    Parameters
    ----------
    mean, sd : str
        As printed.
    n : int or iterable of int
        Number of patients, or several to try.
    values : sequence of int
        The values, e.g. ``[9, 3, 1, 0]`` for the letters A, B, C and D/E.
    rounding : {"half-up", "half-even", "either"}

    Examples
    --------
    >>> import mscsle as ms
    >>> ms.stats.coding_counts("4.48", "2.60", n=81, values=[9, 3, 1, 0]).counts
    ((20, 61, 0, 0),)
    >>> ms.stats.coding_counts("4.48", "2.60", n=81, values=[12, 8, 1, 0]).counts
    ()
    """
    mean_text, sd_text = printed(mean, "mean"), printed(sd, "sd")
    points = [int(v) for v in values]
    if any(float(v) != p for v, p in zip(values, points, strict=True)):
        raise DataError(f"`values` must be whole numbers, but is {list(values)}")
    tried = _several(n)
    found = [(k, tuple(c)) for k in tried for c in _core.coding_counts(mean_text, sd_text, k, points, rounding)]
    possible = {k for k, _ in found}
    return CodingCounts(
        mean=mean_text,
        sd=sd_text,
        values=tuple(points),
        n=tuple(k for k, _ in found),
        counts=tuple(c for _, c in found),
        impossible_n=tuple(k for k in tried if k not in possible),
        rounding=rounding,
    )
