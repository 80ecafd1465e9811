"""ADSL from a trial: one row a subject with arms, populations and dates."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mscsle._columns import NAT, Columns, Days, typed
from mscsle.adam._dates import RULES, Rule, impute_dates
from mscsle.adam._table import AdamDataset, make
from mscsle.exceptions import OptionError
from mscsle.trial import Trial

__all__ = ["adsl"]


def adsl(
    trial: Trial, *, study: str, date_imputation: Rule = "first", completed_visit: str | None = None
) -> AdamDataset:
    """Derive ADSL: identifiers, demographics, arms, populations, dates of treatment, death and last contact.

    Parameters
    ----------
    trial : Trial
        ``subjects``, and ``infusions`` and ``status`` where there are.
    study : str
        STUDYID.
    date_imputation : {"first", "middle", "last"}
        Rule of partial dates; the flag variables (``TRTSDTF`` ...) say which part was imputed. An imputed last infusion is
        never before the first, an imputed death or last contact never before the last infusion.
    completed_visit : str, optional
        The visit that ends the study as planned: whoever came to it has completed, on its day, unless
        ``status`` has a ``completed_date``.

    Returns
    -------
    AdamDataset
        ``ITTFL``, ``SAFFL``, ``PPROTFL`` are ``Y`` or ``N`` where the trial says so. Planned and actual treatment are both
        the arm of the trial, which knows one. ``EOSSTT`` is ``COMPLETED`` after the ``completed_date`` of ``status`` or
        the ``completed_visit``, ``DISCONTINUED`` after a death or withdrawal, whichever is first (of one day,
        ``COMPLETED``), and ``ONGOING`` otherwise. ``EOSDT`` is the day of it; ``DCSREAS`` is ``DEATH`` or the reason of
        the withdrawal, of the discontinued alone.

    Raises
    ------
    TypeError
        ``trial`` is no Trial.
    OptionError
        An empty ``study``, an unknown rule, a ``completed_visit`` that no subject has.

    Examples
    --------
    >>> import mscsle as ms
    >>> subjects = ms.adam.adsl(ms.load("gu2014", library="numpy"), study="GU2014")
    >>> subjects.n_rows, str(subjects.values["TRTSDT"][0]), subjects.labels["TRTSDT"]
    (81, '2007-02-14', 'Date of First Exposure to Treatment')
    """
    if not isinstance(trial, Trial):
        raise TypeError(f"`trial` must be a Trial, but is {type(trial).__name__}")
    if not study:
        raise OptionError("`study` must name the study (STUDYID)")
    if date_imputation not in RULES:
        raise OptionError(f"unknown date_imputation `{date_imputation}`; use {', '.join(f'`{r}`' for r in RULES)}")
    table = typed(trial, "subjects")
    ids = [text or "" for text in table.texts("usubjid")]
    position: dict[str, int] = {}
    for row, subject in enumerate(ids):
        if subject:
            position.setdefault(subject, row)
    rows = np.asarray(sorted(position.values()), dtype=np.int64)
    place = {ids[r]: i for i, r in enumerate(rows.tolist())}
    n = len(rows)

    def text(name: str) -> list[str | None]:
        values = table.texts(name)
        return [values[r] for r in rows.tolist()]

    first, first_flag, last, last_flag, count = _exposure(trial, place, n, date_imputation)
    columns: dict[str, Any] = {
        "STUDYID": [study] * n,
        "USUBJID": [ids[r] for r in rows.tolist()],
        "SUBJID": [ids[r].removeprefix(f"{study}-") for r in rows.tolist()],
        "SITEID": text("centre"),
        "AGE": table.optional_numbers("age")[rows],
        "AGEU": ["YEARS"] * n,
        "SEX": text("sex"),
        "RACE": text("race"),
        "ARM": text("arm"),
        "TRT01P": text("arm"),
        "TRT01A": text("arm"),
        "STRATUM": text("stratum"),
        "ITTFL": _flags(table, "itt", rows),
        "SAFFL": _flags(table, "safety", rows),
        "PPROTFL": _flags(table, "per_protocol", rows),
        "SYNTHFL": _flags(table, "synthetic", rows),
        "DURDIS": table.optional_numbers("disease_duration_months")[rows],
    }
    enrolled = impute_dates(text("enrolled_date"), rule=date_imputation)
    columns |= {
        "ENRLDT": enrolled.dates,
        "ENRLDTF": enrolled.flags,
        "TRTSDT": first,
        "TRTSDTF": first_flag,
        "TRTEDT": last,
        "TRTEDTF": last_flag,
        "NINFUS": count,
    }
    columns |= _status(trial, place, n, last, date_imputation, completed_visit)
    kept = {
        name: values
        for name, values in columns.items()
        if name in ("STUDYID", "USUBJID", "SUBJID", "SITEID", "AGE", "AGEU", "SEX", "RACE", "ARM", "TRT01P", "TRTSDT")
        or not _empty(values)
    }
    return make(
        "ADSL",
        "Subject-Level Analysis Dataset",
        kept,
        structure="ADSL",
        method=f"ADSL from the tables of the trial; partial dates: {date_imputation} ({RULES[date_imputation]})",
        library=trial.library,
    )


def _empty(values: Any) -> bool:
    if isinstance(values, np.ndarray):
        return bool(np.isnat(values).all() if values.dtype.kind == "M" else np.isnan(values).all())
    return all(v is None for v in values)


def _flags(table: Columns, name: str, rows: NDArray[np.int64]) -> list[str | None]:
    if name not in table:
        return [None] * len(rows)
    words = {"1": "Y", "TRUE": "Y", "Y": "Y", "YES": "Y", "0": "N", "FALSE": "N", "N": "N", "NO": "N"}
    texts = table.texts(name)
    return [words.get((texts[r] or "").upper()) for r in rows.tolist()]


def _exposure(
    trial: Trial, place: dict[str, int], n: int, rule: Rule
) -> tuple[Days, list[str | None], Days, list[str | None], NDArray[np.float64]]:
    """First and last infusion with their flags, and how many."""
    first, last = (np.full(n, NAT, dtype="datetime64[D]") for _ in range(2))
    first_flag: list[str | None] = [None] * n
    last_flag: list[str | None] = [None] * n
    count = np.zeros(n)
    if "infusions" not in trial.tables:
        return first, first_flag, last, last_flag, np.full(n, np.nan)
    table = typed(trial, "infusions")
    imputed = impute_dates(table.texts("date"), rule=rule)
    for subject, day, flag in zip(table.texts("usubjid"), imputed.dates, imputed.flags, strict=True):
        i = place.get(subject or "")
        if i is None or np.isnat(day):
            continue
        count[i] += 1
        if np.isnat(first[i]) or day < first[i]:
            first[i], first_flag[i] = day, flag
        if np.isnat(last[i]) or day > last[i]:
            last[i], last_flag[i] = day, flag
    return first, first_flag, last, last_flag, count


def _completed_at(trial: Trial, place: dict[str, int], n: int, rule: Rule, visit: str) -> Days:
    """The day of the visit that ends the study."""
    out: Days = np.full(n, NAT, dtype="datetime64[D]")
    if "visits" in trial.tables:
        table = typed(trial, "visits")
        rows = [r for r, label in enumerate(table.texts("visit")) if label == visit]
        subjects, dates = table.texts("usubjid"), table.texts("date")
        imputed = impute_dates([dates[r] for r in rows], rule=rule)
        for row, day in zip(rows, imputed.dates, strict=True):
            i = place.get(subjects[row] or "")
            if i is not None:
                out[i] = day
    if np.isnat(out).all():
        raise OptionError(f"`completed_visit` is `{visit}`, but no subject has a dated visit of that name")
    return out


def _status(
    trial: Trial, place: dict[str, int], n: int, last: Days, rule: Rule, completed_visit: str | None
) -> dict[str, Any]:
    death, contact, left, done = (np.full(n, NAT, dtype="datetime64[D]") for _ in range(4))
    death_flag: list[str | None] = [None] * n
    contact_flag: list[str | None] = [None] * n
    cause: list[str | None] = [None] * n
    reason: list[str | None] = [None] * n
    if "status" in trial.tables:
        table = typed(trial, "status")
        where = [place.get(subject or "") for subject in table.texts("usubjid")]
        floor = np.asarray([NAT if i is None else last[i] for i in where], dtype="datetime64[D]")
        for target, flags, name in (
            (death, death_flag, "death_date"),
            (contact, contact_flag, "last_contact_date"),
            (left, None, "withdrawal_date"),
            (done, None, "completed_date"),
        ):
            imputed = impute_dates(table.texts(name), rule=rule, not_before=floor)
            for i, day, flag in zip(where, imputed.dates, imputed.flags, strict=True):
                if i is not None and np.isnat(target[i]):
                    target[i] = day
                    if flags is not None:
                        flags[i] = flag
        for target_texts, name in ((cause, "death_cause"), (reason, "withdrawal_reason")):
            for i, text in zip(where, table.texts(name), strict=True):
                if i is not None and target_texts[i] is None:
                    target_texts[i] = text
    if completed_visit is not None:
        done = np.where(np.isnat(done), _completed_at(trial, place, n, rule, completed_visit), done)
    # A withdrawal whose day is not known is a withdrawal; a death after the completion ends no participation.
    ended = np.where(np.isnat(left) | (left > death), death, left)
    reasons = [
        "DEATH" if not np.isnat(d) and (np.isnat(w) or w > d) else r
        for d, w, r in zip(death, left, reason, strict=True)
    ]
    completed = ~np.isnat(done) & ~(ended < done)
    gone = ~completed & (~np.isnat(ended) | np.asarray([r is not None for r in reasons], dtype=np.bool_))
    words = np.where(completed, "COMPLETED", np.where(gone, "DISCONTINUED", "ONGOING"))
    return {
        "DTHDT": death,
        "DTHDTF": death_flag,
        "DTHFL": ["Y" if d else None for d in ~np.isnat(death)],
        "DTHCAUS": cause,
        "LSTALVDT": np.where(~np.isnat(death) & (np.isnat(contact) | (contact > death)), death, contact),
        "LSTALVDF": contact_flag,
        "EOSSTT": [str(word) for word in words],
        "EOSDT": np.where(completed, done, ended).astype("datetime64[D]"),
        "DCSREAS": [text if out else None for text, out in zip(reasons, gone, strict=True)],
    }
