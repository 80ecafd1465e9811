"""SLEDAI in its versions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date as Date
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from mscsle import _core
from mscsle._result import ard_row
from mscsle._why import Why, from_core
from mscsle.exceptions import DataError, OptionError
from mscsle.score import _rows

Version = Literal[
    "sledai-1992", "selena", "selena-sledai", "sledai-2k", "sledai-2k-30", "hybrid", "selena-sledai-hybrid"
]
Missing = Literal["strict", "absent", "locf"]
Bands = Literal["mosca", "polachek", "bsr2018"]


@dataclass(frozen=True, kw_only=True)
class SledaiScores(_rows.RowResult):
    """SLEDAI scores, one a row of the input. Missing numbers are NaN in the attributes.

    Attributes
    ----------
    version, missing_policy, bands : str
        The words chosen.
    citation : str
        Publication of the version.
    window_days : int
        Days before the visit that the version looks at.
    notes : mapping of str to str
        The notes that occur in any row, with their sentence.
    """

    version: str
    missing_policy: str
    bands: str
    label: str
    citation: str
    window_days: int
    band_names: tuple[str, ...]
    notes: Mapping[str, str]
    _scores: Mapping[str, Any] = field(repr=False)
    _items: tuple[NDArray[np.int8], ...] = field(repr=False)
    _recorded: NDArray[np.float64] | None = field(repr=False)
    _roles: Mapping[str, str] = field(default_factory=dict, repr=False)

    def __len__(self) -> int:
        return len(self._scores["total"])

    def _key_roles(self) -> Mapping[str, str]:
        return self._roles

    @property
    def total(self) -> NDArray[np.float64]:
        """Total, NaN when it is not determined."""
        return _rows.floats(self._scores["total"])

    @property
    def lower(self) -> NDArray[np.int8]:
        """Least possible total."""
        return self._scores["lower"]  # type: ignore[no-any-return]

    @property
    def upper(self) -> NDArray[np.int8]:
        """Greatest possible total."""
        return self._scores["upper"]  # type: ignore[no-any-return]

    @property
    def clinical(self) -> NDArray[np.float64]:
        """Total without low complement and raised DNA binding."""
        return _rows.floats(self._scores["clinical"])

    @property
    def band(self) -> NDArray[np.object_]:
        """Name of the band; None when the bounds lie in different ones."""
        return _rows.named(self._scores["band"], self.band_names)

    @property
    def missing(self) -> NDArray[np.object_]:
        """Ids of the missing items, joined by commas."""
        ids = [item for item, _, _ in _core.sledai_items()]
        distinct, inverse = np.unique(self._scores["missing"], return_inverse=True)
        texts = [", ".join(i for bit, i in enumerate(ids) if int(mask) >> bit & 1) for mask in distinct]
        return np.array(texts, dtype=object)[inverse] if texts else np.empty(0, dtype=object)

    def columns(self) -> Mapping[str, Any]:
        """Key columns, total, bounds, clinical, band, one column for each organ system, missing items, notes."""
        s = self._scores
        systems = [name for name, _ in _core.scoring_words("sledai_system")]
        return {
            **self.keys,
            "total": _rows.known(s["total"]),
            "lower": s["lower"].astype(np.int32),
            "upper": s["upper"].astype(np.int32),
            "clinical": _rows.known(s["clinical"]),
            "clinical_lower": s["clinical_lower"].astype(np.int32),
            "clinical_upper": s["clinical_upper"].astype(np.int32),
            "band": self.band,
            **{name: _rows.known(column) for name, column in zip(systems, s["by_system"], strict=True)},
            "missing": self.missing,
            "note": _rows.note_texts(s["notes"], [w for w, _ in _core.scoring_words("sledai_note")]),
        }

    def why(self, row: int | None = None, *, subject: object = None, visit: object = None) -> Why:
        """Why a row scored as it did.

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
        recorded = None if self._recorded is None or np.isnan(self._recorded[at]) else float(self._recorded[at])
        items = [int(column[at]) for column in self._items]
        steps = _core.sledai_why(items, recorded, self.version, self.missing_policy, self.bands)
        return from_core(steps, about=f"{self.label}, row {at}")

    def title(self) -> str:
        """Version, policy, number of rows and of totals."""
        n = int((self._scores["total"] >= 0).sum())
        return f"{self.label}: {n} totals of {len(self)} rows (missing items: {self.missing_policy}; bands {self.bands}; {self.citation})"

    def ard_rows(self) -> Iterable[dict[str, object]]:
        """Summary of total and clinical total, counts by band."""
        method = f"{self.label}, missing {self.missing_policy}"
        rows = _rows.describe(self.total, variable="sledai", context="score", method=method)
        rows += _rows.describe(self.clinical, variable="sledai_clinical", context="score", method=method)
        for code, name in enumerate(self.band_names):
            rows.append(
                ard_row(
                    variable="sledai_band",
                    variable_level=name,
                    context="score",
                    stat_name="n",
                    stat=float((self._scores["band"] == code).sum()),
                    method=f"bands {self.bands}",
                )
            )
        return rows


@_rows.names_subjects
def sledai(
    data: object,
    *,
    version: Version | str = "sledai-2k",
    missing: Missing | str = "strict",
    bands: Bands | str = "mosca",
    columns: Mapping[str, str] | None = None,
    total: str | None = "total",
    subject: str | None = "usubjid",
    visit: str | None = "visit",
    date: str | None = "date",
    max_age_days: float | None = None,
) -> SledaiScores:
    """SLEDAI from its 24 descriptors: the total with bounds, the clinical total, the band and the organ systems.

    Parameters
    ----------
    data : frame, or mapping of names to arrays
        One assessment a row; a column of booleans, 0/1 or Y/N (missing allowed) for each descriptor, named ``seizure`` ...
        ``leukopenia``.
    version : str
        ``sledai-1992``, ``selena`` (or ``selena-sledai``), ``sledai-2k`` (default), ``sledai-2k-30`` or ``hybrid`` (or
        ``selena-sledai-hybrid``). All share the weights.
    missing : str
        ``strict`` (default): a missing descriptor leaves the total missing and gives bounds. ``absent``: it counts as
        absent, noted, and the bounds keep their width. ``locf``: laboratory descriptors are carried from the subject's
        last earlier assessment at most ``max_age_days`` old, the rest is strict.
    bands : str
        ``mosca`` (0, 1-5, 6-10, 11-19, >= 20), ``polachek`` (0, 1-4, 5-10, > 10) or ``bsr2018`` (< 6, 6-12, > 12).
    columns : mapping, optional
        Descriptor to column name, where they differ.
    total : column name, optional
        Totals as recorded. One rule everywhere: where all descriptors are recorded their sum is the total; where some are
        missing, the recorded total is, if it lies between the bounds of the others (noted); where none is recorded, the
        recorded total is. A recorded total that the descriptors contradict is noted and not used, so ``strict`` leaves the
        total missing.
    subject, visit, date : column name, optional
        Kept in the result where they exist; ``locf`` needs subject and date.
    max_age_days : float
        For ``missing="locf"``.

    Returns
    -------
    SledaiScores

    Raises
    ------
    DataError
        A descriptor column is absent, or a value is neither a boolean nor 0/1 (column, row and value are named).
    OptionError
        A word that does not exist.

    References
    ----------
    Bombardier C et al. Arthritis Rheum 1992;35:630-640. Gladman DD et al. J Rheumatol 2002;29:288-291. Touma Z et al. Lupus
    2010;19:49-51. Petri M et al. N Engl J Med 2005;353:2550-2558.

    Examples
    --------
    >>> import mscsle as ms
    >>> ids = [item for item, _, _ in ms.score._sledai._core.sledai_items()]
    >>> visits = {item: [0, 0] for item in ids} | {"arthritis": [1, 1], "proteinuria": [1, 1], "low_complement": [1, None]}
    >>> scores = ms.score.sledai(visits)
    >>> scores.total, scores.lower, scores.upper
    (array([10., nan]), array([10,  8], dtype=int8), array([10, 10], dtype=int8))
    >>> print(scores.why(row=1))
    `arthritis` is present and counts 4 points (>= 2 joints with pain and signs of inflammation).
    `proteinuria` is present and counts 4 points (> 0.5 g/24 h, new or persistent).
    `low_complement` is missing and would count 2 points if present (C3, C4 or CH50 below the lower limit of normal).
    The SLEDAI-2K total is not determined: it lies between 8 and 10, since low_complement is missing.
    By the bands `mosca` (none up to 0, mild up to 5, moderate up to 10, high up to 19, very high up to 105) this is moderate: both bounds lie in it.
    """
    label, citation, window_days, band_names = _core.sledai_version(version, bands)
    inputs = _rows.Inputs(data)
    assert inputs.frame is not None
    ids = [item for item, _, _ in _core.sledai_items()]
    unknown = sorted(set(columns or {}) - set(ids))
    if unknown:
        raise OptionError(f"`columns` names `{unknown[0]}`, which is no descriptor; they are {', '.join(ids)}")
    names = {item: (columns or {}).get(item, item) for item in ids}
    recorded = inputs.numbers("total", total) if inputs.has(total) else None
    if recorded is not None and columns is None and not any(inputs.has(name) for name in names.values()):
        not_done = np.full(len(recorded), -1, dtype=np.int8)
        items = [not_done] * len(ids)
    else:
        items = [inputs.flags(item, inputs.frame.require(names[item])) for item in ids]
    keys, roles = _rows.key_columns(inputs, {"subject": subject, "visit": visit, "date": date})
    carried = None
    if missing == "locf":
        items, carried = _carry(inputs, items, subject, date, max_age_days)
    elif max_age_days is not None:
        raise OptionError('`max_age_days` belongs to `missing="locf"`')
    scores = dict(_core.sledai_scores(items, recorded, version, missing, bands))
    if carried is not None:
        note = [w for w, _ in _core.scoring_words("sledai_note")].index("carried_forward")
        scores["notes"] = scores["notes"] | ((carried > 0).astype(np.uint8) << note)
    return SledaiScores(
        version=version,
        missing_policy=missing,
        bands=bands,
        label=label,
        citation=citation,
        window_days=window_days,
        band_names=tuple(band_names),
        notes=_rows.note_sentences(scores["notes"], "sledai"),
        _scores=scores,
        _items=tuple(items),
        _recorded=recorded,
        _roles=roles,
        keys=keys,
        index=inputs.index,
        library=inputs.library,
    )


def _carry(
    inputs: _rows.Inputs,
    items: list[NDArray[np.int8]],
    subject: str | None,
    date: str | None,
    max_age_days: float | None,
) -> tuple[list[NDArray[np.int8]], NDArray[np.uint32]]:
    if max_age_days is None or not max_age_days > 0:
        raise OptionError('`missing="locf"` needs `max_age_days` > 0')
    if subject is None or date is None:
        raise OptionError('`missing="locf"` needs the columns `subject` and `date`')
    who, _ = inputs.texts("subject", subject)
    codes, levels = inputs.texts("date", date)
    days = np.empty(len(levels) + 1)
    days[-1] = np.nan
    for i, level in enumerate(levels):
        try:
            days[i] = Date.fromisoformat(level[:10]).toordinal()
        except ValueError:
            row = int(np.argmax(codes == i))
            raise DataError(
                f"column `{date}` must hold complete dates such as `2009-03-14`, but row {row} is {level!r}"
            ) from None
    carried, mask = _core.sledai_carry(items, who, np.ascontiguousarray(days[codes]), float(max_age_days))
    return list(carried), mask
