"""The sixty worked vectors of the instruments and the scoring vectors TV-nn, one table: id, input, expected result.

Unlisted items are absent; an unlisted history is "involved before", so nothing active is D. Vectors 44 to 48 test the
haematology table of BILAG-2004, which could not be verified against its publication.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import mscsle as ms
from mscsle import _core

SLEDAI = [item for item, _, _ in _core.sledai_items()]
BILAG = {number: (item, system, kind) for number, item, system, kind, _ in _core.bilag2004_items()}
SYSTEMS = tuple(dict.fromkeys(system for _, system, _ in BILAG.values()))


def _none(value: Any) -> Any:
    return None if value is None or value != value else value


def sledai(present: str, missing: str = "", policy: str = "strict") -> tuple[Any, ...]:
    """Total, clinical total, bounds, band of Mosca, band of Polachek."""
    words = SLEDAI if present == "all" else present.split()
    data = {item: [None if item in missing.split() else item in words] for item in SLEDAI}
    by = [ms.score.sledai(data, missing=policy, bands=bands) for bands in ("mosca", "polachek")]
    s = by[0]
    bounds = (int(s.lower[0]), int(s.upper[0]))
    return (_none(s.total[0]), _none(s.clinical[0]), bounds, s.band[0], by[1].band[0])


def derived(item: str, versions: str = "sledai-2k", **labs: Any) -> list[Any]:
    """The suggestion by each version: 1 present, 0 absent, None not derivable."""
    columns = {name: np.array([np.nan if x is None else x], dtype=float) for name, x in labs.items()}
    found = [
        ms.score.sledai_items_from_labs(columns, version=version, attribution="assume").items[item][0]
        for version in versions.split()
    ]
    return [_none(x) for x in found]


def _visits(visits: list[dict[Any, Any]], involved: bool) -> Any:
    """Grades of visits given as item number (or name) to code."""
    data: dict[str, Any] = {"usubjid": ["1"] * len(visits), "date": [30.0 * k for k in range(len(visits))]}
    for number, (item, _, kind) in BILAG.items():
        values = [visit.get(number, visit.get(item, None if kind == "value" else 0)) for visit in visits]
        data[item] = np.array(values, dtype=float) if kind == "value" else values
    data |= {f"involved_{s}": [involved] * len(visits) for s in SYSTEMS}
    return data


def bilag(system: str, *visits: dict[Any, Any], involved: bool = True, **options: Any) -> str | None:
    """The letter of a system at the last visit."""
    data = _visits(list(visits), involved)
    grades = ms.score.bilag2004(data, missing="absent", involved={s: f"involved_{s}" for s in SYSTEMS}, **options)
    return grades.grade(system)[-1]  # type: ignore[no-any-return]


def haematology(**items: Any) -> Any:
    """Letter and bounds of the haematological system."""
    normal = {"haemoglobin_g_dl": 13, "white_cells": 5, "neutrophils": 3, "lymphocytes": 2, "platelets": 200}
    data = _visits([normal | items], True)
    grades = ms.score.bilag2004(data, missing="absent", involved={s: f"involved_{s}" for s in SYSTEMS})
    g, at = grades._grades, SYSTEMS.index("haematological")
    mildest, severest = ("ABCDE"[g[name][at][0]] for name in ("mildest", "severest"))
    letter = grades.grade("haematological")[0]
    return (
        letter if mildest == severest else (letter, mildest, severest, "bilag_wcc_cutoffs_unverified" in grades.notes)
    )


def numeric(letters: str, coding: str, version: str) -> tuple[Any, ...]:
    """Total and numbers of A, B and C."""
    systems = _core.bilag_systems(version)
    data = {
        "usubjid": ["1"] * len(letters),
        "visit": ["M0"] * len(letters),
        "version": [version] * len(letters),
        "system": systems,
        "grade": list(letters),
    }
    columns = ms.score.bilag_total(data, coding=coding, version=version).columns()
    return (int(columns["total"][0]), *(int(columns[name][0]) for name in ("n_a", "n_b", "n_c")))


def classic_on_2004(letters: str, coding: str) -> int:
    """A classic coding on BILAG-2004 letters, as some trials do: the sum of the points of each letter."""
    data = {"usubjid": ["1"] * 9, "system": ["renal"] * 9, "visit": [f"V{i}" for i in range(9)], "grade": list(letters)}
    return int(ms.score.bilag_total(data, coding=coding, systems=["renal"]).total.sum())


def flare_index(**values: float) -> str:
    """Class of the SELENA-SLEDAI flare index."""
    return str(ms.score.flare_index({name: [x] for name, x in values.items()}).label[0])


def flare_of_change(before: str, after: str) -> str:
    """Flare by change of the letters of the first systems; all others stay D."""
    data = _visits([{}, {}], True)
    for k, system in enumerate(SYSTEMS):
        data[f"grade_{system}"] = [before[k], after[k]] if k < len(before) else ["D", "D"]
    grades = ms.score.bilag2004(data, missing="absent", grades={s: f"grade_{s}" for s in SYSTEMS})
    return str(grades.flares(basis="grade-change")["flare"][1])


def flare_of_items(**items: int) -> str:
    """Flare by items that are new or worse at the second visit."""
    data = _visits([{}, {int(name[1:]): code for name, code in items.items()}], True)
    grades = ms.score.bilag2004(data, missing="absent", involved={s: f"involved_{s}" for s in SYSTEMS})
    return str(grades.flares()["flare"][1])


def form(name: str, **values: float) -> Any:
    """Value and label of a form of which all other fields are 0."""
    fields = dict(zip(*(ms.score.fields(name)[k] for k in ("field", "scale")), strict=True))
    found = getattr(ms.score, name)({field: [values.get(str(field), 0)] for field in fields})
    return (round(float(found.value[0]), 9), found.label[0]) if found.labels else round(float(found.value[0]), 9)


def state(total: float) -> str:
    """State of the SLE-DAS."""
    return str(ms.score.sle_das_state({"total": [total]}).label[0])


ALL3 = "sledai-2k sledai-1992 selena"

#: Id, run, expected: in the order of the specification, one line for each part of a vector.
VECTORS: list[tuple[int, Callable[[], Any], Any]] = [
    (1, lambda: sledai(""), (0, 0, (0, 0), "none", "remission")),
    (2, lambda: sledai("all"), (105, 101, (105, 105), "very high", "high")),
    (3, lambda: sledai("arthritis rash low_complement increased_dna_binding"), (10, 6, (10, 10), "moderate", "moderate")),
    (4, lambda: sledai("proteinuria haematuria low_complement increased_dna_binding thrombocytopenia"), (13, 9, (13, 13), "high", "high")),
    (5, lambda: sledai("seizure vasculitis fever leukopenia"), (18, 18, (18, 18), "high", "high")),
    (5, lambda: sledai("seizure vasculitis fever leukopenia alopecia"), (20, 20, (20, 20), "very high", "high")),
    (6, lambda: sledai("low_complement increased_dna_binding"), (4, 0, (4, 4), "mild", "low")),
    (7, lambda: sledai("arthritis", "low_complement"), (None, 4, (4, 6), None, None)),
    (7, lambda: sledai("arthritis", "low_complement", "absent")[:3], (4, 4, (4, 6))),
    (8, lambda: [derived("thrombocytopenia", platelets=x) for x in (99.9, 100)], [[1], [0]]),
    (9, lambda: [derived("leukopenia", leucocytes=x) for x in (2.9, 3.0)], [[1], [0]]),
    (9, lambda: [derived("haematuria", urine_rbc=x) for x in (6, 5)], [[1], [0]]),
    (9, lambda: [derived("pyuria", urine_wbc=x) for x in (6, 5)], [[1], [0]]),
    (9, lambda: [derived("fever", temperature=x) for x in (38.1, 38.0)], [[1], [0]]),
    (10, lambda: derived("low_complement", c3=0.9, c3_lln=0.9, c4=0.09, c4_lln=0.1), [1]),
    (10, lambda: sledai("low_complement")[0], 2),
    (11, lambda: derived("proteinuria", ALL3, protein_24h=1.5, protein_24h_previous=1.2), [1, 0, 0]),
    (12, lambda: derived("proteinuria", ALL3, protein_24h=1.8, protein_24h_previous=1.2), [1, 1, 1]),
    (13, lambda: derived("proteinuria", ALL3, protein_24h=1.5, protein_24h_previous=1.0), [1, 0, 0]),
    (14, lambda: derived("proteinuria", ALL3, protein_24h=0.7, protein_24h_previous=None), [1, None, None]),
    (15, lambda: derived("proteinuria", ALL3, protein_24h=0.5, protein_24h_previous=0.2), [0, 0, 0]),
    (16, lambda: bilag("constitutional", {1: 3, 2: 2, 3: 2}), "A"),
    (17, lambda: bilag("constitutional", {1: 2, 2: 1}), "B"),
    (18, lambda: bilag("constitutional", {3: 3, 4: 3}), "B"),
    (19, lambda: bilag("constitutional", {1: 1, 3: 4}), "C"),
    (20, lambda: [bilag(system, {}) for system in SYSTEMS], ["D"] * 9),
    (20, lambda: [bilag(system, {}, involved=False) for system in SYSTEMS], ["E"] * 9),
    (21, lambda: [bilag("mucocutaneous", {6: x}) for x in (4, 1)], ["B", "C"]),
    (22, lambda: bilag("mucocutaneous", {5: 1}), "B"),
    (23, lambda: bilag("mucocutaneous", {17: 1}), "C"),
    (24, lambda: bilag("mucocutaneous", {5: 1, 9: 4}), "A"),
    (25, lambda: [bilag("neuropsychiatric", {item: x}) for item, x in ((30, 4), (31, 2), (37, 1))], ["B", "A", "C"]),
    (26, lambda: [bilag("musculoskeletal", items) for items in ({41: 1, 42: 3}, {43: 1}, {42: 1})], ["B", "C", "C"]),
    (27, lambda: [bilag("cardiorespiratory", {item: x}) for item, x in ((48, 4), (50, 4), (44, 1))], ["B", "A", "C"]),
    (28, lambda: [bilag("gastrointestinal", {item: x}) for item, x in ((62, 3), (58, 1))], ["B", "B"]),
    (29, lambda: [bilag("ophthalmic", {item: x}) for item, x in ((75, 2), (70, 4), (72, 3))], ["C", "B", "A"]),
    (30, lambda: bilag("renal", {84: 2.1}, {84: 2.0, 88: 1}), "A"),
    (31, lambda: bilag("renal", {84: 2.1}, {84: 2.0}), "B"),
    (32, lambda: bilag("renal", {84: 3.0}, {84: 2.0}), "C"),
    (33, lambda: bilag("renal", {84: 3.0}, {84: 2.0, 88: 1}), "B"),
    (34, lambda: bilag("renal", {86: 120}, {86: 180, 80: 1}), "B"),
    (35, lambda: [bilag("renal", {83: p}, {83: x}) for x, p in ((60, 55), (60, 90), (30, 30), (20, 20))], ["B", "C", "C", "D"]),
    (36, lambda: [bilag("renal", {86: p}, {86: x}) for x, p in ((150, 125), (150, 140), (128, 100))], ["B", "D", "D"]),
    (37, lambda: bilag("renal", {87: 60, 84: 0.4}, {87: 45, 84: 1.5}), "A"),
    (38, lambda: bilag("renal", {83: 380}, {83: 400, 85: 1}), "A"),
    (39, lambda: bilag("renal", {78: 130, 79: 80}, {78: 165, 79: 100}), "C"),
    (39, lambda: bilag("renal", {78: 130, 79: 85}, {78: 150, 79: 95}), "D"),
    (40, lambda: bilag("renal", {83: 25}, {83: 25, 89: 1}), "B"),
    (41, lambda: bilag("renal", {84: 2.0}, {84: 1.5}), "C"),
    (42, lambda: [bilag("renal", {81: p}, {81: x}) for x, p in ((3, 1), (2, 1), (1, 1))], ["B", "B", "C"]),
    (42, lambda: bilag("renal", {81: 1}, {81: 3, 88: 1}), "A"),
    (43, lambda: [bilag("renal", items) for items in ({83: 120}, {87: 45})], ["B", "B"]),
    (44, lambda: [haematology(haemoglobin_g_dl=x) for x in (7.9, 8.0, 8.95, 9.0, 10.9, 11.0)], list("ABBCCD")),
    (45, lambda: [haematology(platelets=x) for x in (24, 25, 49, 50, 149, 150)], list("ABBCCD")),
    (46, lambda: [haematology(neutrophils=x) for x in (0.4, 0.7, 1.5, 2.0)], list("ABCD")),
    (46, lambda: [haematology(ttp=x) for x in (1, 2)], list("BA")),
    (47, lambda: [haematology(white_cells=3.2), haematology(white_cells=0.4, neutrophils=0.3)], ["C", "A"]),
    (48, lambda: haematology(white_cells=1.5, neutrophils=1.1), ("B", "C", "B", True)),
    (49, lambda: numeric("CBEBDEEAC", "bilag2004-12-8-1-0", "bilag-2004"), (30, 1, 2, 2)),
    (49, lambda: classic_on_2004("CBEBDEEAC", "classic-9-3-1"), 17),
    (49, lambda: classic_on_2004("CBEBDEEAC", "classic-12-5-1"), 24),
    (50, lambda: numeric("A" * 9, "bilag2004-12-8-1-0", "bilag-2004")[0], 108),
    (50, lambda: numeric("A" * 8, "classic-9-3-1-0", "classic")[0], 72),
    (51, lambda: [flare_index(sledai=x, sledai_previous=p) for p, x in ((6, 9), (10, 13), (14, 13))], ["mild/moderate", "severe", "none"]),
    (52, lambda: [flare_index(pga=x, pga_previous=p) for p, x in ((0.8, 1.8), (1.0, 2.6))], ["mild/moderate", "severe"]),
    (53, lambda: [flare_index(prednisone=x, prednisone_previous=5, weight=60) for x in (20, 40)], ["mild/moderate", "severe"]),
    (54, lambda: [flare_of_change(*x) for x in (("C", "A"), ("CD", "BB"), ("C", "B"), ("DDD", "CCC"), ("A", "B"))], ["severe", "moderate", "mild", "mild", "none"]),
    (55, lambda: [flare_of_items(i17=4, i43=4, i75=3), flare_of_items(i6=4, i42=3, i75=4)], ["mild", "moderate"]),
    (55, lambda: [flare_of_items(i6=3, i43=4, i75=4), flare_of_items(i31=4, i6=4, i75=4)], ["mild", "severe"]),
    (56, lambda: form("sdi", end_stage_renal_disease=1, gfr_below_half=1, proteinuria=1), 3),
    (56, lambda: form("sdi", gfr_below_half=1, proteinuria=1), 2),
    (57, lambda: form("sdi", cataract=1, avascular_necrosis=2, diabetes=1), 4),
    (58, lambda: form("clasi_activity", erythema_nose=2, scale_nose=1, alopecia=2, mucous_membrane=1), (6, "mild")),
    (59, lambda: round(float(ms.score.pga({"value": [35.0], "scale_max": [100]}).value[0]), 9), 1.05),
    (60, lambda: [state(x) for x in (2.08, 2.09, 7.64, 7.65)], ["remission", "mild", "mild", "moderate or severe"]),
]  # fmt: skip


@pytest.mark.parametrize(("run", "expected"), [pytest.param(r, e, id=f"vector {i}") for i, r, e in VECTORS])
def test_vector(run: Callable[[], Any], expected: Any) -> None:
    assert run() == expected


def test_every_vector_of_the_instruments_is_in_the_table() -> None:
    assert sorted({i for i, _, _ in VECTORS}) == list(range(1, 61))


def ctcae(test: str, values: list[float], **limits: float) -> list[float]:
    """Grades of values alone."""
    n = len(values)
    table = {"usubjid": ["1"] * n, "visit": ["M3"] * n, "test": [test] * n, "value": values}
    return ms.score.ctcae(table | {k: [v] * n for k, v in limits.items()}).grade.tolist()


def ctcae_after(test: str, baseline: float, now: float, uln: float) -> float:
    """Grade of a value after a baseline."""
    table = {"usubjid": ["1"] * 2, "visit": ["M0", "M3"], "test": [test] * 2, "value": [baseline, now]}
    return float(ms.score.ctcae(table | {"uln": [uln] * 2}).grade[1])


#: The scoring vectors of the endpoints' table that no other module of this folder holds.
TV: list[tuple[str, Callable[[], Any], Any]] = [
    ("TV-41", lambda: ctcae("haemoglobin", [100, 99.9, 80, 79], lln=115), [1, 2, 2, 3]),
    ("TV-41", lambda: ctcae("platelets", [25, 24.9]), [3, 4]),
    ("TV-41", lambda: [ctcae_after("alt", baseline, 130, 40) for baseline in (30, 80)], [2, 1]),
    ("TV-42", lambda: ctcae_after("creatinine", 60, 100, 84), 2),
    ("TV-43", lambda: ms.score.crs({"temperature": [38.5], "vasopressors": [1], "hypotension": [1], "oxygen": [1]}).label[0], "grade 3"),
]  # fmt: skip


@pytest.mark.parametrize(("run", "expected"), [pytest.param(r, e, id=i) for i, r, e in TV])
def test_scoring_vector(run: Callable[[], Any], expected: Any) -> None:
    assert run() == expected


def test_tv_44_cells_of_two_infusions() -> None:
    """52.3 kg and a million cells a kg, twice: what was infused agrees with dose and weight, and adds up."""
    infusions = {
        "usubjid": ["1", "1"],
        "date": ["2009-03-14", "2009-03-21"],
        "cells_per_kg": [1e6, 1e6],
        "weight_kg": [52.3, 52.3],
        "total_cells": [5.23e7, 5.23e7],
    }
    trial = ms.Trial(subjects={"usubjid": ["1"]}, infusions=infusions)
    assert "dose_mismatch" not in trial.findings.rule
    assert sum(infusions["total_cells"]) == pytest.approx(1.046e8, rel=1e-12)
    wrong = ms.Trial(subjects={"usubjid": ["1"]}, infusions=infusions | {"total_cells": [5.23e7, 1.046e8]})
    assert [f for f in wrong.findings.rule if f == "dose_mismatch"] == ["dose_mismatch"]


#: Where each scoring vector TV-nn is tested: module of this folder, and what its test ids contain.
ELSEWHERE = {
    "TV-07": ("test_tv_scores.py", "TV-07"),
    "TV-08": ("test_tv_scores.py", "TV-08"),
    "TV-16": ("test_tv_scores.py", "TV-16"),
    "TV-17": ("test_tv_scores.py", "tv_17"),
    "TV-18": ("test_tv_scores.py", "tv_18"),
    "TV-19": ("test_tv_scores.py", "TV-19"),
    "TV-20": ("test_tv_scores.py", "tv_20"),
    "TV-21": ("test_tv_scores.py", "tv_21"),
    "TV-29": ("test_tv_scores.py", "TV-29"),
    "TV-41": ("test_instrument_vectors.py", "TV-41"),
    "TV-42": ("test_instrument_vectors.py", "TV-42"),
    "TV-43": ("test_instrument_vectors.py", "TV-43"),
    "TV-44": ("test_instrument_vectors.py", "tv_44"),
}


def test_every_scoring_vector_collects() -> None:
    folder = Path(__file__).parent
    modules = sorted({str(folder / module) for module, _ in ELSEWHERE.values()})
    listed = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-q", "-o", "addopts=", "-p", "no:cacheprovider", *modules],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    for vector, (module, words) in ELSEWHERE.items():
        assert any(module in node and words in node for node in listed), vector
