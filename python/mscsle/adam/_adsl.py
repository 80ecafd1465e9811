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


def adsl(trial: Trial, *, study: str, date_imputation: Rule = "first") -> AdamDataset:
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

    Returns
    -------
    AdamDataset
        ``ITTFL``, ``SAFFL``, ``PPROTFL`` are ``Y`` or ``N`` where the trial says so. Planned and actual treatment are both
        the arm of the trial, which knows one. ``EOSSTT`` is ``DISCONTINUED`` after a death or withdrawal, ``ONGOING``
        otherwise: whether a subject completed is not in the tables of a trial.

    Raises
    ------
    TypeError
        ``trial`` is no Trial.
    OptionError
        An empty ``study``, an unknown rule.

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
    columns |= _status(trial, place, n, last, date_imputation)
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


def _status(trial: Trial, place: dict[str, int], n: int, last: Days, rule: Rule) -> dict[str, Any]:
    death, contact, left = (np.full(n, NAT, dtype="datetime64[D]") for _ in range(3))
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
    dead, gone = ~np.isnat(death), ~np.isnat(left)
    end = np.where(dead, death, left)
    return {
        "DTHDT": death,
        "DTHDTF": death_flag,
        "DTHFL": ["Y" if d else None for d in dead],
        "DTHCAUS": cause,
        "LSTALVDT": np.where(dead & (np.isnat(contact) | (contact > death)), death, contact),
        "LSTALVDF": contact_flag,
        "EOSSTT": ["DISCONTINUED" if d or g else "ONGOING" for d, g in zip(dead, gone, strict=True)],
        "EOSDT": end.astype("datetime64[D]"),
        "DCSREAS": ["DEATH" if d else reason[i] for i, d in enumerate(dead)],
    }
