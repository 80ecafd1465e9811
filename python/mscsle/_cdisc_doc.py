"""The page on CDISC, its tables made from the mapping: ``python -m mscsle._cdisc_doc > docs/cdisc.md``."""

from __future__ import annotations

import sys

from mscsle._tables_doc import markdown_table
from mscsle.adam._adrs import parameters as endpoint_parameters
from mscsle.adam._checks import RULES
from mscsle.adam._table import required, variables
from mscsle.io.sdtm_mapping import mapping

__all__ = ["page"]

_INTRODUCTION = """\
# SDTM, ADaM and define.xml

<!-- Made by `make docs` from the mapping and the checks; edit `_cdisc_doc.py` or `io/sdtm.toml`, not this page. -->

From SDTM domains to a trial and back, from a trial to ADaM data sets with the source of every derived value, and a define.xml
held against the data. The mapping is data, listed below; a code, unit or word that it does not have is a finding, never a guess.

## From SDTM to a trial

```python
>>> import mscsle as ms
>>> dm = {"USUBJID": ["X-1", "X-2"], "SEX": ["F", "F"], "AGE": [31, 44], "AGEU": ["YEARS"] * 2, "ARM": ["MSC"] * 2}
>>> lb = {"USUBJID": ["X-1", "X-2", "X-2"], "LBTESTCD": ["PROTCRT", "PROTCRT", "CREATCLR"], "LBSPEC": ["URINE"] * 3,
...       "LBSTRESN": [2.1, 1800.0, 90.0], "LBSTRESU": ["g/g", "g/kg", "mL/min"], "VISIT": ["BASELINE"] * 3}
>>> trial = ms.io.from_sdtm({"DM": dm, "LB": lb}, visits={"BASELINE": ("M0", 0)})
>>> [str(t) for t in trial.tables["labs"]["test"]], [str(u) for u in trial.tables["labs"]["unit"]]
(['upcr', 'upcr', 'LB.CREATCLR'], ['g/g', 'mg/g', 'mL/min'])
>>> trial.findings.rule[0], trial.findings.message[0]
('unmapped_code', '`CREATCLR` of `LBTESTCD` is not in the mapping')

```

`from_sdtm("folder")` reads `dm.xpt`, `lb.json` ... in any format of `ms.read`. Values and limits come from the standard-unit
columns (`LBSTRESN`, `LBSTRESC`, `LBSTRESU`), where those are empty from the original ones. `VISIT` names the visits; `visits=`
renames them. `EX` rows are infusions (`treatments=` chooses by EXTRT); populations, stratum, duration of disease, source of the
cells and "due to lupus" are read from supplemental qualifiers (`ITT`, `SAFETY`, `PPROT`, `STRATUM`, `DURDIS`, `SOURCE`,
`DUESLE`). Other qualifiers, supplements and domains are not read; each is a finding.

**Anti-dsDNA** left LBTESTCD after 2015 and is now in IS with the binding agent; both places are read.
**Your own codes** go into a mapping of the same form, which is added and wins:

```python
>>> own = {"lab": [{"test": "upcr", "domain": "LB", "code": "UPCR", "confidence": "sponsor"}]}
>>> lb = {"USUBJID": ["X-1"], "LBTESTCD": ["UPCR"], "LBSTRESN": [2.1], "LBSTRESU": ["g/g"]}
>>> ms.io.from_sdtm({"DM": dm, "LB": lb}, mapping=own, library="numpy").tables["labs"]["test"].tolist()
['upcr']

```

And back, as version 5 transport files; dates keep their precision:

```python
>>> domains = ms.io.to_sdtm(ms.load("gu2014"), "sdtm", study="GU2014")
>>> [name for name in domains]
['DM', 'SUPPDM', 'EX', 'SUPPEX', 'SV', 'LB', 'QS', 'AE', 'CM', 'DS']
>>> ms.io.from_sdtm("sdtm").n_subjects
81

```

The lupus instruments, with the 97 items of BILAG-2004, go into QS, or into RS with `instruments="RS"`; both are read. Whether a
measured item or a laboratory value is due to lupus is the supplemental qualifier DUESLE. Left out on this way: the wording of a
specimen that SDTM does not have (`24-hour urine` becomes `URINE`; the test code says what it is).
"""

_ADAM = """\
## ADaM data sets

```python
>>> trial = ms.load("gu2014", library="numpy")
>>> adsl = ms.adam.adsl(trial, study="GU2014", date_imputation="first")
>>> adlb = ms.adam.adlb(trial, adsl=adsl, windows=ms.adam.WINDOWS, carry="LOCF",
...                     criteria=[ms.adam.criterion("PCHG", "le", -50)])
>>> adlb.check().counts["error"], adlb.write("adlb.xpt").name
(0, 'adlb.xpt')
>>> adrs = ms.adam.adrs(ms.endpoints.renal_response(trial), adsl=adsl)
>>> adtte = ms.adam.adtte(
...     adsl, paramcd="TTRESP", param="Time to First Renal Response",
...     events=[ms.adam.event(adrs, name="ADRS", date="ADT", description="Response",
...                           where={"PARAMCD": "GINZL05R", "AVALC": "Y"})],
...     censorings=[ms.adam.censoring(adsl, name="ADSL", date="LSTALVDT", description="Last known alive")],
... )
>>> adtte.n_rows, int((adtte.values["CNSR"] == 0).sum()), adtte.values["PARAM"][0]
(81, 49, 'Time to First Renal Response (Days)')

```

Or from the times of an endpoint themselves, with the record of ADRS that each date comes from:

```python
>>> renal = ms.endpoints.renal_response(trial)
>>> times = ms.adam.adtte_endpoint(
...     renal.time_to("first_remission"), adsl=adsl, source=ms.adam.adrs(renal, adsl=adsl),
...     paramcd="TTRESP", param="Time to First Renal Response",
... )
>>> {int(c): times.values["CNSR"].tolist().count(c) for c in sorted({*times.values["CNSR"].tolist()})}
{0: 49, 1: 28, 2: 4}
>>> row = times.values["CNSR"].tolist().index(2)
>>> [times.values[name][row] for name in ("EVNTDESC", "CNSDTDSC", "SRCDOM", "SRCVAR")]
['Death before the event', 'Death', 'ADSL', 'DTHDT']

```

| derivation | rule |
| --- | --- |
| partial dates | `first`, `middle` (day 15, 1 July) or `last`, always named; the flag (`ADTF`, `TRTSDTF` ...) is `D` when the day, `M` when month and day were imputed; an imputed date never leaves the known month or year |
| ABLFL, BASE | last value on or before the start of treatment (`TRTSDT`, day 0) |
| CHG, PCHG | records after the baseline record; PCHG is missing where BASE is 0 |
| AVISIT | by windows in days from `TRTSDT` (day 0), or the visit of the data; ANL01FL: nearest to the target, of two equally near the later |
| ADY | no day 0: the day of the start is 1 |
| DTYPE | `LOCF` last value before the window, baseline included; `WOCF` worst value after baseline; `BOCF` baseline; nothing past death |
| CRITy, CRITyFL | compared with 1e-9; the flag is missing where the variable is |
| ADTTE | earliest event of all sources (of equal dates the source given first), otherwise latest censoring; AVAL = ADT - STARTDT + 1 days, / 7 or / 30.4375; a date before the start is set to it and counted in `.method`; STARTDTF, ADTF: the flags of its sources (TRTSDTF of TRTSDT) |
| ADTTE of an endpoint | STARTDT is time zero, or the visit of the first response for its loss and for flares after it; ADT the visit, recorded event, death or last contact that ends the time; SRCDOM `ADRS` (with `source=`), otherwise `SV`; `ADSL` for deaths and last contacts; `CM`, `AE`, `EX`, `QS` for recorded events |
| CNSR | 0 is the event; each reason of censoring its own whole number > 0; of an endpoint 1 last determined visit or last contact, 2 death before the event (`death="event"` makes it one), 3 no determined visit after the start |
| EOSSTT | `COMPLETED` after the `completed_date` of `status` (DS: `COMPLETED` of the study, not of the treatment) or, when named, the visit `completed_visit=`; `DISCONTINUED` after death or withdrawal; the first of them counts, of one day completion; otherwise `ONGOING`. EOSDT is its day; DCSREAS only of the discontinued |
| traceability | SRCDOM, SRCVAR, SRCSEQ of each ADTTE and ADLB record |

The ADTTE of the CDISC pilot study, derived from its ADAE and ADSL, equals the published file in AVAL, STARTDT, ADT, CNSR,
EVNTDESC, SRCDOM, SRCVAR and SRCSEQ of all 254 rows, 152 of them events (tests/python/test_adam.py).

| ours | R (admiral) | SAS |
| --- | --- | --- |
| `ms.adam.impute_dates(x, rule="first")` | `derive_vars_dt(highest_imputation = "M")` | macro |
| `ms.adam.bds(..., windows=, carry="LOCF")` | `derive_var_base`, `derive_var_chg`, `derive_locf_records` | macro |
| `ms.adam.adtte(events=, censorings=)` | `derive_param_tte(event_conditions, censor_conditions)` | macro |
| `ms.adam.adtte_endpoint(renal.time_to("flare"), ...)` | | |
| `ms.adam.event`, `ms.adam.censoring` | `event_source()`, `censor_source()` | |
| `dataset.write("adtte.xpt")` | `xportr_write()` | `PROC COPY` to `XPORT` |
"""

_DEFINE = """\
## define.xml

```python
>>> text = '''<ODM xmlns:def="http://www.cdisc.org/ns/def/v2.1"><Study OID="S"><GlobalVariables><StudyName>S</StudyName>
... </GlobalVariables><MetaDataVersion OID="M" Name="m" def:DefineVersion="2.1.0"><ItemGroupDef OID="IG.DM" Name="DM">
... <Description><TranslatedText>Demographics</TranslatedText></Description>
... <ItemRef ItemOID="IT.USUBJID" Mandatory="Yes" KeySequence="1"/><ItemRef ItemOID="IT.SEX" Mandatory="No"/></ItemGroupDef>
... <ItemDef OID="IT.USUBJID" Name="USUBJID" DataType="text" Length="3"><Description><TranslatedText>Subject</TranslatedText>
... </Description></ItemDef><ItemDef OID="IT.SEX" Name="SEX" DataType="text" Length="1"><CodeListRef CodeListOID="CL.SEX"/>
... </ItemDef><CodeList OID="CL.SEX" Name="Sex" DataType="text"><EnumeratedItem CodedValue="F"/></CodeList>
... </MetaDataVersion></Study></ODM>'''
>>> from pathlib import Path
>>> _ = Path("define.xml").write_text(text)
>>> define = ms.io.read_define("define.xml")
>>> frame = {"USUBJID": ["X-1", "X-1"], "SEX": ["F", "X"]}
>>> define.apply(frame, "DM").labels["USUBJID"], define.check(frame, "DM").rule
('Subject', ['not_in_codelist', 'duplicate_key'])

```

Labels, display formats, lengths, code lists with their decodes, mandatory values and key order of versions 1.0, 2.0 and 2.1 are
read, and value-level metadata: what a variable is in the rows of a where clause. `define.value_level` has a row for each clause;
`define.dataset("ADCIBC").variable("AVAL").values` has them for one variable, `value.rows(frame)` the rows they are about.
`define.check` holds these rows against them; clauses over another data set, and the value lists of version 1.0 (which say no more
than a code), are read and not checked. A document type or an entity is refused, and so are a definition that is there twice and a
reference to what is not defined, with the line.

| ours | R | SAS |
| --- | --- | --- |
| `ms.io.read_define(path)` | `metacore::define_to_metacore()` | `PROC CDISC`, Clinical Standards Toolkit |
| `define.value_level` | `metacore$value_spec` | value-level sheet |
| `define.apply(frame, "ADSL")` | `metatools`, `xportr_label()`, `xportr_format()` | `ATTRIB` |
| `define.check(frame, "ADSL")` | `metatools::check_variables()`, `check_ct_data()` | |
"""


def page() -> str:
    """The page as Markdown."""
    used = mapping()
    parts = [_INTRODUCTION]
    parts.append(
        "### Laboratory codes\n\n"
        f"{used['terminology']['release']}. Confidence H: in that terminology (ADSDNA: release 2015-12). "
        "The first row of a test is the one that is written. A code of two meanings "
        "needs its specimen.\n\n"
        + markdown_table(
            ("domain", "code", "name", "C-code", "specimen", "test of `labs`", "confidence"),
            (
                (
                    row["domain"],
                    f"`{row['code']}`" + (f" with {row['agent']}" if "agent" in row else ""),
                    row["name"],
                    row.get("ccode", ""),
                    row.get("specimen", "any"),
                    f"`{row['test']}`",
                    row["confidence"],
                )
                for row in used["lab"]
            ),
        )
    )
    parts.append(
        "### Units\n\nUnits of UNIT that the catalogue of laboratory tests spells otherwise; the others are read as they stand and "
        "checked against the test.\n\n"
        + markdown_table(
            ("UNIT", "C-code", "unit of `labs`"),
            ((f"`{u['cdisc']}`", u.get("ccode", ""), f"`{u['ours']}`") for u in used["unit"]),
        )
        + "\nDoses of cells (EXDOSU) and vital signs (VSTESTCD):\n\n"
        + markdown_table(
            ("domain", "code or unit", "column", "factor or unit"),
            [
                *(("EX", f"`{d['unit']}`", f"`{d['column']}`", f"{d['factor']:g}") for d in used["dose"]),
                *(("VS", f"`{v['code']}`", f"`{v['column']}`", v["unit"]) for v in used["vital"]),
            ],
        )
    )
    codes = [
        *((code, f"SLEDAI, item `{item}`") for code, item in used["sledai"]["items"].items()),
        (used["sledai"]["total"], "SLEDAI, total"),
        *((code, f"BILAG, system `{system}`") for code, system in used["bilag"]["systems"].items()),
        *((code, f"BILAG-2004, item `{item}`") for code, item in used["bilag"]["items"].items()),
        (used["pga"]["code"], "physician global assessment; its scale stands in QSTEST"),
        *((code, f"recorded assessment `{what}`") for code, what in used["assessments"].items() if code != "category"),
    ]
    parts.append(
        "### Lupus instruments: mscsle convention, not CDISC\n\n"
        "SLEDAI, BILAG and PGA are in no CDISC terminology of that release. These QSTESTCD (RSTESTCD) are conventions of this "
        "package; a sponsor's own replace them through `mapping=`. QSCAT (RSCAT): "
        + ", ".join(f"`{c}`" for c in (*used["sledai"]["categories"], *used["bilag"]["categories"]))
        + f", `{used['pga']['category']}`, `{used['assessments']['category']}`.\n\n"
        + markdown_table(("QSTESTCD or RSTESTCD", "what"), ((f"`{c}`", w) for c, w in codes))
        + "\nPARAMCD of laboratory tests that is not the code: "
        + ", ".join(f"`{code}` ({test})" for test, code in used["paramcd"].items())
        + ".\n"
    )
    parts.append(
        "### Words\n\nCMDOSFRQ: FREQ (C71113) of that release with its synonyms; the first word of a meaning is written. A word "
        "that is not here is a finding. DSDECOD of a withdrawal is its reason where NCOMPLT (C66727) has it, otherwise `OTHER`.\n\n"
        + markdown_table(
            ("variable", "word", "meaning"),
            [
                *(("CMDOSFRQ", f"`{w}`", m) for w, m in used["frequency"].items()),
                *(("AEREL", f"`{w}`", "related") for w in used["related"]["yes"]),
                *(("AEREL", f"`{w}`", "not related") for w in used["related"]["no"]),
            ],
        )
    )
    parts.append(_ADAM)
    parts.append(
        "### Parameters of endpoints: mscsle convention, not CDISC\n\n"
        "`ms.adam.adrs` uses these PARAMCD and PARAM, unless `paramcd` and `param` are given; PARAM has the id of the definition "
        "and its changed parameters in brackets. A definition of your own needs both. Where a response has several states, a "
        "second PARAMCD with `R` added says `Y` or `N`.\n\n"
        + markdown_table(
            ("definition", "kind", "PARAMCD", "PARAM"),
            (
                (f"`{id_}`", kind, f"`{row['code']}`", row["name"])
                for kind, of in endpoint_parameters().items()
                for id_, row in of.items()
            ),
        )
    )
    parts.append(
        "### Checks\n\n`dataset.check()` and `ms.adam.check(frame, structure=...)`; a data set with an error is not written.\n\n"
        + markdown_table(("rule", "severity", "finds"), ((f"`{r}`", s, m) for r, (s, m) in RULES.items()))
        + "\n"
        + markdown_table(
            ("structure", "required variables"),
            ((s, ", ".join(f"`{v}`" for v in required(s))) for s in ("ADSL", "BDS", "TTE")),
        )
    )
    parts.append(
        "### Variables\n\n"
        + markdown_table(("variable", "label"), ((f"`{n}`", v["label"]) for n, v in variables().items()))
    )
    parts.append(_DEFINE)
    return "\n".join(parts)


if __name__ == "__main__":
    sys.stdout.write(page())
