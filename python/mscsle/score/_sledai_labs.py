"""SLEDAI descriptors suggested by laboratory values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from mscsle import _core
from mscsle._result import ard_row
from mscsle._why import Why, from_core
from mscsle.exceptions import DataError, OptionError
from mscsle.score import _rows
from mscsle.score._sledai import Version

Attribution = Literal["require", "assume"]

_LIMITS = {"c3": "c3_lln", "c4": "c4_lln", "ch50": "ch50_lln", "anti_dsdna": "anti_dsdna_uln"}


@dataclass(frozen=True, kw_only=True)
class SledaiSuggestions(_rows.RowResult):
    """Descriptors that laboratory values suggest, one row for each row of the input.

    Attributes
    ----------
    version, label, citation : str
        The version, its name and its publication.
    attribution : str
        What an abnormal value without a word on its cause means.
    upcr_cut : str
        Cut of the protein-creatinine ratio where 24-h protein is not measured.
    notes : mapping of str to str
        The notes that occur in any row, with their sentence.
    """

    version: str
    attribution: str
    upcr_cut: str
    label: str
    citation: str
    notes: Mapping[str, str]
    _items: Mapping[str, NDArray[np.int8]] = field(repr=False)
    _notes: NDArray[np.uint8] = field(repr=False)
    _values: tuple[NDArray[np.float64] | None, ...] = field(repr=False)
    _due: tuple[NDArray[np.int8] | None, ...] = field(repr=False)
    _roles: Mapping[str, str] = field(default_factory=dict, repr=False)

    def __len__(self) -> int:
        return len(self._notes)

    def _key_roles(self) -> Mapping[str, str]:
        return self._roles

    @property
    def items(self) -> dict[str, NDArray[np.float64]]:
        """Each derivable descriptor: 1 present, 0 absent, NaN open."""
        return {item: _rows.floats(column) for item, column in self._items.items()}

    def columns(self) -> Mapping[str, Any]:
        """Key columns, one column for each derivable descriptor (1, 0 or missing), notes."""
        return {
            **self.keys,
            **{item: _rows.known(column) for item, column in self._items.items()},
            "note": _rows.note_texts(self._notes, [w for w, _ in _core.scoring_words("sledai_labs_note")]),
        }

    def why(self, row: int | None = None, *, subject: object = None, visit: object = None) -> Why:
        """Why the values of a row suggest what they suggest.

        Parameters
        ----------
        row : int
            Position in the input, from 0.
        subject, visit : str
            Or the subject and visit, where the input has these columns.

        Raises
        ------
        DataError
            No such row, or more than one.
        """
        at = self._row_of(row, subject, visit)
        values = [np.nan if column is None else float(column[at]) for column in self._values]
        due = [None if column is None or column[at] < 0 else bool(column[at]) for column in self._due]
        steps = _core.sledai_labs_why(values, due, self.version, self.attribution, self.upcr_cut)
        return from_core(steps, about=f"{self.label} items from laboratory values, row {at}")

    def title(self) -> str:
        """Version, attribution, cut of the ratio and number of rows."""
        return (
            f"{self.label} items suggested by laboratory values of {len(self)} rows "
            f"(attribution: {self.attribution}; UPCR > {self.upcr_cut}; {self.citation})"
        )

    def ard_rows(self) -> Iterable[dict[str, object]]:
        """Counts of present, absent and open for each descriptor."""
        method = f"{self.label}, attribution {self.attribution}, UPCR > {self.upcr_cut}"
        return [
            ard_row(
                variable=item,
                variable_level=level,
                context="suggestion",
                stat_name="n",
                stat=float((column == code).sum()),
                method=method,
            )
            for item, column in self._items.items()
            for level, code in (("present", 1), ("absent", 0), ("open", -1))
        ]


@_rows.names_subjects
def sledai_items_from_labs(
    data: object,
    *,
    version: Version | str = "sledai-2k",
    attribution: Attribution | str = "require",
    upcr_cut: str = "0.5 g/g",
    columns: Mapping[str, str] | None = None,
    subject: str | None = "usubjid",
    visit: str | None = "visit",
    date: str | None = "date",
) -> SledaiSuggestions:
    """Suggest eight laboratory descriptors and fever of the SLEDAI from the values of each visit.

    A value can only suggest: a descriptor counts when it is due to active lupus, which the laboratory does not know. A
    normal value makes a descriptor absent whatever its cause. An abnormal one makes it present when it is recorded as due to
    lupus, absent when recorded as not, and otherwise leaves it open or, with ``attribution="assume"``, takes it as present.
    Low complement and raised DNA binding need no word on their cause.

    Parameters
    ----------
    data : frame, or mapping of names to arrays
        One subject and visit a row, with any of the columns ``platelets``, ``leucocytes`` (10^9/L), ``urine_rbc``,
        ``urine_wbc`` (/hpf), ``urine_casts`` (count), ``protein_24h`` (g/24 h), ``upcr`` (g/g), ``temperature`` (C), ``c3``,
        ``c4``, ``ch50`` with ``c3_lln``, ``c4_lln``, ``ch50_lln``, ``anti_dsdna`` with ``anti_dsdna_uln`` (limits in the
        unit of the value; 25 for the Farr assay in %). ``protein_24h_previous`` and ``upcr_previous`` are the values of the
        previous scheduled assessment, for the versions that count new or rising proteinuria only. ``<item>_due_to_sle``
        (booleans or 0/1, missing allowed) is the attribution of an item. Missing values are allowed everywhere. Dipsticks
        and cells/uL are not /hpf.
    version : str
        ``sledai-1992``, ``selena``, ``sledai-2k`` (default), ``sledai-2k-30`` or ``hybrid``. In 1992 and SELENA proteinuria
        also has to be new, or to have risen by more than the cut (previous assessment read as "recent": M).
    attribution : str
        ``require`` (default) or ``assume``, see above.
    upcr_cut : str
        Cut of the ratio where 24-h protein is not measured, with its unit: ``0.5 g/g`` (default) or ``50 mg/mmol``. The
        data are converted with 113.12, the cut never is. The ratio is a surrogate, no part of the instrument (M).
    columns : mapping, optional
        Name as above to column name, where they differ.
    subject, visit, date : column name, optional
        Kept in the result where they exist.

    Returns
    -------
    SledaiSuggestions

    Raises
    ------
    DataError
        No column suggests anything, a column of limits is absent, or a value cannot be (column, row and value are named).
    OptionError
        A word that does not exist.

    Notes
    -----
    Comparisons are strict to 1e-9: platelets 100, leucocytes 3.0, 5 cells/hpf, 0.5 g, 38.0 C and a value equal to its limit
    of normal are absent. Low complement is absent only where both C3 and C4 are known and not low.

    References
    ----------
    Bombardier C et al. Arthritis Rheum 1992;35:630-640. Gladman DD et al. J Rheumatol 2002;29:288-291. Petri M et al. N Engl
    J Med 2005;353:2550-2558.

    Examples
    --------
    >>> import mscsle as ms
    >>> labs = {
    ...     "platelets": [100.0, 82.0],
    ...     "protein_24h": [0.5, 1.8],
    ...     "proteinuria_due_to_sle": [None, True],
    ... }
    >>> suggested = ms.score.sledai_items_from_labs(labs)
    >>> suggested.items["proteinuria"], suggested.items["thrombocytopenia"]
    (array([0., 1.]), array([ 0., nan]))
    >>> print(suggested.why(row=1))
    `proteinuria` is suggested present: protein_24h 1.8 g/24 h, rule > 0.5 g/24 h; recorded as due to lupus.
    `thrombocytopenia` stays open: platelets 82 x10^9/L meets platelets < 100 x10^9/L, but whether lupus is the cause is not recorded.
    Nothing measured suggests: urinary_casts, haematuria, pyuria, low_complement, increased_dna_binding, fever, leukopenia.
    """
    label, citation, _, _ = _core.sledai_version(version, "mosca")
    inputs = _rows.Inputs(data)
    assert inputs.frame is not None
    measured = [name for name, _ in _core.scoring_words("sledai_labs_column")]
    ids = [item for item, _ in _core.scoring_words("sledai_labs_item")]
    flags = [f"{item}_due_to_sle" for item in ids]
    given = dict(columns or {})
    unknown = sorted(set(given) - {*measured, *flags})
    if unknown:
        raise OptionError(f"`columns` names `{unknown[0]}`; the names are {', '.join([*measured, *flags])}")

    def found(name: str) -> str | None:
        if name in given:
            return inputs.frame.require(given[name])  # type: ignore[union-attr]
        return name if inputs.has(name) else None

    names = {name: found(name) for name in [*measured, *flags]}
    if not any(names[n] for n in measured if n not in _LIMITS.values() and not n.endswith("_previous")):
        sources = [n for n in measured if n not in _LIMITS.values() and not n.endswith("_previous")]
        raise DataError(f"no column suggests a descriptor; expected any of {', '.join(f'`{n}`' for n in sources)}")
    for value, limit in _LIMITS.items():
        if names[value] and not names[limit]:
            raise DataError(f"column `{names[value]}` needs its limit of normal, column `{limit}`")
    values = tuple(None if (c := names[n]) is None else inputs.numbers(n, c) for n in measured)
    due = tuple(None if (c := names[n]) is None else inputs.flags(n, c) for n in flags)
    keys, roles = _rows.key_columns(inputs, {"subject": subject, "visit": visit, "date": date})
    items, notes = _core.sledai_labs_suggestions(
        inputs.n_rows or 0, list(values), list(due), version, attribution, upcr_cut
    )
    return SledaiSuggestions(
        version=version,
        attribution=attribution,
        upcr_cut=upcr_cut,
        label=label,
        citation=citation,
        notes=_rows.note_sentences(notes, "sledai_labs"),
        _items=dict(zip(ids, items, strict=True)),
        _notes=notes,
        _values=values,
        _due=due,
        _roles=roles,
        keys=keys,
        index=inputs.index,
        library=inputs.library,
    )
