"""The tables of a trial as SDTM domains, by the same mapping as the way in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from mscsle._columns import Columns, typed
from mscsle.exceptions import OptionError
from mscsle.io.dataset import Dataset
from mscsle.io.sdtm_instruments import bilag_columns
from mscsle.io.sdtm_mapping import lab_codes
from mscsle.io.sdtm_mapping import mapping as read_mapping

if TYPE_CHECKING:
    from mscsle.trial import Trial

__all__ = ["to_sdtm"]

_LABELS = {
    "DM": "Demographics", "SUPPDM": "Supplemental Qualifiers for DM", "EX": "Exposure",
    "SUPPEX": "Supplemental Qualifiers for EX", "SV": "Subject Visits", "LB": "Laboratory Test Results",
    "SUPPLB": "Supplemental Qualifiers for LB", "IS": "Immunogenicity Specimen Assessments", "VS": "Vital Signs",
    "SUPPIS": "Supplemental Qualifiers for IS", "QS": "Questionnaires", "SUPPQS": "Supplemental Qualifiers for QS",
    "RS": "Disease Response and Clin Classification", "SUPPRS": "Supplemental Qualifiers for RS", "AE": "Adverse Events", "CM": "Concomitant/Prior Medications", "DS": "Disposition",
}  # fmt: skip
_VARIABLES = {
    "STUDYID": "Study Identifier", "DOMAIN": "Domain Abbreviation", "RDOMAIN": "Related Domain Abbreviation",
    "USUBJID": "Unique Subject Identifier", "SUBJID": "Subject Identifier for the Study", "SITEID": "Study Site Identifier",
    "RFSTDTC": "Subject Reference Start Date/Time", "RFICDTC": "Date/Time of Informed Consent",
    "RFPENDTC": "Date/Time of End of Participation", "DTHDTC": "Date/Time of Death", "DTHFL": "Subject Death Flag",
    "BRTHDTC": "Date/Time of Birth", "AGE": "Age", "AGEU": "Age Units", "SEX": "Sex", "RACE": "Race",
    "ARMCD": "Planned Arm Code", "ARM": "Description of Planned Arm", "VISITNUM": "Visit Number", "VISIT": "Visit Name",
    "IDVAR": "Identifying Variable", "IDVARVAL": "Identifying Variable Value", "QNAM": "Qualifier Variable Name",
    "QLABEL": "Qualifier Variable Label", "QVAL": "Data Value", "QORIG": "Origin",
    "SVSTDTC": "Start Date/Time of Observation", "ISBDAGNT": "Binding Agent",
}  # fmt: skip
#: Labels of variables that begin with the two letters of the domain.
_SUFFIXES = {
    "SEQ": "Sequence Number", "TESTCD": "Short Name of Test", "TEST": "Name of Test", "CAT": "Category",
    "ORRES": "Result or Finding in Original Units", "ORRESU": "Original Units", "STRESC": "Result or Finding in Standard Format",
    "STRESN": "Numeric Result/Finding in Standard Units", "STRESU": "Standard Units", "SPEC": "Specimen Material Type",
    "STNRLO": "Reference Range Lower Limit-Std Units", "STNRHI": "Reference Range Upper Limit-Std Units",
    "METHOD": "Method of Test or Examination", "DTC": "Date/Time of Collection", "TRT": "Name of Treatment",
    "DOSE": "Dose", "DOSU": "Dose Units", "DOSFRQ": "Dosing Frequency per Interval", "ROUTE": "Route of Administration",
    "LOT": "Lot Number", "STDTC": "Start Date/Time", "ENDTC": "End Date/Time", "TERM": "Reported Term",
    "DECOD": "Standardized Term", "BODSYS": "Body System or Organ Class", "SER": "Serious Event", "REL": "Causality",
    "TOXGR": "Standard Toxicity Grade", "OUT": "Outcome", "INDC": "Indication",
}  # fmt: skip
#: Domains that are written without rows too when the trial has their table: no event is not no record.
_TABLES = {"EX": "infusions", "AE": "adverse_events", "CM": "medications"}


def to_sdtm(
    trial: Trial,
    folder: str | Path | None = None,
    *,
    study: str,
    mapping: str | Path | Mapping[str, Any] | None = None,
    treatment: str = "MSC",
    instruments: Literal["QS", "RS"] = "QS",
) -> dict[str, Dataset]:
    """The tables of a trial as SDTM domains; written as version 5 transport files when a folder is given.

    Parameters
    ----------
    trial : Trial
        The tables as its checks typed them: cells with an error are missing.
    folder : str or path, optional
        Where ``dm.xpt``, ``lb.xpt`` ... go; made if it is not there.
    study : str
        STUDYID.
    mapping : path, TOML text or mapping, optional
        As in :func:`from_sdtm`.
    treatment : str
        EXTRT of the cells.
    instruments : {"QS", "RS"}
        Domain of the lupus instruments: questionnaires, or clinical classifications.

    Returns
    -------
    dict of str to Dataset
        DM, EX, SV, LB, IS, VS, QS or RS, AE, CM, DS and supplements, those that have rows. Dates keep their precision. Codes of
        the lupus instruments, the 97 items of BILAG-2004 included, are conventions of this package; whether a measured item
        is due to lupus is the supplemental qualifier DUESLE.

    Raises
    ------
    OptionError
        An empty ``study``, another domain for the instruments.
    DataError
        A text that a transport file cannot hold.

    Examples
    --------
    >>> import mscsle as ms
    >>> domains = ms.io.to_sdtm(ms.load("gu2014", library="numpy"), study="GU2014")
    >>> [name for name in domains]
    ['DM', 'SUPPDM', 'EX', 'SUPPEX', 'SV', 'LB', 'QS', 'AE', 'CM', 'DS']
    >>> lb = domains["LB"].values
    >>> lb["LBTESTCD"][0], lb["LBSTRESN"].tolist()[0], lb["LBSTRESU"][0]
    ('CREAT', 98.0, 'umol/L')
    """
    if not study:
        raise OptionError("`study` must name the study (STUDYID)")
    if instruments not in ("QS", "RS"):
        raise OptionError(f"unknown domain `{instruments}` of the instruments; use `QS` or `RS`")
    made = _Domains(trial, study, read_mapping(mapping), treatment)
    made.instruments = instruments
    out = made.all()
    if folder is not None:
        from mscsle.io.xport import write_xport

        target = Path(folder)
        target.mkdir(parents=True, exist_ok=True)
        for name, dataset in out.items():
            write_xport(dataset, target / f"{name.lower()}.xpt")
    return out


class _Domains:
    def __init__(self, trial: Trial, study: str, used: Mapping[str, Any], treatment: str) -> None:
        self.trial = trial
        self.study = study
        self.used = used
        self.treatment = treatment
        self.instruments = "QS"
        self.supplement: dict[str, list[tuple[str, str, str, str, str, str]]] = {}

    def table(self, name: str) -> Columns:
        return typed(self.trial, name) if name in self.trial.tables else Columns({"usubjid": []}, name)

    def all(self) -> dict[str, Dataset]:
        parts: dict[str, Mapping[str, Any]] = {"DM": self.dm()}
        parts["EX"] = self.ex()
        parts["SV"] = self.sv()
        parts["LB"], parts["IS"] = self.labs()
        parts["VS"] = self.vs()
        parts[self.instruments] = self.questionnaires()
        parts["AE"] = self.ae()
        parts["CM"] = self.cm()
        parts["DS"] = self.ds()
        out: dict[str, Dataset] = {}
        for name, columns in parts.items():
            if len(columns["USUBJID"]) or _TABLES.get(name) in self.trial.tables:
                out[name] = self.dataset(name, columns)
            rows = self.supplement.get(name)
            if rows:
                out[f"SUPP{name}"] = self.dataset(f"SUPP{name}", self.qualifiers(name, rows))
        return out

    def dataset(self, name: str, columns: Mapping[str, Any]) -> Dataset:
        n = len(columns["USUBJID"])
        first: dict[str, Any] = {"STUDYID": [self.study] * n}
        if not name.startswith("SUPP"):
            first["DOMAIN"] = [name] * n
        values = first | {c: v for c, v in columns.items() if c in ("USUBJID", "IDVAR", "IDVARVAL") or not _empty(v)}
        return Dataset(
            name=name,
            label=_LABELS[name],
            values=values,
            labels={c: _VARIABLES.get(c) or _SUFFIXES.get(c[2:], c) for c in values},
            types={c: "number" if isinstance(v, np.ndarray) else "text" for c, v in values.items()},
            library=self.trial.library,
        )

    def qualify(self, domain: str, subject: str, sequence: float | None, name: str, label: str, value: Any) -> None:
        text = _text(value)
        if text is not None:
            by, number = ("", "") if sequence is None else (f"{domain}SEQ", f"{sequence:.0f}")
            self.supplement.setdefault(domain, []).append((subject, by, number, name, label, text))

    def qualifiers(self, domain: str, rows: Sequence[tuple[str, str, str, str, str, str]]) -> dict[str, Any]:
        names = ("USUBJID", "IDVAR", "IDVARVAL", "QNAM", "QLABEL", "QVAL")
        out: dict[str, Any] = {"RDOMAIN": [domain] * len(rows)}
        out |= {name: [row[i] or None for row in rows] for i, name in enumerate(names)}
        out["QORIG"] = ["CRF"] * len(rows)
        return out

    def dm(self) -> dict[str, Any]:
        table = self.table("subjects")
        ids = table.texts("usubjid")
        rows = [r for r, s in enumerate(ids) if s is not None]
        status = self.table("status")
        death = dict(zip(status.texts("usubjid"), status.texts("death_date"), strict=True))
        last = dict(zip(status.texts("usubjid"), status.texts("last_contact_date"), strict=True))
        infusions = self.table("infusions")
        start: dict[str | None, str] = {}
        for subject, day in zip(infusions.texts("usubjid"), infusions.texts("date"), strict=True):
            if day is not None and (subject not in start or day < start[subject]):
                start[subject] = day
        more = (
            ("ITT", "Intent-to-Treat Population", "itt"),
            ("SAFETY", "Safety Population", "safety"),
            ("PPROT", "Per-Protocol Population", "per_protocol"),
            ("SYNTH", "Generated Subject", "synthetic"),
        )
        for row in rows:
            subject = ids[row] or ""
            for name, label, column in more:
                word = {"1": "Y", "0": "N"}.get(table.texts(column)[row] or "")
                self.qualify("DM", subject, None, name, label, word)
            self.qualify("DM", subject, None, "STRATUM", "Stratum", table.texts("stratum")[row])
            months = table.texts("disease_duration_months")[row]
            self.qualify("DM", subject, None, "DURDIS", "Duration of Disease (Months)", months)
        age = table.optional_numbers("age")[rows]
        arms = _at(table.texts("arm"), rows)
        return {
            "USUBJID": _at(ids, rows),
            "SUBJID": [(s or "").removeprefix(f"{self.study}-") for s in _at(ids, rows)],
            "RFSTDTC": [start.get(ids[r]) for r in rows],
            "RFICDTC": _at(table.texts("enrolled_date"), rows),
            "RFPENDTC": [last.get(ids[r]) for r in rows],
            "DTHDTC": [death.get(ids[r]) for r in rows],
            "DTHFL": ["Y" if death.get(ids[r]) else None for r in rows],
            "SITEID": _at(table.texts("centre"), rows),
            "BRTHDTC": _at(table.texts("birth_date"), rows),
            "AGE": age,
            "AGEU": [None if np.isnan(a) else "YEARS" for a in age.tolist()],
            "SEX": _at(table.texts("sex"), rows),
            "RACE": _at(table.texts("race"), rows),
            "ARMCD": [None if a is None else "".join(c for c in a.upper() if c.isalnum())[:20] for a in arms],
            "ARM": arms,
        }

    def ex(self) -> dict[str, Any]:
        table, ids, rows, sequence = self._rows("infusions")
        start, clock = table.texts("date"), table.texts("start_time")
        per_kg, total = table.optional_numbers("cells_per_kg"), table.optional_numbers("total_cells")
        dose, unit = [], []
        for i, row in enumerate(rows):
            by_weight = not np.isnan(per_kg[row])
            amount = per_kg[row] if by_weight else total[row]
            dose.append(float(amount) / 1e6)
            unit.append(None if np.isnan(amount) else "10^6/kg" if by_weight else "10^6")
            subject, number = ids[row] or "", sequence[i]
            for name, label, column in (
                ("SOURCE", "Source of the Cells", "source"),
                ("COURSE", "Course", "course"),
                ("DONOR", "Donor", "donor"),
                ("WEIGHT", "Weight Used for Dosing (kg)", "weight_kg"),
                ("TOTCELLS", "Cells Infused", "total_cells"),
            ):
                self.qualify("EX", subject, number, name, label, table.texts(column)[row])
        return {
            "USUBJID": _at(ids, rows),
            "EXSEQ": sequence,
            "EXTRT": [self.treatment] * len(rows),
            "EXDOSE": np.asarray(dose, dtype=np.float64),
            "EXDOSU": unit,
            "EXROUTE": [None if v is None else v.upper() for v in _at(table.texts("route"), rows)],
            "EXLOT": _at(table.texts("lot"), rows),
            "EXSTDTC": [f"{start[r]}T{clock[r]}" if clock[r] and len(start[r] or "") == 10 else start[r] for r in rows],
        }

    def sv(self) -> dict[str, Any]:
        table, ids, rows, _ = self._rows("visits")
        labels = table.texts("visit")
        return {
            "USUBJID": _at(ids, rows),
            "VISITNUM": np.asarray([self.visit_number(labels[r]) for r in rows], dtype=np.float64),
            "VISIT": _at(labels, rows),
            "SVSTDTC": _at(table.texts("date"), rows),
        }

    def visit_number(self, label: str | None) -> float:
        """The visits in the order of their planned months, then the others as they come."""
        if not hasattr(self, "_numbers"):
            table = self.table("visits")
            months: dict[str, float] = {}
            for visit, month in zip(
                table.texts("visit"), table.optional_numbers("planned_month").tolist(), strict=True
            ):
                if visit is not None and (visit not in months or np.isnan(months[visit])):
                    months[visit] = month
            order = sorted(months, key=lambda v: (np.isnan(months[v]), months[v] if not np.isnan(months[v]) else 0.0))
            self._numbers = {visit: float(i) for i, visit in enumerate(order, 1)}
        return self._numbers.get(label or "", float("nan"))

    def labs(self) -> tuple[dict[str, Any], dict[str, Any]]:
        table, ids, rows, sequence = self._rows("labs")
        codes = lab_codes(self.used)
        tests, values, unit = table.texts("test"), table.texts("value"), table.texts("unit")
        cdisc = {str(u["ours"]): str(u["cdisc"]) for u in reversed(self.used["unit"])}
        out: list[dict[str, Any]] = []
        columns = {c: table.texts(c) for c in ("visit", "date", "specimen", "method", "due_to_sle")}
        low, high = table.optional_numbers("lln"), table.optional_numbers("uln")
        number_of = dict(zip(rows, sequence.tolist(), strict=True))
        parts: dict[str, list[int]] = {"LB": [], "IS": []}
        for row in rows:
            known = codes.get(tests[row] or "")
            parts["IS" if known is not None and known["domain"] == "IS" else "LB"].append(row)
        for domain, chosen in parts.items():
            known_rows = [codes.get(tests[r] or "", {}) for r in chosen]
            numbers = np.asarray([_number(values[r]) for r in chosen], dtype=np.float64)
            units = [None if (u := unit[r]) is None else cdisc.get(u, u) for r in chosen]
            part: dict[str, Any] = {
                "USUBJID": _at(ids, chosen),
                f"{domain}SEQ": np.asarray([number_of[r] for r in chosen], dtype=np.float64),
                f"{domain}TESTCD": [
                    k.get("code", (tests[r] or "").removeprefix(f"{domain}.").upper()[:8])
                    for r, k in zip(chosen, known_rows, strict=True)
                ],
                f"{domain}TEST": [k.get("name", tests[r]) for r, k in zip(chosen, known_rows, strict=True)],
                f"{domain}ORRES": _at(values, chosen),
                f"{domain}ORRESU": units,
                f"{domain}STRESC": _at(values, chosen),
                f"{domain}STRESN": numbers,
                f"{domain}STRESU": units,
                f"{domain}STNRLO": low[chosen],
                f"{domain}STNRHI": high[chosen],
                f"{domain}SPEC": [
                    self._specimen(columns["specimen"][r], k) for r, k in zip(chosen, known_rows, strict=True)
                ],
                f"{domain}METHOD": _at(columns["method"], chosen),
                "VISIT": _at(columns["visit"], chosen),
                f"{domain}DTC": _at(columns["date"], chosen),
            }
            if domain == "IS":
                part["ISBDAGNT"] = [k.get("agent") for k in known_rows]
            out.append(part)
            for row in chosen:
                word = {"1": "Y", "0": "N"}.get(columns["due_to_sle"][row] or "")
                self.qualify(domain, ids[row] or "", number_of[row], "DUESLE", "Due to Active Lupus", word)
        return out[0], out[1]

    def _specimen(self, given: str | None, known: Mapping[str, Any]) -> str | None:
        """The specimen as given where the mapping can read it, otherwise that of the test."""
        words = {w for listed in self.used["specimen"].values() for w in listed}
        if given is not None and given.upper() in words:
            return given.upper()
        written = known.get("written")
        return str(written) if written else None if given is None else given.upper()

    def vs(self) -> dict[str, Any]:
        table, ids, rows, _ = self._rows("vitals")
        visits, dates = table.texts("visit"), table.texts("date")
        out: dict[str, list[Any]] = {
            c: []
            for c in ("USUBJID", "VSTESTCD", "VSTEST", "VSORRES", "VSORRESU", "VSSTRESN", "VSSTRESU", "VISIT", "VSDTC")
        }
        for row in rows:
            for what in self.used["vital"]:
                value = table.optional_numbers(what["column"])[row]
                if np.isnan(value):
                    continue
                cells = (ids[row], what["code"], what["name"], _text(value), what["unit"], float(value), what["unit"], visits[row], dates[row])  # fmt: skip
                for column, cell in zip(out.values(), cells, strict=True):
                    column.append(cell)
        return self._numbered("VS", out)

    def questionnaires(self) -> dict[str, Any]:
        """The instruments in QS or RS."""
        domain = self.instruments
        names = ("TESTCD", "TEST", "CAT", "ORRES", "ORRESU", "STRESC", "STRESN", "STRESU")
        out: dict[str, list[Any]] = {c: [] for c in ("USUBJID", *(domain + n for n in names), "VISIT", f"{domain}DTC")}
        due: list[tuple[int, str]] = []

        def add(
            subject: str | None,
            code: str,
            name: str,
            category: str,
            text: str | None,
            visit: str | None,
            day: str | None,
            unit: str | None = None,
            due_to_sle: str | None = None,
        ) -> None:
            if text is None:
                return
            cells = (subject, code, name[:40], category, text, unit, text, _number(text), unit, visit, day)
            for column, cell in zip(out.values(), cells, strict=True):
                column.append(cell)
            if due_to_sle is not None:
                due.append((len(out["USUBJID"]) - 1, due_to_sle))

        self._sledai(add)
        self._bilag(add)
        self._bilag_items(add)
        p, a = self.used["pga"], self.used["assessments"]
        table, ids, rows, _ = self._rows("pga")
        for row in rows:
            scale = table.texts("scale_max")[row]
            name = "Physician Global Assessment" + (f" (0-{scale})" if scale else "")
            when = (table.texts("visit")[row], table.texts("date")[row])
            add(ids[row], p["code"], name, p["category"], table.texts("value")[row], *when)
        table, ids, rows, _ = self._rows("assessments")
        codes = {v: k for k, v in a.items() if k != "category"}
        for row in rows:
            what = table.texts("what")[row] or ""
            code = codes.get(what, "".join(c for c in what.upper() if c.isalnum())[:8])
            when = (table.texts("visit")[row], table.texts("date")[row])
            add(ids[row], code, what, a["category"], table.texts("value")[row], *when)
        numbered = self._numbered(domain, out)
        for place, word in due:
            subject, number = out["USUBJID"][place], numbered[f"{domain}SEQ"][place]
            self.qualify(domain, subject, number, "DUESLE", "Due to Active Lupus", word)
        return numbered

    def _bilag_items(self, add: Any) -> None:
        """The items of BILAG-2004, one record each; flags as Y and N, measured ones with their unit."""
        used = self.used["bilag"]
        category = next(c for c, version in used["categories"].items() if version == "bilag-2004")
        code_of = {item: code for code, item in used["items"].items()}
        table, ids, rows, _ = self._rows("bilag_items")
        kinds = {item: kind for item, kind in bilag_columns().items() if item in table}
        columns = {item: table.texts(item) for item in kinds}
        due = {item: table.texts(f"{item}_due_to_sle") for item in kinds if f"{item}_due_to_sle" in table}
        visits, dates = table.texts("visit"), table.texts("date")
        yes_no = {"1": "Y", "0": "N"}
        for row in rows:
            for item, (kind, unit) in kinds.items():
                text = columns[item][row]
                word = yes_no.get(due[item][row] or "") if item in due else None
                add(
                    ids[row],
                    code_of[item],
                    item.replace("_", " ").capitalize(),
                    category,
                    yes_no.get(text or "") if kind == "flag" else text,
                    visits[row],
                    dates[row],
                    unit or None,
                    word,
                )

    def _sledai(self, add: Any) -> None:
        used = self.used["sledai"]
        category_of = {v: k for k, v in reversed(used["categories"].items())}
        table, ids, rows, _ = self._rows("sledai")
        columns = {c: table.texts(c) for c in (*used["items"].values(), "total", "version", "visit", "date")}
        for row in rows:
            category = category_of.get(columns["version"][row] or "sledai-2k", "SLEDAI-2K")
            when = (columns["visit"][row], columns["date"][row])
            for item, code in {item: code for code, item in used["items"].items()}.items():
                word = {"1": "Y", "0": "N"}.get(columns[item][row] or "")
                add(ids[row], code, item.replace("_", " ").capitalize(), category, word, *when)
            add(ids[row], used["total"], "Total", category, columns["total"][row], *when)

    def _bilag(self, add: Any) -> None:
        used = self.used["bilag"]
        category_of = {v: k for k, v in reversed(used["categories"].items())}
        code_of = {v: k for k, v in used["systems"].items()}
        table, ids, rows, _ = self._rows("bilag")
        columns = {c: table.texts(c) for c in ("version", "system", "grade", "visit", "date")}
        for row in rows:
            system = columns["system"][row] or ""
            if system in code_of:
                category = category_of.get(columns["version"][row] or "bilag-2004", "BILAG-2004")
                when = (columns["visit"][row], columns["date"][row])
                add(ids[row], code_of[system], system.capitalize(), category, columns["grade"][row], *when)

    def ae(self) -> dict[str, Any]:
        table, ids, rows, sequence = self._rows("adverse_events")
        yes_no = {"1": "Y", "0": "N"}
        terms = _at(table.texts("term"), rows)
        return {
            "USUBJID": _at(ids, rows),
            "AESEQ": sequence,
            "AETERM": terms,
            "AEDECOD": terms,
            "AEBODSYS": _at(table.texts("class"), rows),
            "AESER": [yes_no.get(v or "") for v in _at(table.texts("serious"), rows)],
            "AEREL": [yes_no.get(v or "") for v in _at(table.texts("related"), rows)],
            "AETOXGR": _at(table.texts("grade"), rows),
            "AEOUT": [None if v is None else v.upper() for v in _at(table.texts("outcome"), rows)],
            "AESTDTC": _at(table.texts("start_date"), rows),
            "AEENDTC": _at(table.texts("end_date"), rows),
        }

    def cm(self) -> dict[str, Any]:
        table, ids, rows, sequence = self._rows("medications")
        codes = {v: k for k, v in reversed(self.used["frequency"].items())}
        drugs = [None if v is None else v.upper() for v in _at(table.texts("drug"), rows)]
        return {
            "USUBJID": _at(ids, rows),
            "CMSEQ": sequence,
            "CMTRT": drugs,
            "CMDECOD": drugs,
            "CMINDC": [None if v is None else v.upper() for v in _at(table.texts("indication"), rows)],
            "CMDOSE": table.optional_numbers("dose")[rows],
            "CMDOSU": _at(table.texts("unit"), rows),
            "CMDOSFRQ": [None if v is None else codes.get(v, v) for v in _at(table.texts("frequency"), rows)],
            "CMROUTE": [None if v is None else v.upper() for v in _at(table.texts("route"), rows)],
            "CMSTDTC": _at(table.texts("start_date"), rows),
            "CMENDTC": _at(table.texts("end_date"), rows),
        }

    def ds(self) -> dict[str, Any]:
        table, ids, rows, _ = self._rows("status")
        names = ("death_date", "death_cause", "withdrawal_date", "withdrawal_reason", "completed_date")
        columns = {c: table.texts(c) for c in names}
        out: dict[str, list[Any]] = {c: [] for c in ("USUBJID", "DSTERM", "DSDECOD", "DSCAT", "DSSTDTC")}
        for row in rows:
            found = []
            if columns["completed_date"][row]:
                found.append(("COMPLETED", "COMPLETED", columns["completed_date"][row]))
            if columns["death_date"][row] or columns["death_cause"][row]:
                found.append((columns["death_cause"][row] or "DEATH", "DEATH", columns["death_date"][row]))
            if columns["withdrawal_date"][row] or columns["withdrawal_reason"][row]:
                reason = columns["withdrawal_reason"][row]
                word = (reason or "").upper()
                decoded = word if word in self.used["disposition"]["reasons"] else "OTHER"
                found.append((reason or "WITHDRAWAL", decoded, columns["withdrawal_date"][row]))
            for term, decoded, day in found:
                for column, cell in zip(out.values(), (ids[row], term, decoded, "DISPOSITION EVENT", day), strict=True):
                    column.append(cell)
        return self._numbered("DS", out)

    def _rows(self, name: str) -> tuple[Columns, list[str | None], list[int], Any]:
        """The table, its subjects, the rows that have one, and their numbers within the subject."""
        table = self.table(name)
        ids = table.texts("usubjid")
        rows, sequence, counted = [], [], dict[str, int]()
        for row, subject in enumerate(ids):
            counted[subject or ""] = counted.get(subject or "", 0) + 1
            if subject is not None:
                rows.append(row)
                sequence.append(counted[subject])
        return table, ids, rows, np.asarray(sequence, dtype=np.float64)

    def _numbered(self, domain: str, columns: Mapping[str, list[Any]]) -> dict[str, Any]:
        counted: dict[str, int] = {}
        sequence = []
        for subject in columns["USUBJID"]:
            counted[subject] = counted.get(subject, 0) + 1
            sequence.append(counted[subject])
        out: dict[str, Any] = {"USUBJID": columns["USUBJID"], f"{domain}SEQ": np.asarray(sequence, dtype=np.float64)}
        for name, values in columns.items():
            if name != "USUBJID":
                out[name] = np.asarray(values, dtype=np.float64) if name.endswith("STRESN") else values
        return out


def _at(values: Sequence[str | None], rows: Sequence[int]) -> list[str | None]:
    return [values[r] for r in rows]


def _number(text: str | None) -> float:
    try:
        return float("nan") if text is None else float(text)
    except ValueError:
        return float("nan")


def _text(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, float):
        return None if np.isnan(value) else f"{value:.15g}"
    return str(value)


def _empty(values: Any) -> bool:
    if isinstance(values, np.ndarray):
        return len(values) > 0 and bool(np.isnan(values).all())
    return len(values) > 0 and all(v is None for v in values)
