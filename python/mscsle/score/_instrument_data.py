"""What the catalogue of the instruments says that is not in the core; items and SLEDAI rules come from there."""

from __future__ import annotations

from typing import Any

from mscsle import _core

REFERENCES: dict[str, dict[str, Any]] = {
    "albrecht2005": {
        "text": "Albrecht J et al. J Invest Dermatol 2005;125:889-894",
        "doi": "10.1111/j.0022-202X.2005.23889.x",
    },
    "bombardier1992": {
        "text": "Bombardier C, Gladman DD, Urowitz MB, Caron D, Chang CH. Arthritis Rheum 1992;35:630-640",
        "doi": "10.1002/art.1780350606",
        "checked": True,
    },
    "buyon2005": {
        "text": "Buyon JP et al. Ann Intern Med 2005;142:953-962",
        "doi": "10.7326/0003-4819-142-12_Part_1-200506210-00004",
    },
    "cockcroft1976": {"text": "Cockcroft DW, Gault MH. Nephron 1976;16:31-41", "doi": "10.1159/000180580"},
    "ctcae5": {"text": "US National Cancer Institute, CTCAE version 5.0, 27 November 2017", "checked": True},
    "gladman1996": {
        "text": "Gladman D, Ginzler E, Goldsmith C et al. Arthritis Rheum 1996;39:363-369",
        "doi": "10.1002/art.1780390303",
        "checked": True,
    },
    "gladman2002": {
        "text": "Gladman DD, Ibanez D, Urowitz MB. J Rheumatol 2002;29:288-291",
        "checked": True,
    },
    "gordon2003": {"text": "Gordon C et al. Rheumatology 2003;42:1372-1379"},
    "hay1993": {"text": "Hay EM, Bacon PA, Gordon C et al. Q J Med 1993;86:447-458"},
    "inker2021": {"text": "Inker LA et al. N Engl J Med 2021;385:1737-1749", "doi": "10.1056/NEJMoa2102953"},
    "isenberg2005": {
        "text": "Isenberg DA et al. Rheumatology 2005;44:902-906",
        "doi": "10.1093/rheumatology/keh624",
    },
    "isenberg2011": {
        "text": "Isenberg DA, Allen E, Farewell V et al. Ann Rheum Dis 2011;70:54-59",
        "doi": "10.1136/ard.2010.132068",
        "checked": True,
    },
    "jesus2019": {
        "text": "Jesus D, Matos A, Henriques C et al. Ann Rheum Dis 2019;78:365-371",
        "doi": "10.1136/annrheumdis-2018-214502",
        "checked": True,
    },
    "jesus2021": {"text": "Jesus D et al. Ann Rheum Dis 2021;80:1568-1574", "doi": "10.1136/annrheumdis-2021-220363"},
    "lee2019": {
        "text": "Lee DW et al. Biol Blood Marrow Transplant 2019;25:625-638",
        "doi": "10.1016/j.bbmt.2018.12.758",
    },
    "levey2006": {"text": "Levey AS et al. Ann Intern Med 2006;145:247-254"},
    "levey2009": {"text": "Levey AS et al. Ann Intern Med 2009;150:604-612"},
    "ma2006": {"text": "Ma YC et al. J Am Soc Nephrol 2006;17:2937-2944", "doi": "10.1681/ASN.2006040368"},
    "petri2005": {
        "text": "Petri M, Kim MY, Kalunian KC et al. N Engl J Med 2005;353:2550-2558",
        "doi": "10.1056/NEJMoa051135",
        "checked": True,
    },
    "schwartz2009": {"text": "Schwartz GJ et al. J Am Soc Nephrol 2009;20:629-637", "doi": "10.1681/ASN.2008030287"},
    "sfi_revised": {"text": "Petri M et al., revised SELENA flare index (SFI-R); publication unverified"},
    "touma2010": {
        "text": "Touma Z et al. Lupus 2010;19:49-51",
        "doi": "10.1177/0961203309346505",
        "checked": True,
    },
    "yee2007": {
        "text": "Yee CS, Farewell V, Isenberg DA et al. Arthritis Rheum 2007;56:4113-4119",
        "doi": "10.1002/art.23130",
        "checked": True,
    },
    "yee2010": {
        "text": "Yee CS, Cresswell L, Farewell V et al. Rheumatology 2010;49:1665-1669",
        "doi": "10.1093/rheumatology/keq026",
        "checked": True,
    },
}

_SHARED = (
    "A any of {a} coded 2 to 4; B any of these coded 1, or any of {b} coded 2 to 4; C any of the latter coded 1{c}"
)

INSTRUMENTS: tuple[dict[str, Any], ...] = (
    {
        "id": "sledai",
        "name": "SLEDAI",
        "call": "ms.score.sledai",
        "version": "sledai-1992, selena, sledai-2k, sledai-2k-30, hybrid",
        "references": ("bombardier1992", "gladman2002", "touma2010", "buyon2005", "petri2005"),
        "range": "0 to 105",
        "bands": {
            "mosca": "0 none, 1-5 mild, 6-10 moderate, 11-19 high, >= 20 very high",
            "polachek": "0 remission, 1-4 low, 5-10 moderate, > 10 high",
            "bsr2018": "< 6 mild, 6-12 moderate, > 12 severe",
        },
        "rules": (
            ("total", "sum of the weights of the items present; the same weights in every version", "H"),
            ("clinical", "total without low complement and raised DNA binding, 0 to 101", "H"),
            ("proteinuria.1992", "in the versions 1992 and selena > 0.5 g/24 h counts only when new or risen by > 0.5 g", "H"),
            ("proteinuria.hybrid", "the hybrid version takes proteinuria as SLEDAI-2K does", "M"),
            ("upcr", "without 24-h protein the ratio > 0.5 g/g (or > 50 mg/mmol by name) stands in", "M"),
            ("missing", "no published rule; a missing item leaves the total open with bounds unless asked otherwise", "M"),
        ),
    },
    {
        "id": "bilag2004",
        "name": "BILAG-2004",
        "call": "ms.score.bilag2004",
        "version": "form of 1 September 2009",
        "references": ("isenberg2005", "yee2007"),
        "range": "A to E in each of nine systems",
        "bands": {"grades": "A severe, B moderate, C mild, D inactive but involved before, E never involved"},
        "rules": (
            ("constitutional", "A pyrexia 2 to 4 and two of the others 2 to 4; B either; C pyrexia 1 or any other above 0", "H"),
            ("mucocutaneous", _SHARED.format(a="items 5, 7, 9, 11, 13", b="6, 12, 14, 15", c=", or 8, 10, 16, 17, 18 above 0"), "M"),
            ("neuropsychiatric", _SHARED.format(a="items 19 to 29, 31, 36", b="30, 32 to 35, 37, 38", c=""), "M"),
            ("musculoskeletal", _SHARED.format(a="items 39, 41", b="40, 42", c=", or 43 above 0"), "H"),
            ("cardiorespiratory", _SHARED.format(a="items 45, 46, 47, 49 to 55", b="44, 48", c=""), "M"),
            ("gastrointestinal", _SHARED.format(a="items 56, 58, 61, 63, 64", b="57, 59, 60, 62", c=""), "H"),
            ("ophthalmic", _SHARED.format(a="items 65, 66, 69, 72, 74, 76, 77", b="67, 68, 70, 73", c=", or 71, 75 above 0"), "H"),
            ("renal.1", "24-h protein > 1 g, UPCR or ACR > 100 mg/mmol, not fallen by 25 %; or dipstick risen by 2 levels where nothing else was measured", "H"),
            ("renal.2", "accelerated hypertension", "H"),
            ("renal.3", "creatinine > 130 umol/L and > 130 % of previous; GFR < 80 and < 67 % of previous; or GFR < 50 after > 50 or not measured", "H"),
            ("renal.4", "active urinary sediment", "H"),
            ("renal.5", "histology of active nephritis within 3 months", "H"),
            ("renal.6", "nephrotic syndrome", "H"),
            ("renal.a", "A two of the criteria, one of them 1, 4 or 5", "H"),
            ("renal.b", "B one criterion; dipstick risen by 1 level to 2+; 24-h protein >= 0.5 g, UPCR or ACR >= 50 mg/mmol, not fallen by 25 %; creatinine > 130 umol/L and 115 to 130 % of previous", "H"),
            ("renal.c", "C dipstick >= 1+; 24-h protein > 0.25 g, UPCR or ACR > 25 mg/mmol; or blood pressure > 140/90 risen by 30/15 mmHg", "H"),
            ("renal.first_visit", "at a first visit only criteria that need no previous value can be met (`written`)", "M"),
            ("haematological", "A TTP 2 to 4, Hb < 8, neutrophils < 0.5, platelets < 25; B TTP 1, Hb < 9, neutrophils < 1, platelets < 50, haemolysis; C Hb < 11, neutrophils < 2, platelets < 150, lymphocytes < 1, Coombs positive", "M"),
            ("haematological.white_cells", "A < 0.5 or < 1, B < 1 or < 2, C < 4: two variants, bounds where they differ", "L"),
            ("nd", "not done is graded as not present and as worst case; the grade is given where both agree", "M"),
            ("d_e", "inactive: D when the system was ever A to D or is stated as involved before, else E", "H"),
        ),
    },
    {
        "id": "bilag-total",
        "name": "Numeric BILAG",
        "call": "ms.score.bilag_total",
        "version": "classic, bilag-2004",
        "references": ("yee2010", "hay1993"),
        "range": "0 to 72 (classic 9/3/1), 0 to 96 (classic 12/5/1), 0 to 108 (BILAG-2004)",
        "rules": (
            ("bilag2004-12-8-1-0", "A 12, B 8, C 1, D and E 0", "H"),
            ("classic-9-3-1-0", "A 9, B 3, C 1, D and E 0", "H"),
            ("classic-12-5-1-0", "A 12, B 5, C 1, D and E 0", "H"),
            ("missing", "a system without a letter leaves the total open with bounds", "M"),
        ),
    },
    {
        "id": "bilag-flare",
        "name": "BILAG-2004 flare",
        "call": "ms.score.bilag2004(...).flares",
        "version": "isenberg-2011, gordon-2003",
        "references": ("isenberg2011", "gordon2003"),
        "range": "none, mild, moderate, severe",
        "rules": (
            ("severe", "an A in any system due to items new or worse", "H"),
            ("moderate", "two or more B due to items new or worse", "H"),
            ("mild", "one B, or three or more C, due to items new or worse", "H"),
            ("items", "the item that gives the grade is coded 3 or 4; renal and haematological go by change of grade", "M"),
            ("gordon-2003", "a new A, or a B after C, D or E, in any system", "H"),
        ),
    },
    {
        "id": "pga",
        "name": "Physician global assessment",
        "call": "ms.score.pga",
        "version": "visual analogue scale 0 to 3",
        "references": ("petri2005",),
        "range": "0 to 3",
        "rules": (
            ("scale", "value x 3 / end of its scale", "H"),
            ("nrs", "a rating of 0 to 10 or 0 to 100 without anchors is rescaled with a note", "M"),
        ),
    },
    {
        "id": "sdi",
        "name": "SLICC/ACR damage index",
        "call": "ms.score.sdi",
        "version": "full-41, original-39",
        "references": ("gladman1996",),
        "range": "0 to 47 (full-41), 0 to 45 (original-39)",
        "rules": (
            ("sum", "sum of the points of the items; damage stays once scored", "H"),
            ("renal", "end-stage renal disease counts 3 and replaces GFR and proteinuria", "H"),
            ("falls", "a later value below an earlier one is a contradiction", "H"),
            ("versions", "the original form lacks pancreatic insufficiency and tendon rupture", "M"),
        ),
    },
    {
        "id": "clasi-activity",
        "name": "CLASI activity",
        "call": "ms.score.clasi_activity",
        "version": "2005",
        "references": ("albrecht2005",),
        "range": "0 to 70",
        "bands": {"states": "0-9 mild, 10-20 moderate, 21-70 severe"},
        "rules": (
            ("sum", "erythema 0-3 and scale 0-2 in 13 areas, mucous membrane 1, recent hair loss 1, alopecia 0-3", "H"),
            ("bands", "mild to 9, moderate to 20", "M"),
        ),
    },
    {
        "id": "clasi-damage",
        "name": "CLASI damage",
        "call": "ms.score.clasi_damage",
        "version": "2005",
        "references": ("albrecht2005",),
        "range": "0 to 56",
        "rules": (
            ("range", "dyspigmentation in 13 areas (doubled when it lasts 12 months), scarring 0-2 in 12, scalp 0 or 3-6", "M"),
        ),
    },
    {
        "id": "sle-das",
        "name": "SLE-DAS",
        "call": "ms.score.sle_das_state",
        "version": "state of a given total",
        "references": ("jesus2019", "jesus2021"),
        "range": "remission, mild, moderate or severe",
        "bands": {"states": "<= 2.08 remission, <= 7.64 mild, above moderate or severe"},
        "rules": (
            ("states", "cut-offs 2.08 and 7.64", "M"),
            ("formula", "not computed: its coefficients could not be verified; a total is needed", "L"),
        ),
    },
    {
        "id": "flare-index",
        "name": "SELENA-SLEDAI flare index",
        "call": "ms.score.flare_index",
        "version": "classic, modified",
        "references": ("buyon2005", "petri2005"),
        "range": "none, mild/moderate, severe",
        "rules": (
            ("sledai", "a rise of at least 3 is mild/moderate, to a total above 12 severe", "H"),
            ("pga", "a rise of at least 1 is mild/moderate, to above 2.5 severe", "H"),
            ("prednisone", "an increase is mild/moderate, to above 0.5 mg/kg/day severe", "H"),
            ("drugs", "new NSAID or hydroxychloroquine mild/moderate; new cyclophosphamide, azathioprine, methotrexate severe", "H"),
            ("hospitalisation", "for lupus: severe", "H"),
            ("above_12", "when the total was above 12 before: any rise (default), crossing 12, or a rise of 3", "M"),
            ("modified", "in the belimumab trials a total above 12 alone is not severe", "M"),
        ),
    },
    {
        "id": "revised-flare-index",
        "name": "Revised SELENA flare index",
        "call": "ms.score.revised_flare_index",
        "version": "from grades by organ",
        "references": ("sfi_revised",),
        "range": "none, mild, moderate, severe",
        "rules": (("highest", "the highest grade of the organs; no item rule is invented", "M"),),
    },
    {
        "id": "ctcae",
        "name": "CTCAE laboratory grades",
        "call": "ms.score.ctcae",
        "version": "5.0",
        "references": ("ctcae5",),
        "range": "0 to 4",
        "rules": (
            ("falling", "grade 1 below LLN; haemoglobin 100, 80 g/L; platelets 75, 50, 25; neutrophils 1.5, 1, 0.5; white cells 3, 2, 1; lymphocytes 0.8, 0.5, 0.2 x10^9/L", "H"),
            ("creatinine", "above ULN, 1.5, 3, 6 x ULN, or above 1.5 and 3 x baseline", "H"),
            ("liver", "ALT, AST above 1, 3, 5, 20 and bilirubin above 1, 1.5, 3, 10 x ULN; of an abnormal baseline its multiples", "H"),
            ("cpk", "above 1, 2.5, 5, 10 x ULN", "H"),
        ),
    },
    {
        "id": "infusion-reaction",
        "name": "Infusion related reaction",
        "call": "ms.score.infusion_reaction",
        "version": "CTCAE 5.0",
        "references": ("ctcae5",),
        "range": "grade 0 to 5",
        "rules": (("window", "onset within 24 h of the start of the infusion, by parameter", "M"), ("grade", "the highest grade described", "H")),
    },
    {
        "id": "crs",
        "name": "Cytokine release syndrome",
        "call": "ms.score.crs",
        "version": "ASTCT 2019",
        "references": ("lee2019",),
        "range": "grade 0 to 5",
        "rules": (
            ("fever", ">= 38 C, not required where steroids or anticytokines may mask it", "H"),
            ("worst", "the worse of hypotension and hypoxia", "H"),
        ),
    },
    {
        "id": "icans",
        "name": "Immune effector cell-associated neurotoxicity",
        "call": "ms.score.icans",
        "version": "ASTCT 2019",
        "references": ("lee2019",),
        "range": "grade 0 to 5",
        "rules": (("worst", "the worst of ICE score, consciousness, seizure, motor findings and oedema", "H"),),
    },
    {
        "id": "egfr",
        "name": "Estimated glomerular filtration rate",
        "call": "ms.score.egfr",
        "version": "ckd-epi-2021, ckd-epi-2009, mdrd-175, mdrd-186, c-agfr, cockcroft-gault, schwartz",
        "references": ("inker2021", "levey2009", "levey2006", "ma2006", "cockcroft1976", "schwartz2009"),
        "range": "mL/min/1.73 m2 (Cockcroft-Gault mL/min)",
        "rules": (
            ("equations", "as published; creatinine in mg/dL is umol/L / 88.4", "H"),
            ("age", "below 18 years `schwartz` only", "H"),
        ),
    },
)  # fmt: skip

_FORM_OF = {
    "pga": "pga",
    "sdi": "sdi",
    "clasi-activity": "clasi_activity",
    "clasi-damage": "clasi_damage",
    "sle-das": "sle_das_state",
    "flare-index": "flare_index",
    "revised-flare-index": "revised_flare_index",
    "crs": "crs",
    "icans": "icans",
    "infusion-reaction": "infusion_reaction",
}


def items(id: str) -> dict[str, str]:
    """Column to what it holds, from the core."""
    if id == "sledai":
        steps = _core.sledai_why([1] * 24, None, "sledai-2k", "strict", "mosca")
        meaning = {step[2]: step[4] for step in steps}
        return {i: f"{weight} points: {meaning[i]}" for i, _, weight in _core.sledai_items()}
    if id == "bilag2004":
        scale = {"clinical": "0 to 4", "yes_no": "Y/N"}
        return {
            item: f"{number}, {system}, {scale.get(kind, unit or 'level')}"
            for number, item, system, kind, unit in _core.bilag2004_items()
        }
    if id in _FORM_OF:
        from mscsle.score._forms import fields

        rows = fields(_FORM_OF[id])
        return {
            str(i): f"{scale}{f' up to {most}' if scale == 'points' else ''}: {meaning}"
            for i, scale, most, meaning in zip(*rows.values(), strict=True)
        }
    return {}


def derived_rules(id: str) -> list[tuple[str, str, str]]:
    """The rules that the core holds as data: the 24 items of SLEDAI-2K."""
    if id != "sledai":
        return []
    steps = _core.sledai_why([1] * 24, None, "sledai-2k", "strict", "mosca")
    ids = {i for i, _, _ in _core.sledai_items()}
    return [(step[2], step[4], step[1]) for step in steps if step[2] in ids]
