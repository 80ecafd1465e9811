"""Numeric totals of BILAG letters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from mscsle import _core, _frame
from mscsle._why import Why, from_core
from mscsle.exceptions import DataError, OptionError
from mscsle.score import _rows

Coding = Literal[
    "classic-9-3-1-0",
    "classic-9-3-1",
    "classic-12-5-1-0",
    "classic-12-5-1",
    "bilag2004-12-8-1-0",
    "bilag2004-12-8-1",
]
VERSIONS = {"classic": "classic", "classic bilag": "classic", "bilag": "classic", "1993": "classic"} | dict.fromkeys(
    ("bilag-2004", "bilag2004", "bilag 2004", "2004"), "bilag-2004"
)
GRADES = {letter: code for code, letter in enumerate("abcde")}


@dataclass(frozen=True, kw_only=True)
class BilagTotals(_rows.RowResult):
    """Totals, one for each subject and visit in the order of their first row.

    Attributes
    ----------
    coding, citation, version : str
        The coding chosen with its publication, and the version of the letters.
    systems : tuple of str
        The systems the total is formed over.
    n_left_out : int
        Rows of another version, which are never pooled.
    notes : mapping of str to str
        The notes that occur, with their sentence.
    """

    coding: str
    citation: str
    version: str
    systems: tuple[str, ...]
    n_left_out: int
    notes: Mapping[str, str]
    _totals: Mapping[str, Any] = field(repr=False)
    _rows_of: Mapping[str, Any] = field(repr=False)
    _roles: Mapping[str, str] = field(default_factory=dict, repr=False)

    def __len__(self) -> int:
        return len(self._totals["total"])

    def _key_roles(self) -> Mapping[str, str]:
        return self._roles

    @property
    def total(self) -> NDArray[np.float64]:
        """Total, NaN when a letter is missing."""
        return _rows.floats(self._totals["total"])

    @property
    def lower(self) -> NDArray[np.int16]:
        """Least possible total."""
        return self._totals["lower"]  # type: ignore[no-any-return]

    @property
    def upper(self) -> NDArray[np.int16]:
        """Greatest possible total."""
        return self._totals["upper"]  # type: ignore[no-any-return]

    def columns(self) -> Mapping[str, Any]:
        """Key columns, total, bounds, number of A, B and C, the most severe letter, one letter for each system."""
        t = self._totals
        letters = [_rows.named(np.where(c < 0, -1, c), "ABCDE") for c in t["letters"]]
        return {
            **self.keys,
            "total": _rows.known(t["total"]),
            "lower": t["lower"].astype(np.int32),
            "upper": t["upper"].astype(np.int32),
            **{f"n_{letter}": c.astype(np.int32) for letter, c in zip("abc", t["counts"], strict=True)},
            "highest": _rows.named(t["highest"], "ABCDE"),
            **dict(zip(self.systems, letters, strict=True)),
            "n_missing": t["missing"].astype(np.int32),
            "note": _rows.note_texts(t["notes"], [w for w, _ in _core.scoring_words("bilag_note")]),
        }

    def by_system(self) -> Any:
        """The points of every row of the input: subject, visit, system, grade, points."""
        r = self._rows_of
        keys = {name: column[r["visit"]] for name, column in self.keys.items()}
        return _frame.native(
            {
                **keys,
                "system": _rows.named(r["system"], _core.bilag_systems(self.version)),
                "grade": _rows.named(r["grade"], "ABCDE"),
                "points": _rows.known(self._totals["points"]),
            },
            self.library,
        )

    def why(self, row: int | None = None, *, subject: object = None, visit: object = None) -> Why:
        """Why a visit has its total; ``row`` counts the rows of the result."""
        at = self._row_of(row, subject, visit)
        mine = self._rows_of["visit"] == at
        steps = _core.bilag_total_why(
            self._rows_of["system"][mine].tolist(),
            self._rows_of["grade"][mine].tolist(),
            self.coding,
            self.version,
            list(self.systems),
        )
        return from_core(steps, about=f"BILAG total, row {at}")

    def title(self) -> str:
        """Coding, version and number of totals."""
        n = int((self._totals["total"] >= 0).sum())
        over = "all systems" if len(self.systems) == len(_core.bilag_systems(self.version)) else ", ".join(self.systems)
        return (
            f"BILAG total by {self.coding} ({self.version}, {over}): {n} totals of {len(self)} visits ({self.citation})"
        )

    def ard_rows(self) -> Iterable[dict[str, object]]:
        """Summary of the totals."""
        return _rows.describe(self.total, variable="bilag_total", context="score", method=self.coding)


@_rows.names_subjects
def bilag_total(
    data: object,
    *,
    coding: Coding | str,
    version: Literal["classic", "bilag-2004"] | str | None = None,
    systems: Sequence[str] | None = None,
    subject: str = "usubjid",
    visit: str | None = None,
    system: str = "system",
    grade: str = "grade",
) -> BilagTotals:
    """Numeric BILAG totals from letters, one for each subject and visit.

    Totals of different codings are not comparable, so the coding is required and never inferred. A system without a letter
    leaves the total missing and gives bounds (0 to the points of an A); it is never counted as 0.

    Parameters
    ----------
    data : frame, or mapping of names to arrays
        One row for each subject, visit and organ system.
    coding : str
        ``classic-9-3-1-0`` (A 9, B 3, C 1, D and E 0), ``classic-12-5-1-0``, ``bilag2004-12-8-1-0``; the final 0 may be left
        out.
    version : ``classic`` or ``bilag-2004``, optional
        Version of the letters; by default from the column ``version``, or else from the coding. Rows of another version are
        left out and counted.
    systems : list of str, optional
        Systems the total is formed over; all of the version by default.
    subject, visit, system, grade : column name
        ``visit`` is ``visit`` or, without it, ``date`` by default.

    Returns
    -------
    BilagTotals

    Raises
    ------
    DataError
        A column is absent, a system does not belong to the version, a grade is not A to E (column, row and value are named).
    OptionError
        An unknown coding, the coding of BILAG-2004 on classic letters, or two versions without a choice.

    References
    ----------
    Hay EM et al. Q J Med 1993;86:447-458. Yee CS et al. Rheumatology 2010;49:1665-1669.

    Examples
    --------
    >>> import mscsle as ms
    >>> letters = {"usubjid": ["1", "1"], "visit": ["M0", "M0"], "system": ["renal", "haematological"], "grade": ["A", "B"]}
    >>> totals = ms.score.bilag_total(letters, coding="classic-9-3-1", systems=["renal", "haematological"])
    >>> totals.total
    array([12.])
    >>> print(totals.why(subject="1", visit="M0"))
    `renal` is A and counts 9.
    `haematological` is B and counts 3.
    The total over renal, haematological by coding `classic-9-3-1-0` is 12.
    """
    words = _core.scoring_words("bilag_coding")
    citation = next((c for w, c in words if w in (coding, f"{coding}-0")), "")
    if not citation:
        known = ", ".join(f"`{w}`" for w, _ in words)
        raise OptionError(f"unknown coding `{coding}`; use one of {known}")
    coding_word = coding if coding.endswith("-0") else f"{coding}-0"
    inputs = _rows.Inputs(data)
    assert inputs.frame is not None
    if visit is None:
        visit = "visit" if inputs.has("visit") or not inputs.has("date") else "date"
    who, who_levels = inputs.texts("subject", subject)
    when, when_levels = inputs.texts("visit", visit)
    for name, codes in ((subject, who), (visit, when)):
        if (codes < 0).any():
            raise DataError(f"column `{name}` is missing in row {int(np.argmax(codes < 0))}; a letter needs its visit")
    letters = _rows.word_codes(inputs.texts("grade", grade), grade, GRADES, "A, B, C, D or E")
    organs, organ_levels = inputs.texts("system", system)
    chosen, keep = _version(inputs, version, coding_word)
    names = _core.bilag_systems(chosen)
    table = np.array([names.index(o.casefold()) if o.casefold() in names else -1 for o in organ_levels] + [-1])
    organ = table[organs].astype(np.int32)
    wrong = keep & (organ < 0)
    if wrong.any():
        row = int(np.argmax(wrong))
        given = organ_levels[organs[row]] if organs[row] >= 0 else None
        raise DataError(
            f"column `{system}` must be a system of `{chosen}` ({', '.join(names)}), but row {row} is {given!r}"
        )
    who, when, organ = (np.ascontiguousarray(codes[keep], dtype=np.int32) for codes in (who, when, organ))
    letters = np.ascontiguousarray(letters[keep])
    pair = who.astype(np.int64) * max(len(when_levels), 1) + when
    distinct, first, inverse = np.unique(pair, return_index=True, return_inverse=True)
    order = np.argsort(first)
    rank = np.empty(len(order), dtype=np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    visit_of = np.ascontiguousarray(rank[inverse])
    totals = dict(
        _core.bilag_totals(
            visit_of, len(distinct), organ, letters, coding_word, chosen, None if systems is None else list(systems)
        )
    )
    starts = first[order]
    return BilagTotals(
        coding=totals["coding"],
        citation=citation,
        version=chosen,
        systems=tuple(totals["systems"]),
        n_left_out=int((~keep).sum()),
        notes=_rows.note_sentences(totals["notes"], "bilag"),
        _totals=totals,
        _rows_of={"visit": visit_of, "system": organ, "grade": letters},
        _roles={"subject": subject, "visit": visit},
        keys={
            subject: _rows.named(who[starts], who_levels),
            visit: _rows.named(when[starts], when_levels),
        },
        library=inputs.library,
    )


def _version(inputs: _rows.Inputs, version: str | None, coding: str) -> tuple[str, NDArray[np.bool_]]:
    """The version of the letters, and the rows that have it."""
    if version is not None and version not in ("classic", "bilag-2004"):
        raise OptionError(f"unknown version `{version}`; use `classic` or `bilag-2004`")
    n = inputs.n_rows or 0
    if not inputs.has("version"):
        return version or ("bilag-2004" if coding.startswith("bilag2004") else "classic"), np.ones(n, dtype=bool)
    words = {word: ("classic", "bilag-2004").index(v) for word, v in VERSIONS.items()}
    codes = _rows.word_codes(inputs.texts("version", "version"), "version", words, "`classic` or `bilag-2004`")
    present = sorted({("classic", "bilag-2004")[c] for c in np.unique(codes) if c >= 0})
    if version is None:
        if len(present) > 1:
            raise OptionError(
                "the letters are of `classic` and `bilag-2004`; choose one by `version=`, they are never pooled"
            )
        version = present[0] if present else ("bilag-2004" if coding.startswith("bilag2004") else "classic")
    return version, (codes == ("classic", "bilag-2004").index(version)) | (codes < 0)
