"""A trial from SDTM domains by a mapping that is data; codes, units and words it does not have are findings."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from mscsle import _frame
from mscsle._columns import Columns
from mscsle.exceptions import DataError, MissingFileError
from mscsle.io import sdtm_cells as cells
from mscsle.io.sdtm_instruments import Instruments
from mscsle.io.sdtm_mapping import mapping as read_mapping
from mscsle.trial import SEVERITIES, Findings, Trial

__all__ = ["from_sdtm"]

#: Domains that are read.
DOMAINS = (
    "DM", "SUPPDM", "EX", "SUPPEX", "SV", "LB", "SUPPLB", "IS", "SUPPIS", "VS", "QS", "SUPPQS", "RS", "SUPPRS", "AE", "CM", "DS",
)  # fmt: skip
#: Supplemental qualifiers that are read.
QUALIFIERS = {
    "SUPPDM": {"ITT", "SAFETY", "PPROT", "SYNTH", "STRATUM", "DURDIS"},
    "SUPPEX": {"SOURCE", "COURSE", "DONOR", "WEIGHT", "TOTCELLS"},
    "SUPPLB": {"DUESLE"},
    "SUPPIS": {"DUESLE"},
    "SUPPQS": {"DUESLE"},
    "SUPPRS": {"DUESLE"},
}
#: Tables that are there, if without rows, when their domain is.
_TABLES = {"EX": "infusions", "SV": "visits", "LB": "labs", "VS": "vitals", "AE": "adverse_events", "CM": "medications"}
#: Severity of what the mapping finds; the meanings stand in :func:`mscsle.trial.rules`.
_SEVERITY = {
    "unmapped_code": "warning",
    "unmapped_unit": "error",
    "unmapped_word": "warning",
    "domain_not_read": "note",
    "qualifier_not_read": "note",
}
_UNITS_OF_AGE = {"YEARS": 1.0, "MONTHS": 1 / 12, "WEEKS": 7 / 365.25, "DAYS": 1 / 365.25}
_MONTH = re.compile(r"^(?:M|MONTH )\s*(\d+(?:\.\d+)?)$")
_WEEK = re.compile(r"^(?:W|WEEK )\s*(\d+(?:\.\d+)?)$")
#: Outcomes of disposition that are neither completion nor withdrawal.
_STAYED = {"ONGOING", "DEATH"}


def from_sdtm(
    source: str | Path | Mapping[str, Any],
    *,
    mapping: str | Path | Mapping[str, Any] | None = None,
    visits: Mapping[str, str | tuple[str, float]] | None = None,
    treatments: Sequence[str] | None = None,
    sources: Mapping[str, str] | None = None,
    arm: str = "ARM",
    library: _frame.Library | None = None,
    data_cutoff: str | date | None = None,
    date_imputation: str = "middle",
) -> Trial:
    """A trial from the SDTM domains DM, EX, SV, LB, IS, VS, QS, RS, AE, CM, DS and their supplements.

    The lupus instruments are read from QS and from RS (clinical classifications); their codes are conventions of this
    package, since no CDISC terminology has them.

    Parameters
    ----------
    source : folder, or mapping of domain to frame
        A folder of files ``dm.xpt``, ``lb.json`` ... (whatever :func:`mscsle.read` reads; of a transport file with several
        members each is a domain), or frames by domain. DM is needed.
    mapping : path, TOML text or mapping, optional
        A user's own codes, units and words, which win over those of the package; docs/cdisc.md lists them all.
    visits : mapping of VISIT to label, or to (label, planned month), optional
        Names of visits in the trial. Without it VISIT stays, and the month is read from names such as ``MONTH 3``, ``WEEK 12``,
        ``BASELINE``, ``M3`` or from VISITDY of SV.
    treatments : list of str, optional
        EXTRT of the cells; by default every row of EX is an infusion.
    sources : mapping of EXTRT to source, optional
        Source of the cells (``BM``, ``UC`` ...) by treatment; otherwise the qualifier SOURCE of SUPPEX.
    arm : str
        Column of DM that is the arm.
    library : {"pandas", "polars", "pyarrow", "numpy"}, optional
        Library of the frames in ``.tables``; by default that of the frames, or the one in use.
    data_cutoff, date_imputation
        As in :class:`mscsle.Trial`.

    Returns
    -------
    Trial
        Its findings begin with those of the mapping (``unmapped_code``, ``unmapped_unit``, ``unmapped_word``,
        ``domain_not_read``, ``qualifier_not_read``): one row for each code with the number of rows. A laboratory code that the mapping does not
        have is kept as the test ``LB.CODE``.

    Raises
    ------
    MissingFileError
        There is no such folder.
    DataError
        No DM, or DM without USUBJID.
    OptionError
        A mapping that cannot be used.

    Examples
    --------
    >>> import mscsle as ms
    >>> dm = {"USUBJID": ["X-1"], "SEX": ["F"], "AGE": [31], "AGEU": ["YEARS"], "ARM": ["MSC"]}
    >>> lb = {"USUBJID": ["X-1", "X-1"], "LBTESTCD": ["PROTCRT", "XYZ"], "LBSPEC": ["URINE", "URINE"],
    ...       "LBSTRESN": [1200.0, 3.0], "LBSTRESU": ["g/kg", "g/L"], "LBDTC": ["2010-03-01"] * 2}
    >>> trial = ms.io.from_sdtm({"DM": dm, "LB": lb})
    >>> trial.tables["labs"]["test"].tolist(), trial.tables["labs"]["unit"].tolist(), trial.findings.rule[0]
    (['upcr', 'LB.XYZ'], ['mg/g', 'g/L'], 'unmapped_code')
    """
    reading = _Reading(
        read_mapping(mapping), visits or {}, list(treatments) if treatments else None, sources or {}, arm
    )
    frames = _frames(source, reading)
    if "DM" not in frames:
        raise DataError("domain `DM` is missing; it says who the subjects are")
    domains = {name: Columns(frame, f"domain `{name}`") for name, frame in frames.items()}
    chosen = _frame.library_of(library or (domains["DM"].library if isinstance(source, Mapping) else None))
    tables = reading.tables(domains)
    trial = Trial._of_files(
        {name: _frame.native(columns, chosen) for name, columns in tables.items()},
        files_not_read=[],
        data_cutoff=data_cutoff,
        date_imputation=date_imputation,
    )
    trial._findings = _joined(reading.found, trial.findings)
    return trial


def _frames(source: str | Path | Mapping[str, Any], reading: _Reading) -> dict[str, Any]:
    if isinstance(source, Mapping):
        given = {str(name).upper(): frame for name, frame in source.items()}
        for name in sorted(set(given) - set(DOMAINS)):
            reading.add("domain_not_read", name, None, name, f"domain `{name}` is not read")
        return {name: frame for name, frame in given.items() if name in DOMAINS}
    folder = Path(source)
    if not folder.is_dir():
        raise MissingFileError(f"there is no folder `{folder}`")
    from mscsle.io.front import EXTENSIONS, read
    from mscsle.io.xport import read_xport_members
    from mscsle.io.xport_stream import list_xport

    # of two files for one domain the one whose ending stands first: CSV has no types
    endings = [*(e for e in EXTENSIONS if e not in (".csv", ".tsv")), ".csv", ".tsv"]
    paths = sorted(
        (p for p in folder.iterdir() if p.is_file() and p.suffix.lower() in endings),
        key=lambda p: (endings.index(p.suffix.lower()), p.name),
    )
    out: dict[str, Any] = {}
    for path in paths:
        name = path.stem.upper()
        names = [name]
        if EXTENSIONS[path.suffix.lower()] == "xport":
            members = [n.upper() for n in list_xport(path)]
            names = names if len(members) == 1 and name in DOMAINS else members
        several = len(names) > 1 and bool(set(names) & set(DOMAINS))
        parts = {n.upper(): m for n, m in read_xport_members(path, library="numpy").items()} if several else {}
        for domain in names:
            if domain not in DOMAINS:
                if not any(f[2] == domain for f in reading.found):
                    what = f"member `{domain}` of `{path.name}`" if several else f"file `{path.name}`"
                    reading.add("domain_not_read", domain, None, domain, f"{what} is not read")
            elif domain not in out:
                out[domain] = parts[domain].values if several else read(path, library="numpy")
    return out


def _joined(found: Sequence[tuple[str, str, str, int, str | None, str | None, str]], own: Findings) -> Findings:
    ordered = sorted(found, key=lambda f: SEVERITIES.index(_SEVERITY[f[0]]))
    nobody: list[str | None] = [None] * len(ordered)
    return Findings(
        table=[f[1] for f in ordered] + own.table,
        row=np.concatenate([np.asarray([f[3] for f in ordered], dtype=np.int64), own.row]),
        column=[f[4] for f in ordered] + own.column,
        subject=nobody + own.subject,
        value=[f[5] for f in ordered] + own.value,
        rule=[f[0] for f in ordered] + own.rule,
        severity=[_SEVERITY[f[0]] for f in ordered] + own.severity,
        message=[f[6] for f in ordered] + own.message,
        library=own.library,
    )


class _Reading:
    """One reading: the mapping and what it did not have."""

    def __init__(
        self,
        used: Mapping[str, Any],
        visits: Mapping[str, str | tuple[str, float]],
        treatments: list[str] | None,
        sources: Mapping[str, str],
        arm: str,
    ) -> None:
        self.used = used
        self.visit_names = {name.strip().upper(): value for name, value in visits.items()}
        self.treatments = treatments
        self.sources = {name.strip().upper(): value for name, value in sources.items()}
        self.arm = arm
        self.found: list[tuple[str, str, str, int, str | None, str | None, str]] = []
        self._flags: set[tuple[str, str]] = set()
        self._words: dict[tuple[str, str, str, str], list[int]] = {}

    def add(self, rule: str, table: str, column: str | None, value: str | None, message: str, row: int = -1) -> None:
        self.found.append((rule, table, value or "", row, column, value, message))

    def not_known(self, rule: str, table: str, column: str, value: str, row: int) -> None:
        """Counted; said once for each value."""
        self._words.setdefault((rule, table, column, value), []).append(row)

    def flag(self, text: str | None, table: str, column: str, row: int = -1) -> float:
        """A flag; one that is not Y or N is missing and said."""
        value = cells.flag(text)
        if text is not None and np.isnan(value):
            self._flags.add((table, column))
            self.not_known("unmapped_word", table, column, text, row)
        return value

    def _say(self) -> None:
        what = {
            "unmapped_code": "is not in the mapping",
            "unmapped_unit": "is a unit that the mapping does not have; the value is missing",
            "unmapped_word": "is a word that the mapping does not have; the cell is missing",
        }
        for (rule, table, column, value), rows in self._words.items():
            n = f" ({len(rows)} rows)" if len(rows) > 1 else ""
            said = "is no flag (`Y` or `N`); the cell is missing" if (table, column) in self._flags else what[rule]
            self.add(rule, table, column, value, f"`{value}` of `{column}` {said}{n}", rows[0])

    def tables(self, domains: Mapping[str, Columns]) -> dict[str, Any]:
        empty = Columns({"USUBJID": []}, "nothing")

        def of(name: str) -> Columns:
            return domains.get(name, empty)

        out = {"subjects": self.subjects(of("DM"), cells.qualifiers(of("SUPPDM"), None))}
        out["infusions"] = self.infusions(of("EX"), cells.qualifiers(of("SUPPEX"), "EXSEQ"))
        out["visits"] = self.visits(domains)
        labs, immuno = (cells.qualifiers(of(f"SUPP{d}"), f"{d}SEQ") for d in ("LB", "IS"))
        out["labs"] = self.labs(of("LB"), of("IS"), labs, immuno)
        out["vitals"] = self.vitals(of("VS"))
        for name in ("QS", "RS"):
            found = self.questionnaires(name, of(name), cells.qualifiers(of(f"SUPP{name}"), f"{name}SEQ"))
            for table, columns in found.items():
                out[table] = cells.stacked(out[table], columns) if table in out else columns
        self._qualifiers_not_read(domains)
        out["adverse_events"] = self.adverse_events(of("AE"))
        out["medications"] = self.medications(of("CM"))
        out["status"] = self.status(of("DM"), of("DS"))
        self._say()
        given = {"subjects"} | {table for domain, table in _TABLES.items() if domain in domains}
        return {name: table for name, table in out.items() if name in given or len(table["usubjid"])}

    def subjects(self, dm: Columns, more: Mapping[tuple[str, str], Mapping[str, str]]) -> dict[str, Any]:
        ids = dm.texts("USUBJID")
        age = dm.optional_numbers("AGE").copy()
        for row, unit in enumerate(dm.texts("AGEU")):
            if unit is None or np.isnan(age[row]):
                continue
            if unit.upper() in _UNITS_OF_AGE:
                age[row] *= _UNITS_OF_AGE[unit.upper()]
            else:
                self.not_known("unmapped_unit", "DM", "AGEU", unit, row)
                age[row] = np.nan
        given = [more.get((subject or "", ""), {}) for subject in ids]
        flag = {
            name: [self.flag(g.get(name), "SUPPDM", name) for g in given]
            for name in ("ITT", "SAFETY", "PPROT", "SYNTH")
        }
        out: dict[str, Any] = {
            "usubjid": ids,
            "arm": dm.texts(self.arm),
            "stratum": [g.get("STRATUM") for g in given],
            "centre": dm.texts("SITEID"),
            "sex": dm.texts("SEX"),
            "birth_date": cells.days(dm.texts("BRTHDTC")),
            "age": age,
            "disease_duration_months": np.asarray([cells.number(g.get("DURDIS")) for g in given], dtype=np.float64),
            "race": dm.texts("RACE"),
            "enrolled_date": cells.days(dm.texts("RFICDTC")),
            "itt": flag["ITT"],
            "safety": flag["SAFETY"],
            "per_protocol": flag["PPROT"],
            "synthetic": flag["SYNTH"],
        }
        return cells.filled(out)

    def infusions(self, ex: Columns, more: Mapping[tuple[str, str], Mapping[str, str]]) -> dict[str, Any]:
        wanted = None if self.treatments is None else {t.strip().upper() for t in self.treatments}
        treatment = ex.texts("EXTRT")
        rows = [r for r in range(ex.n) if wanted is None or (treatment[r] or "").upper() in wanted]
        dose, unit = ex.optional_numbers("EXDOSE"), ex.texts("EXDOSU")
        doses = {cells.unit_key(d["unit"]): d for d in reversed(self.used["dose"])}
        columns = {name: np.full(ex.n, np.nan) for name in ("cells_per_kg", "total_cells")}
        for row in rows:
            if np.isnan(dose[row]):
                continue
            known = doses.get(cells.unit_key(unit[row] or ""))
            if known is None:
                self.not_known("unmapped_unit", "EX", "EXDOSU", unit[row] or "(none)", row)
            else:
                columns[str(known["column"])][row] = float(dose[row]) * float(known["factor"])
        ids, sequence = ex.texts("USUBJID"), ex.texts("EXSEQ")
        given = [more.get((ids[r] or "", sequence[r] or ""), {}) for r in rows]
        for i, g in enumerate(given):
            if "TOTCELLS" in g and np.isnan(columns["total_cells"][rows[i]]):
                columns["total_cells"][rows[i]] = cells.number(g["TOTCELLS"])
        start = ex.texts("EXSTDTC")
        clock = [None if (s := start[r]) is None or "T" not in s else s.split("T")[1][:5] for r in rows]
        out: dict[str, Any] = {
            "usubjid": [ids[r] for r in rows],
            "date": [cells.day(start[r]) for r in rows],
            "course": np.asarray([cells.number(g.get("COURSE")) for g in given], dtype=np.float64),
            "source": [
                self.sources.get((treatment[r] or "").upper(), g.get("SOURCE"))
                for r, g in zip(rows, given, strict=True)
            ],
            "cells_per_kg": columns["cells_per_kg"][rows],
            "weight_kg": np.asarray([cells.number(g.get("WEIGHT")) for g in given], dtype=np.float64),
            "total_cells": columns["total_cells"][rows],
            "lot": cells.picked(ex.texts("EXLOT"), rows),
            "donor": [g.get("DONOR") for g in given],
            "route": [None if v is None else v.lower() for v in cells.picked(ex.texts("EXROUTE"), rows)],
            "start_time": clock,
        }
        return cells.filled(out)

    def visits(self, domains: Mapping[str, Columns]) -> dict[str, Any]:
        seen: dict[tuple[str, str], tuple[str | None, float, float]] = {}
        for name, domain in domains.items():
            if name not in ("SV", "LB", "IS", "VS", "QS") or "VISIT" not in domain:
                continue
            dates = domain.texts("SVSTDTC" if name == "SV" else f"{name}DTC")
            numbers, due = domain.optional_numbers("VISITNUM"), domain.optional_numbers("VISITDY")
            for row, (subject, visit) in enumerate(zip(domain.texts("USUBJID"), domain.texts("VISIT"), strict=True)):
                if subject is None or visit is None:
                    continue
                day = cells.day(dates[row])
                old = seen.get((subject, visit))
                earlier = day if old is None or old[0] is None or (day is not None and day < old[0]) else old[0]
                if name != "SV" and old is not None and "SV" in domains:
                    earlier = old[0] or day
                number = float(numbers[row]) if old is None or np.isnan(old[1]) else old[1]
                planned = float(due[row]) if old is None or np.isnan(old[2]) else old[2]
                seen[(subject, visit)] = (earlier, number, planned)
        keys = list(seen)
        months, unscheduled = [], []
        for key in keys:
            month = self.month(key[1], seen[key][2])
            off = "UNSCHEDULED" in key[1].upper() or bool(re.match(r"^U\d+$", key[1]))
            months.append(float("nan") if off else month)
            unscheduled.append(1.0 if off else float("nan") if np.isnan(month) else 0.0)
        out = {
            "usubjid": [k[0] for k in keys],
            "visit": [self.label(k[1]) for k in keys],
            "date": [seen[k][0] for k in keys],
            "planned_month": np.asarray(months, dtype=np.float64),
            "unscheduled": np.asarray(unscheduled, dtype=np.float64),
        }
        return cells.filled(out)

    def label(self, visit: str | None) -> str | None:
        """The name of a visit in the trial."""
        if visit is None:
            return None
        given = self.visit_names.get(visit.upper())
        return visit if given is None else given if isinstance(given, str) else given[0]

    def month(self, visit: str, planned_day: float) -> float:
        """Planned month by the user's mapping, the name, or VISITDY (day 1 is the start)."""
        given = self.visit_names.get(visit.upper())
        if given is not None and not isinstance(given, str):
            return float(given[1])
        name = self.label(visit) or visit
        for text in (name.upper(), visit.upper()):
            if text in ("BASELINE", "DAY 1", "M0"):
                return 0.0
            if found := _MONTH.match(text):
                return float(found.group(1))
            if found := _WEEK.match(text):
                return round(float(found.group(1)) * 7 / 30.4375, 2)
        if np.isnan(planned_day):
            return float("nan")
        return round((planned_day - (1 if planned_day > 0 else 0)) / 30.4375, 2)

    def specimen(self, word: str | None) -> str | None:
        """``blood`` or ``urine``."""
        for kind, words in self.used["specimen"].items():
            if (word or "").upper() in words:
                return str(kind)
        return None

    def _qualifiers_not_read(self, domains: Mapping[str, Columns]) -> None:
        for name, known in QUALIFIERS.items():
            if name in domains:
                words = [(text or "").upper() for text in domains[name].texts("QNAM")]
                for word in dict.fromkeys(w for w in words if w and w not in known):
                    n = words.count(word)
                    rows = f" ({n} rows)" if n > 1 else ""
                    message = f"`{word}` of `QNAM` is not read{rows}"
                    self.add("qualifier_not_read", name, "QNAM", word, message, words.index(word))

    def labs(
        self,
        lb: Columns,
        immuno: Columns,
        more: Mapping[tuple[str, str], Mapping[str, str]],
        more_immuno: Mapping[tuple[str, str], Mapping[str, str]],
    ) -> dict[str, Any]:
        parts = [self._lab_rows(lb, "LB", more), self._lab_rows(immuno, "IS", more_immuno)]
        out: dict[str, Any] = {}
        for name in parts[0]:
            a, b = parts[0][name], parts[1][name]
            out[name] = np.concatenate([a, b]) if isinstance(a, np.ndarray) else [*a, *b]
        values = out["value"]
        if all(v is None or cells.is_number(v) for v in values):
            out["value"] = np.asarray([cells.number(v) for v in values], dtype=np.float64)
        return cells.filled(out)

    def _lab_rows(
        self, table: Columns, domain: str, more: Mapping[tuple[str, str], Mapping[str, str]]
    ) -> dict[str, Any]:
        codes = table.texts(f"{domain}TESTCD")
        specimen = [s or c for s, c in zip(table.texts(f"{domain}SPEC"), table.texts(f"{domain}CAT"), strict=True)]
        agent = table.texts("ISBDAGNT")
        known: dict[str, list[Mapping[str, Any]]] = {}
        for row_of_mapping in self.used["lab"]:
            if row_of_mapping["domain"] == domain:
                known.setdefault(str(row_of_mapping["code"]), []).append(row_of_mapping)
        units = {cells.unit_key(u["cdisc"]): str(u["ours"]) for u in reversed(self.used["unit"])}
        number, text, unit = (
            table.optional_numbers(f"{domain}STRESN"), table.texts(f"{domain}STRESC"), table.texts(f"{domain}STRESU"),
        )  # fmt: skip
        original, original_unit = table.texts(f"{domain}ORRES"), table.texts(f"{domain}ORRESU")
        low, high = table.optional_numbers(f"{domain}STNRLO"), table.optional_numbers(f"{domain}STNRHI")
        tests: list[str | None] = []
        values: list[str | None] = []
        shown_units: list[str | None] = []
        for row, code in enumerate(codes):
            test = self._test(known.get(code or "", []), specimen[row], agent[row])
            if test is None and code is not None:
                named = f"{code} ({specimen[row]})" if code in known and specimen[row] else code
                self.not_known("unmapped_code", domain, f"{domain}TESTCD", named, row)
                test = f"{domain}.{code}"
            tests.append(test)
            standard = not np.isnan(number[row]) or text[row] is not None
            value = repr(float(number[row])) if not np.isnan(number[row]) else text[row] if standard else original[row]
            values.append(cells.short(value))
            word = unit[row] if standard else original_unit[row]
            shown_units.append(None if word is None else units.get(cells.unit_key(word), word))
        ids, sequence = table.texts("USUBJID"), table.texts(f"{domain}SEQ")
        given = [more.get((s or "", q or ""), {}) for s, q in zip(ids, sequence, strict=True)]
        return {
            "usubjid": ids,
            "visit": [self.label(v) for v in table.texts("VISIT")],
            "date": cells.days(table.texts(f"{domain}DTC")),
            "test": tests,
            "value": values,
            "unit": shown_units,
            "lln": low,
            "uln": high,
            "specimen": [None if s is None else s.lower() for s in table.texts(f"{domain}SPEC")],
            "method": table.texts(f"{domain}METHOD"),
            "due_to_sle": np.asarray(
                [self.flag(g.get("DUESLE"), f"SUPP{domain}", "DUESLE") for g in given], dtype=np.float64
            ),
        }

    def _test(self, rows: Sequence[Mapping[str, Any]], specimen: str | None, agent: str | None) -> str | None:
        """The test of a code: its specimen decides where the code has two meanings."""
        fitting = [r for r in rows if "agent" not in r or r["agent"] == (agent or "").upper()]
        kind = self.specimen(specimen)
        if kind is not None:
            fitting = [r for r in fitting if r.get("specimen", kind) == kind]
        return str(fitting[0]["test"]) if len({r["test"] for r in fitting}) == 1 else None

    def vitals(self, vs: Columns) -> dict[str, Any]:
        known = {str(v["code"]): v for v in reversed(self.used["vital"])}
        rows: dict[tuple[str | None, str | None, str | None], dict[str, float]] = {}
        number, unit, original = vs.optional_numbers("VSSTRESN"), vs.texts("VSSTRESU"), vs.texts("VSORRES")
        original_unit, dates, visits = vs.texts("VSORRESU"), vs.texts("VSDTC"), vs.texts("VISIT")
        for row, (subject, code) in enumerate(zip(vs.texts("USUBJID"), vs.texts("VSTESTCD"), strict=True)):
            what = known.get(code or "")
            if what is None:
                self.not_known("unmapped_code", "VS", "VSTESTCD", code or "(none)", row)
                continue
            standard = not np.isnan(number[row])
            value = float(number[row]) if standard else cells.number(original[row])
            word = (unit[row] if standard else original_unit[row]) or ""
            factors = {str(what["unit"]).upper(): 1.0, **{k.upper(): float(f) for k, f in what["other"].items()}}
            if np.isnan(value):
                continue
            if word.upper() not in factors:
                self.not_known("unmapped_unit", "VS", "VSSTRESU" if standard else "VSORRESU", word or "(none)", row)
                continue
            place = rows.setdefault((subject, self.label(visits[row]), cells.day(dates[row])), {})
            place.setdefault(str(what["column"]), value * factors[word.upper()])
        keys = list(rows)
        out: dict[str, Any] = {
            "usubjid": [k[0] for k in keys],
            "visit": [k[1] for k in keys],
            "date": [k[2] for k in keys],
        }
        for column in ("weight_kg", "height_cm", "systolic_mmhg", "diastolic_mmhg", "temperature_c"):
            out[column] = np.asarray([rows[k].get(column, np.nan) for k in keys], dtype=np.float64)
        return cells.filled(out)

    def questionnaires(
        self, domain: str, qs: Columns, more: Mapping[tuple[str, str], Mapping[str, str]]
    ) -> dict[str, dict[str, Any]]:
        """The instruments of QS or RS."""
        return Instruments(self, domain, qs, more).tables()

    def adverse_events(self, ae: Columns) -> dict[str, Any]:
        words = dict.fromkeys(self.used["related"]["yes"], 1.0) | dict.fromkeys(self.used["related"]["no"], 0.0)
        related = np.full(ae.n, np.nan)
        for row, word in enumerate(ae.texts("AEREL")):
            if word is not None and word.upper() in words:
                related[row] = words[word.upper()]
            elif word is not None:
                self.not_known("unmapped_word", "AE", "AEREL", word, row)
        grade = np.asarray([cells.number(v) for v in ae.texts("AETOXGR")], dtype=np.float64)
        for row, word in enumerate(ae.texts("AETOXGR")):
            if word is not None and np.isnan(grade[row]):
                self.not_known("unmapped_word", "AE", "AETOXGR", word, row)
        coded, reported = ae.texts("AEDECOD"), ae.texts("AETERM")
        out: dict[str, Any] = {
            "usubjid": ae.texts("USUBJID"),
            "term": [c or r for c, r in zip(coded, reported, strict=True)],
            "class": [c or s for c, s in zip(ae.texts("AESOC"), ae.texts("AEBODSYS"), strict=True)],
            "serious": np.asarray(
                [self.flag(v, "AE", "AESER", row) for row, v in enumerate(ae.texts("AESER"))], dtype=np.float64
            ),
            "related": related,
            "grade": grade,
            "start_date": cells.days(ae.texts("AESTDTC")),
            "end_date": cells.days(ae.texts("AEENDTC")),
            "outcome": [None if v is None else v.lower() for v in ae.texts("AEOUT")],
        }
        return cells.filled(out)

    def medications(self, cm: Columns) -> dict[str, Any]:
        frequency: list[str | None] = []
        for row, word in enumerate(cm.texts("CMDOSFRQ")):
            known = None if word is None else self.used["frequency"].get(word.upper())
            if word is not None and known is None:
                self.not_known("unmapped_word", "CM", "CMDOSFRQ", word, row)
            frequency.append(known)

        def lower(name: str) -> list[str | None]:
            return [None if v is None else v.lower() for v in cm.texts(name)]

        out: dict[str, Any] = {
            "usubjid": cm.texts("USUBJID"),
            "drug": [c or t for c, t in zip(lower("CMDECOD"), lower("CMTRT"), strict=True)],
            "dose": cm.optional_numbers("CMDOSE"),
            "unit": lower("CMDOSU"),
            "route": lower("CMROUTE"),
            "frequency": frequency,
            "start_date": cells.days(cm.texts("CMSTDTC")),
            "end_date": cells.days(cm.texts("CMENDTC")),
            "indication": lower("CMINDC"),
        }
        return cells.filled(out)

    def status(self, dm: Columns, ds: Columns) -> dict[str, Any]:
        ids = dm.texts("USUBJID")
        names = (
            "last_contact_date",
            "death_date",
            "death_cause",
            "withdrawal_date",
            "withdrawal_reason",
            "completed_date",
        )
        known: dict[str, dict[str, str | None]] = {s: dict.fromkeys(names) for s in ids if s is not None}
        for subject, death, end in zip(ids, dm.texts("DTHDTC"), dm.texts("RFPENDTC"), strict=True):
            if subject is not None:
                known[subject]["death_date"] = cells.day(death)
                known[subject]["last_contact_date"] = cells.day(end)
        rows = zip(*(ds.texts(c) for c in ("USUBJID", "DSDECOD", "DSTERM", "DSCAT", "DSSCAT", "DSSTDTC")), strict=True)
        for subject, decoded, term, category, part, start in rows:
            if subject not in known or decoded is None or subject is None:
                continue
            word = decoded.upper()
            of_study = (category or "").upper() == "DISPOSITION EVENT" and "TREATMENT" not in (part or "").upper()
            if word == "DEATH":
                known[subject]["death_date"] = known[subject]["death_date"] or cells.day(start)
                if term is not None and term.upper() != "DEATH":
                    known[subject]["death_cause"] = term
            elif of_study and word == "COMPLETED":
                known[subject]["completed_date"] = cells.day(start)
            elif of_study and word not in _STAYED:
                known[subject]["withdrawal_date"] = cells.day(start)
                known[subject]["withdrawal_reason"] = (term or decoded).lower()
        subjects = [s for s, row in known.items() if any(row.values())]
        out: dict[str, Any] = {"usubjid": subjects}
        return cells.filled(out | {name: [known[s][name] for s in subjects] for name in names})
