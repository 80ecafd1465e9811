"""Consistency of a published table: can these numbers stand as printed?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mscsle import _core, _frame
from mscsle._result import Result, ard_row
from mscsle.exceptions import DataError, OptionError

#: Every verdict there is.
VERDICTS = (
    "consistent",
    "other rounding",
    "other denominator",
    "sum of rounded parts",
    "inconsistent",
    "impossible",
    "not checkable",
)

_N = r"([-−+]?\d+(?:\.\d+)?)"
_P = re.compile(rf"\bp\s*([=<>])?\s*{_N}", re.IGNORECASE)
_MEAN = re.compile(rf"^{_N}\s*(?:±|\+/-|\+-|\()\s*{_N}\s*\)?$")
_MEAN_ONLY = re.compile(rf"^{_N}$")
_FRACTION = re.compile(r"(\d+)\s*(?:/|of)\s*(\d+)")
_PERCENT = re.compile(rf"{_N}\s*%")
_COUNT_PERCENT = re.compile(rf"^(\d+)\s*\(\s*{_N}\s*%\s*\)$")
_INTERVAL = re.compile(rf"{_N}\s*(?:-|–|—|to|,|;)\s*{_N}")
_RATIO = re.compile(rf"^(?:HR|hazard ratio)?\s*=?\s*{_N}?\s*[\(\[]?\s*(?:95\s*%\s*CI:?)?\s*$", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Audit(Result):
    """What an audit found, one row a printed figure.

    Attributes
    ----------
    figure, printed, kind, verdict, sentence : list of str
        ``kind`` is ``mean``, ``percent``, ``coding`` or ``hazard ratio``; ``verdict`` one of ``consistent``, ``other
        rounding`` (only with halves rounded to even), ``other denominator`` (impossible for the n given, possible for one
        near it), ``sum of rounded parts``, ``inconsistent``, ``impossible``, ``not checkable``; ``sentence`` can be used in a review.
    n : list of int or None
        Number of patients as given.
    solutions : list of str
        The sums, counts or denominators that print as published.
    """

    figure: list[str]
    printed: list[str]
    n: list[int | None]
    kind: list[str]
    verdict: list[str]
    solutions: list[str]
    sentence: list[str]
    rounding: str
    method: str = "GRIM, GRIMMER, enumeration of counts, Wald interval"

    def __len__(self) -> int:
        return len(self.figure)

    @property
    def counts(self) -> dict[str, int]:
        """Number of figures by verdict."""
        return {verdict: self.verdict.count(verdict) for verdict in VERDICTS if verdict in self.verdict}

    def columns(self) -> Mapping[str, Any]:
        """One row a figure; n is NaN where it was not given."""
        return {
            "figure": self.figure,
            "printed": self.printed,
            "n": np.asarray([np.nan if n is None else float(n) for n in self.n]),
            "kind": self.kind,
            "verdict": self.verdict,
            "solutions": self.solutions,
            "sentence": self.sentence,
        }

    def ard_rows(self) -> Iterable[dict[str, object]]:
        """One row a figure: 1 when it is consistent, with the sentence as warning when not."""
        return [
            ard_row(
                variable=figure,
                variable_level=printed,
                context="audit",
                stat_name="consistent",
                stat=float(verdict == "consistent"),
                method=self.method,
                warning=None if verdict == "consistent" else sentence,
            )
            for figure, printed, verdict, sentence in zip(
                self.figure, self.printed, self.verdict, self.sentence, strict=True
            )
        ]

    def title(self) -> str:
        """Counts by verdict."""
        found = ", ".join(f"{n} {verdict}" for verdict, n in self.counts.items())
        return f"Audit of {len(self)} printed figures ({self.rounding}): {found}"

    def __repr__(self) -> str:
        return "\n".join([self.title(), *(f"  {s}" for s in self.sentence)])


@dataclass(frozen=True)
class _Row:
    figure: str
    printed: str
    n: int | None
    low: int | None
    high: int | None
    codings: tuple[tuple[int, ...], ...]
    part_of: str | None


@dataclass(frozen=True)
class _Search:
    """Which other denominators are tried, and how numbers are rounded."""

    around: int
    enrolled: int | None
    rounding: str

    def near(self, n: int) -> list[int]:
        last = n + self.around if self.enrolled is None else min(n + self.around, self.enrolled)
        return [k for k in range(max(2, n - self.around), last + 1) if k != n]

    @property
    def words(self) -> str:
        return f"within {self.around} of it" + ("" if self.enrolled is None else f", at most {self.enrolled}")


@dataclass(frozen=True)
class _Found:
    kind: str
    verdict: str
    solutions: str
    sentence: str


def audit(
    data: Any,
    *,
    figure: str = "figure",
    printed: str = "printed",
    n: str = "n",
    low: str = "low",
    high: str = "high",
    values: str = "values",
    part_of: str = "part_of",
    events: int | None = None,
    enrolled: int | None = None,
    around: int = 10,
    rounding: str = "half-up",
) -> Audit:
    """Checks whether the figures of a published table can stand as printed.

    Parameters
    ----------
    data : frame or mapping of lists
        One row a printed figure. Columns that are absent count as empty.
    figure : column name
        What the figure is called.
    printed : column name
        The text as printed: ``13.11 ± 4.20`` or ``13.11 (4.20)`` (mean and SD), ``49/81 (60.5 %)``, ``18 %``,
        ``0.336-0.794, p = 0.003`` (interval of a hazard ratio, with or without the ratio in front).
    n : column name
        Number of patients the figure is said to rest on.
    low, high : column names
        Least and greatest possible value of a score of whole numbers; a mean without them is not checkable.
    values : column name
        Codings to try for a score of few values, separated by ``;``: ``9/3/1/0; 12/8/1/0``.
    part_of : column name
        Figure that this one is a disjoint part of: complete remission of remission. Percentages of parts and whole are
        checked together.
    events : int, optional
        Number of events behind the hazard ratios: tells whether a covariate can have had two groups.
    enrolled : int, optional
        Patients of the study: no denominator above it is tried.
    around : int
        How many patients more and fewer than ``n`` are tried when a figure is impossible for ``n``.
    rounding : {"half-up", "half-even", "either"}

    Returns
    -------
    Audit

    Raises
    ------
    DataError
        A column that is missing, a printed text that cannot be read, a whole that is not in the table.

    References
    ----------
    Brown NJL, Heathers JAJ. Soc Psychol Personal Sci 2017;8:363, doi 10.1177/1948550616673876.

    Examples
    --------
    >>> import mscsle as ms
    >>> table = {
    ...     "figure": ["SLEDAI at 12 months", "remission", "CR", "PR"],
    ...     "printed": ["5.48 ± 2.77", "41 %", "18 %", "23 %"],
    ...     "n": [78, 81, 81, 81],
    ...     "low": [0, None, None, None],
    ...     "high": [105, None, None, None],
    ...     "part_of": [None, None, "remission", "remission"],
    ... }
    >>> found = ms.audit(table, enrolled=81, around=6)
    >>> found.verdict
    ['other denominator', 'other denominator', 'other denominator', 'other denominator']
    >>> print(found.sentence[1])
    remission: no counts of 81 patients print as 18 % + 23 % = 41 %; possible denominators within 6 of it, at most 81: 78, 79.
    """
    if rounding not in ("half-up", "half-even", "either"):
        raise OptionError(f"unknown rounding `{rounding}`; use `half-up`, `half-even` or `either`")
    search = _Search(around, enrolled, rounding)
    frame = _frame.Frame(data)
    rows = _read(frame, figure, printed, n, low, high, values, part_of)
    wholes = {row.part_of for row in rows if row.part_of is not None}
    names = {row.figure for row in rows}
    for whole in wholes:
        if whole not in names:
            raise DataError(f"column `{part_of}` names `{whole}`, which is no figure of this table")
    families = {whole: _family(whole, rows, search) for whole in sorted(wholes)}
    found = []
    for row in rows:
        family = families.get(row.part_of or row.figure)
        one = _check(row, events, search)
        if family is not None and one.kind == "percent":
            one = _of_family(row, one, family)
        found.append(one)
    return Audit(
        figure=[r.figure for r in rows],
        printed=[r.printed for r in rows],
        n=[r.n for r in rows],
        kind=[f.kind for f in found],
        verdict=[f.verdict for f in found],
        solutions=[f.solutions for f in found],
        sentence=[f.sentence for f in found],
        rounding=rounding,
        library=frame.library,
    )


def _read(
    frame: _frame.Frame, figure: str, printed: str, n: str, low: str, high: str, values: str, part_of: str
) -> list[_Row]:
    texts, names = frame.texts(printed), frame.texts(figure)

    def whole(column: str) -> list[int | None]:
        if column not in frame.names:
            return [None] * len(texts)
        out: list[int | None] = []
        for i, value in enumerate(frame.numbers(column).tolist()):
            if value != value:
                out.append(None)
            elif value != int(value):
                raise DataError(f"column `{column}` must hold whole numbers, but row {i} is {value:g}")
            else:
                out.append(int(value))
        return out

    def words(column: str) -> list[str | None]:
        return frame.texts(column) if column in frame.names else [None] * len(texts)

    counts, lows, highs, codings, wholes = whole(n), whole(low), whole(high), words(values), words(part_of)
    rows = []
    for i, text in enumerate(texts):
        if text is None or not text.strip():
            raise DataError(f"column `{printed}` is empty in row {i}; give the figure as printed")
        size = counts[i]
        if size is not None and size < 1:
            raise DataError(f"column `{n}` must be at least 1, but row {i} is {size}")
        rows.append(
            _Row(
                figure=names[i] or f"row {i}",
                printed=text.strip(),
                n=size,
                low=lows[i],
                high=highs[i],
                codings=_codings(codings[i], values, i),
                part_of=wholes[i],
            )
        )
    return rows


def _codings(text: str | None, column: str, row: int) -> tuple[tuple[int, ...], ...]:
    if text is None or not text.strip():
        return ()
    try:
        return tuple(tuple(int(v) for v in coding.split("/")) for coding in text.split(";") if coding.strip())
    except ValueError:
        raise DataError(f"column `{column}` must hold codings such as `9/3/1/0`, but row {row} is {text!r}") from None


def _check(row: _Row, events: int | None, search: _Search) -> _Found:
    text = row.printed.replace("\u00a0", " ")
    p = _P.search(text)
    bare = _P.sub("", text).strip(" ;,()[]") if p else text
    if "%" in bare.replace("95 % CI", "").replace("95% CI", "") or _FRACTION.search(bare):
        return _percent(row, bare, search)
    interval = _INTERVAL.search(bare)
    if interval and _RATIO.match(bare[: interval.start()]):
        return _ratio(row, bare, interval, p, events)
    mean = _MEAN.match(text)
    if mean:
        if row.codings:
            return _coding(row, mean[1], mean[2], search)
        return _mean(row, mean[1], mean[2], search)
    if _MEAN_ONLY.match(text):
        return _mean(row, text, None, search)
    raise DataError(
        f"`{row.printed}` ({row.figure}) is not read; print a mean as `13.11 ± 4.20`, a proportion as `49/81 (60.5 %)`, "
        "an interval of a hazard ratio as `0.336-0.794, p = 0.003`"
    )


def _list(numbers: Sequence[int]) -> str:
    return ", ".join(map(str, numbers)) if numbers else "none"


def _mean(row: _Row, mean: str, sd: str | None, search: _Search) -> _Found:
    shown = mean if sd is None else f"{mean} ± {sd}"
    if row.n is None or row.low is None or row.high is None:
        lacking = "the number of patients" if row.n is None else "the range of a score of whole numbers (`low`, `high`)"
        return _Found("mean", "not checkable", "", f"{row.figure}: {shown} cannot be checked without {lacking}.")
    low, high = row.low, row.high

    def sums(n: int) -> list[int]:
        return _core.feasible_sums(mean, n, low, high, search.rounding)

    def fits(n: int, rounding: str = search.rounding) -> bool:
        if sd is None or n == 1:
            return bool(_core.feasible_sums(mean, n, low, high, rounding))
        return bool(_core.feasible_pairs(mean, sd, n, low, high, rounding))

    here = sums(row.n)
    scores = f"whole numbers from {low} to {high}"
    if fits(row.n):
        found = ", ".join(f"{s}/{row.n}" for s in here)
        return _Found(
            "mean", "consistent", found, f"{row.figure}: {shown} is possible for {row.n} {scores} (sum {found})."
        )
    if search.rounding == "half-up" and fits(row.n, "half-even"):
        return _Found(
            "mean",
            "other rounding",
            "half-even",
            f"{row.figure}: {shown} is possible for {row.n} {scores} only with halves rounded to even, not up.",
        )
    others = [n for n in search.near(row.n) if fits(n)]
    what = f"no sum of {row.n} {scores} has a mean that prints as {mean}"
    if here:
        what = f"the mean {mean} is possible for {row.n} {scores}, but no such values have an SD that prints as {sd}"
    return _elsewhere(row, "mean", what, others, search)


def _elsewhere(row: _Row, kind: str, what: str, others: list[int], search: _Search) -> _Found:
    if others:
        return _Found(
            kind,
            "other denominator",
            _list(others),
            f"{row.figure}: {what}; possible denominators {search.words}: {_list(others)}.",
        )
    return _Found(kind, "impossible", "", f"{row.figure}: {what}; no denominator {search.words} is possible.")


def _coding(row: _Row, mean: str, sd: str, search: _Search) -> _Found:
    if row.n is None:
        return _Found("coding", "not checkable", "", f"{row.figure}: the number of patients is needed.")
    n = row.n
    solved = []
    for coding in row.codings:
        for counts in _core.coding_counts(mean, sd, n, list(coding), search.rounding):
            solved.append((coding, counts))
    texts = [
        f"{'/'.join(map(str, c))}: " + " + ".join(f"{k} x {v}" for k, v in zip(counts, c, strict=True) if k)
        for c, counts in solved
    ]
    used = {c for c, _ in solved}
    excluded = ["/".join(map(str, c)) for c in row.codings if c not in used]
    also = f"; excluded: {', '.join(excluded)}" if excluded else ""
    if solved:
        only = "only one solution" if len(solved) == 1 else f"{len(solved)} solutions"
        return _Found(
            "coding",
            "consistent",
            "; ".join(texts),
            f"{row.figure}: {mean} ± {sd} of {n} patients has {only}, {'; '.join(texts[:3])}{also}.",
        )
    others = sorted(
        {k for k in search.near(n) for c in row.codings if _core.coding_counts(mean, sd, k, list(c), search.rounding)}
    )
    what = f"no numbers of {n} patients per value print as {mean} ± {sd} under {', '.join(excluded)}"
    return _elsewhere(row, "coding", what, others, search)


def _printed_percent(x: int, n: int, percent: str, rounding: str) -> bool:
    return [x] in _core.percent_counts([percent], None, n, rounding)


def _percent(row: _Row, text: str, search: _Search) -> _Found:
    fraction, percent, count = _FRACTION.search(text), _PERCENT.search(text), _COUNT_PERCENT.match(text)
    x: int | None = None
    n = row.n
    if fraction:
        x, n = int(fraction[1]), int(fraction[2])
        if x > n or n == 0:
            return _Found("percent", "impossible", "", f"{row.figure}: {x} of {n} patients is not a proportion.")
        if row.n is not None and row.n != n:
            return _Found(
                "percent",
                "inconsistent",
                f"{x}/{n}",
                f"{row.figure}: the printed denominator {n} is not the {row.n} patients the figure is said to rest on.",
            )
    elif count:
        x = int(count[1])
    if percent is None:
        return _Found(
            "percent", "consistent", f"{x}/{n}", f"{row.figure}: {x}/{n} is a proportion; no percentage to check."
        )
    shown = percent[1]
    if n is None:
        return _Found(
            "percent", "not checkable", "", f"{row.figure}: {shown} % cannot be checked without its denominator."
        )
    size = n
    if x is not None:
        if x <= size and _printed_percent(x, size, shown, search.rounding):
            return _Found("percent", "consistent", f"{x}/{size}", f"{row.figure}: {x}/{size} prints as {shown} %.")
        given = x
        others = [k for k in search.near(size) if k >= given and _printed_percent(given, k, shown, search.rounding)]
        exact = _core.format_ratio(100 * given, size, 2)
        if others:
            return _Found(
                "percent",
                "other denominator",
                _list(others),
                f"{row.figure}: {given}/{size} is {exact} %, not {shown} %; {given} patients print so of {_list(others)}.",
            )
        return _Found("percent", "inconsistent", "", f"{row.figure}: {given}/{size} is {exact} %, not {shown} %.")
    solutions = [c[0] for c in _core.percent_counts([shown], None, size, search.rounding)]
    if solutions:
        found = ", ".join(f"{k}/{size}" for k in solutions)
        return _Found("percent", "consistent", found, f"{row.figure}: {shown} % of {size} patients can be {found}.")
    others = [k for k in search.near(size) if _core.percent_counts([shown], None, k, search.rounding)]
    return _elsewhere(row, "percent", f"no count of {size} patients prints as {shown} %", others, search)


@dataclass(frozen=True)
class _Family:
    parts: tuple[str, ...]
    total: str
    n: int | None
    here: list[list[int]]
    others: list[int]
    rounded_sum: bool
    search: _Search


def _family(whole: str, rows: list[_Row], search: _Search) -> _Family | None:
    """Parts and whole of one figure; None when they are no percentages."""
    head = next(r for r in rows if r.figure == whole)
    parts = [r for r in rows if r.part_of == whole]
    percents = [_PERCENT.search(r.printed) for r in (head, *parts)]
    sizes = {r.n if r.n is not None else _denominator(r.printed) for r in (head, *parts)}
    if any(p is None for p in percents) or len(sizes) != 1:
        return None
    texts = [p[1] for p in percents if p is not None]
    n = sizes.pop()
    total, shown = texts[0], tuple(texts[1:])
    here = [] if n is None else _core.percent_counts(list(shown), total, n, search.rounding)
    others = (
        [] if n is None else [k for k in search.near(n) if _core.percent_counts(list(shown), total, k, search.rounding)]
    )
    places = {len(t.partition(".")[2]) for t in texts}
    units = [int(t.replace(".", "")) for t in texts]
    return _Family(shown, total, n, here, others, len(places) == 1 and units[0] == sum(units[1:]), search)


def _denominator(text: str) -> int | None:
    fraction = _FRACTION.search(text)
    return int(fraction[2]) if fraction else None


def _of_family(row: _Row, one: _Found, family: _Family) -> _Found:
    """The verdict on a part or a whole when all are read together."""
    if family.n is None:
        return one
    equation = f"{' + '.join(f'{p} %' for p in family.parts)} = {family.total} %"
    given = _FRACTION.search(row.printed)
    if row.part_of is None and given and family.rounded_sum and one.verdict in ("inconsistent", "other denominator"):
        exact = _core.format_ratio(100 * int(given[1]), int(given[2]), 2)
        return _Found(
            "percent",
            "sum of rounded parts",
            "",
            f"{row.figure}: {given[0]} is {exact} %, not {family.total} %; the printed figure is the sum of its rounded parts, "
            f"{equation}.",
        )
    if one.verdict not in ("consistent", "other denominator"):
        return one
    if family.here:
        found = "; ".join(" + ".join(map(str, c)) + f" of {family.n}" for c in family.here)
        return (
            one
            if row.part_of is not None
            else _Found("percent", "consistent", found, f"{row.figure}: {equation} can be {found}.")
        )
    if given and one.verdict == "consistent":
        return one
    return _elsewhere(
        row, "percent", f"no counts of {family.n} patients print as {equation}", family.others, family.search
    )


def _ratio(row: _Row, text: str, interval: re.Match[str], p: re.Match[str] | None, events: int | None) -> _Found:
    estimate = re.search(_N, re.sub(r"95\s*%\s*CI", "", text[: interval.start()]))
    p_text = None if p is None else f"{p[1] if p[1] in ('<', '>') else ''}{p[2]}"
    found = _core.hr_from_ci(interval[1], interval[2], p_text, 0.95, events)
    verdict, sentence = "consistent", f"{row.figure}: {found['verdict']}"
    if found["consistent"] is False:
        verdict = "inconsistent"
    solutions = f"hazard ratio {_core.format_half_up(found['hazard_ratio'], 4)}"
    if estimate is not None:
        low, high = found["hazard_ratio_range"]
        half = 0.5 * 10 ** -len(estimate[1].partition(".")[2])
        value = float(estimate[1].replace("−", "-"))
        if value + half < low or value - half > high:
            verdict = "inconsistent"
            sentence += (
                f" The printed ratio {estimate[1]} is not the geometric mean of the limits "
                f"({_core.format_half_up(low, 4)} to {_core.format_half_up(high, 4)})."
            )
    if p is None and estimate is None:
        verdict = "not checkable"
    return _Found("hazard ratio", verdict, solutions, sentence)
