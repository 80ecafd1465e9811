"""The page `docs/api.md` runs as written, whole, over each library of frames: only the user's frames are supplied."""

from __future__ import annotations

import importlib
import json
import re
import shutil
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import pytest

import mscsle as ms

matplotlib.use("agg")

#: Items of BILAG-2004 that are values; the patient of the page has none.
MEASURED = (
    "systolic_mmhg", "diastolic_mmhg", "dipstick_protein", "acr_mg_mmol", "upcr_mg_mmol", "protein_24h_g",
    "creatinine_umol_l", "gfr", "haemoglobin_g_dl", "white_cells", "neutrophils", "lymphocytes", "platelets",
)  # fmt: skip

SYSTEMS = "constitutional mucocutaneous neuropsychiatric musculoskeletal cardiorespiratory gastrointestinal ophthalmic renal haematological"


def frame(library: str, columns: dict[str, Any]) -> Any:
    module = importlib.import_module(library)
    return (module.table if library == "pyarrow" else module.DataFrame)(columns)


def own_tables() -> dict[str, dict[str, Any]]:
    """The embedded cohort with the tables it lacks: nine BILAG-2004 systems, physician's assessment, vital signs, events."""
    tables = {k: {n: list(c) for n, c in t.items()} for k, t in ms.load("gu2014", library="numpy").tables.items()}
    visits = list(zip(*(tables["sledai"][n] for n in ("usubjid", "visit", "date", "total")), strict=True))
    bilag: dict[str, list[Any]] = {n: [] for n in ("usubjid", "visit", "date", "version", "system", "grade")}
    for subject, visit, date, total in visits:
        for system in SYSTEMS.split():
            grade = ("B" if float(total) > 6 else "C") if system == "renal" else "E"
            for name, value in zip(bilag, (subject, visit, date, "bilag-2004", system, grade), strict=True):
                bilag[name].append(value)
    tables["bilag"] = bilag
    tables["pga"] = {
        "usubjid": [v[0] for v in visits],
        "visit": [v[1] for v in visits],
        "date": [v[2] for v in visits],
        "value": [min(3.0, float(v[3]) / 6) for v in visits],
        "scale_max": [3.0] * len(visits),
    }
    tables["vitals"] = {"usubjid": ["GU-001"], "visit": ["M0"], "date": ["2007-02-14"], "weight_kg": [58.0]}
    tables["adverse_events"] = {
        "usubjid": ["GU-001"],
        "term": ["herpes zoster"],
        "grade": [2],
        "start_date": ["2007-06-01"],
    }
    tables["assessments"] = {"usubjid": ["GU-001"], "visit": ["M3"], "what": ["patient_global"], "value": [2.0]}
    return tables


@pytest.mark.parametrize("library", ["pandas", "polars", "pyarrow"])
def test_the_page_runs_whole(library: str, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    tables = own_tables()
    names: dict[str, Any] = {name: frame(library, columns) for name, columns in tables.items()}
    ms.Trial(**names).write("data/")
    shutil.copy(root / "examples/own_data/plan.toml", "plan.toml")

    known = ms.load("gu2014").schema("bilag_items").columns()["column"]
    items = {n: [0, 0] for n in known[3:] if not n.endswith("_due_to_sle")} | {n: [None, None] for n in MEASURED}
    items |= {"usubjid": ["P-1", "P-1"], "date": ["2024-01-01", "2024-02-01"], "arthritis_moderate": [3, 1]}
    names["bilag_items"] = frame(library, items)
    names["labs_wide"] = frame(library, {"creat": [88.4, 50.0], "age": [30.0, 25.0], "sex": ["F", "F"]})
    names["t"], names["e"] = np.array([1.0, 2, 2, 3]), np.array([1, 0, 1, 1])
    raw = json.loads((root / "tests/data/cdisc/adtte.json").read_text())
    columns = [c["name"] for c in raw["columns"]]
    names["adtte"] = frame(
        library, {n: [row[columns.index(n)] for row in raw["rows"]] for n in ("AVAL", "CNSR", "TRTP")}
    )
    names["df"] = survival_frame(library)
    names["new"] = frame(
        library, {"proteinuria": [0.5, 1.5], "creatinine": [4.2, 4.9], "source": ["UC", "BM"], "centre": ["1", "1"]}
    )

    page = (root / "docs/api.md").read_text()
    (code,) = re.findall(r"```python\n(.*?)```", page, flags=re.S)
    exec(compile(code, "docs/api.md", "exec"), names)

    assert names["km"].plot is not None
    assert (tmp_path / "report" / "index.html").exists()
    for name in names["report"].published_vs_computed().columns():
        assert name


def survival_frame(library: str) -> Any:
    """Times to first remission with a covariate at baseline, two arms and a second stratum."""
    trial = ms.load("gu2014", library="numpy")
    renal = ms.endpoints.renal_response(trial, definition="ginzler2005")
    keep = ["source", "age", "baseline_protein_24h", "baseline_creatinine"]
    tte = renal.time_to("first_remission", unit="months", clock="planned", keep=keep).columns()
    n = len(tte["time"])
    return frame(
        library,
        {
            "time": list(tte["time"]),
            "start": [0.0] * n,
            "stop": list(tte["time"]),
            "event": [int(e) for e in tte["event"]],
            "cause": [int(c) for c in tte["cause"]],
            "source": list(tte["source"]),
            "arm": ["cells" if s == "UC" else "control" for s in tte["source"]],
            "centre": [str(1 + i % 2) for i in range(n)],
            "age": list(tte["age"]),
            "proteinuria": [float(np.log(v)) for v in tte["baseline_protein_24h"]],
            "creatinine": [float(np.log(v)) for v in tte["baseline_creatinine"]],
        },
    )
