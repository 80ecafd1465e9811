"""The public interface by example: the lines a biostatistician types, run as they stand over each library of frames."""

from __future__ import annotations

import importlib
import json
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import mscsle as ms

LIBRARIES = ["pandas", "polars", "pyarrow"]


@pytest.fixture(scope="module", params=LIBRARIES)
def library(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def trial(library: str) -> Any:
    return ms.load("gu2014", library=library)


def frame(library: str, columns: dict[str, Any]) -> Any:
    module = importlib.import_module(library)
    return (module.table if library == "pyarrow" else module.DataFrame)(columns)


def column(frame: Any, name: str) -> list[Any]:
    values = frame[name]
    return values.to_pylist() if hasattr(values, "to_pylist") else list(values)


def test_section_1_a_trial(trial: Any, tmp_path: Path) -> None:
    tables = trial.tables
    again = ms.Trial(**tables)
    assert "synthetic" in repr(again).lower()
    again.write(tmp_path / "data")
    read = ms.read_trial(tmp_path / "data")
    assert "synthetic" in repr(read).lower()
    findings = trial.findings.to_frame()
    for name in ("table", "row", "column", "value", "rule", "severity", "message"):
        column(findings, name)
    assert trial.tables["labs"] is not None
    assert column(trial.schema("labs").to_frame(), "column")


def test_section_2_scores(trial: Any, library: str) -> None:
    sledai = trial.tables["sledai"]
    s = ms.score.sledai(sledai, version="sledai-2k")
    out = s.to_frame()
    for name in ("total", "lower", "upper", "clinical", "band", "missing"):
        column(out, name)
    assert "Sledai" in type(s).__name__
    assert str(s.why(row=17))
    ms.score.sledai(sledai, version="sledai-2k", missing="absent")
    bilag = trial.tables["bilag"]
    ms.score.bilag_total(bilag, coding="classic-9-3-1-0")
    with pytest.raises(TypeError):
        ms.score.bilag_total(bilag)
    labs_wide = frame(library, {"creat": [88.4, 50.0], "age": [30.0, 25.0], "sex": ["F", "F"]})
    e = ms.score.egfr(
        data=labs_wide, creatinine="creat", creatinine_unit="umol/L", age="age", sex="sex", equation="ckd-epi-2021"
    )
    values = list(column(e.to_frame(), "egfr"))
    assert values == pytest.approx([77.7242, 129.4958], abs=5e-5)  # worked values of the published equation


def test_section_3_endpoints(trial: Any) -> None:
    definitions = ms.endpoints.definitions().to_frame()
    assert {"ginzler2005", "maintain2010"} <= set(column(definitions, "id"))
    renal = ms.endpoints.renal_response(trial, definition="ginzler2005")
    visits = renal.by_visit(denominator="alive_at_visit").to_frame()
    names = ["visit", "state", "numerator", "denominator", "denominator_rule", "percent", "lower", "upper", "method"]
    for name in names:
        column(visits, name)
    renal.ever(denominator="enrolled")
    renal.cumulative_incidence()
    assert str(renal.why(subject="GU-017", visit="M6"))
    tte = renal.time_to("first_remission", unit="months", clock="planned", keep=["source", "centre"])
    for name in ("usubjid", "time", "event", "cause", "source", "centre"):
        column(tte.to_frame(), name)
    renal.time_to("loss_of_response")
    renal.time_to("flare")
    ms.endpoints.flares(trial, definition="maintain2010")


def test_section_4_survival(trial: Any, library: str, root: Path) -> None:
    renal = ms.endpoints.renal_response(trial, definition="ginzler2005")
    tte = renal.time_to(
        "first_remission",
        unit="months",
        clock="planned",
        keep=["source", "centre", "age", "baseline_protein_24h", "baseline_creatinine"],
    )
    km = ms.kaplan_meier("time", event="event", data=tte, by="source", conf_type="log-log")
    km.at([3, 6, 12])
    km.quantile(0.5)
    km.risk_table([0, 3, 6, 9, 12])
    km.plot(risk_table=True)
    t, e = np.array([1.0, 2, 2, 3]), np.array([1, 0, 1, 1])
    ms.kaplan_meier(t, event=e)
    raw = json.loads((root / "tests/data/cdisc/adtte.json").read_text())
    names = [c["name"] for c in raw["columns"]]
    keep = ("AVAL", "CNSR", "TRTP")
    adtte = frame(library, {n: [row[names.index(n)] for row in raw["rows"]] for n in keep})
    ms.kaplan_meier("AVAL", cnsr="CNSR", data=adtte, by="TRTP", like="sas")
    ms.logrank("time", event="event", data=tte, by="source", strata="centre", test="log-rank", method="asymptotic")
    df = frame(
        library,
        {
            "time": column(tte.to_frame(), "time"),
            "event": column(tte.to_frame(), "event"),
            "cause": column(tte.to_frame(), "cause"),
            "centre": column(tte.to_frame(), "centre"),
            "age": column(tte.to_frame(), "age"),
            "proteinuria": [math.log(v) for v in column(tte.to_frame(), "baseline_protein_24h")],
            "creatinine": [math.log(v) for v in column(tte.to_frame(), "baseline_creatinine")],
        },
    )
    fit = ms.cox(
        "time", event="event", covariates=["proteinuria", "creatinine"], data=df, strata="centre", ties="efron"
    )
    fit.summary()
    assert fit.converged
    single = ms.univariate_cox("time", event="event", covariates=["age", "proteinuria", "creatinine"], data=df)
    rows = single.to_frame()
    by_term = dict(zip(column(rows, "term"), column(rows, "hr"), strict=True))
    assert by_term["proteinuria"] == pytest.approx(0.5165, abs=0.00065)  # implied by the printed 0.336-0.794
    assert by_term["creatinine"] == pytest.approx(0.4709, abs=0.00065)  # implied by the printed 0.224-0.990
    ms.cumulative_incidence("time", cause="cause", censored=0, data=tte, by="source")
    ms.gray_test("time", cause="cause", of=1, censored=0, data=tte, by="source")
    ms.fine_gray("time", cause="cause", of=1, censored=0, covariates=["proteinuria"], data=df)


def test_section_5_statistics(trial: Any) -> None:
    p = ms.stats.proportion(49, 81, method="clopper-pearson", denominator_rule="enrolled")
    assert (p.lower, p.upper) == pytest.approx((0.49010, 0.71186), abs=5e-6)
    change = ms.stats.change_from_baseline(trial, "sledai", test="wilcoxon")
    assert "regression to the mean" in str(change.to_frame()) + change.title() + change._repr_html_().lower()
    hr = ms.stats.hr_from_ci(0.336, 0.794, p=0.003)
    assert hr.hazard_ratio == pytest.approx(0.516511, abs=5e-7)


def test_section_6_the_whole_study(trial: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    report = ms.run("gu2014", out=tmp_path / "report")
    table = report.published_vs_computed().to_frame()
    names = [
        "study",
        "figure",
        "printed",
        "numerator",
        "denominator",
        "denominator_rule",
        "computed",
        "verdict",
        "note",
    ]
    for name in names:
        column(table, name)
    report.to_ard()
    assert "gu2014" in ms.studies().ids
    assert (tmp_path / "report" / "index.html").exists()


def test_the_command_line(tmp_path: Path) -> None:
    def mscsle(*arguments: str) -> str:
        return subprocess.run(
            [sys.executable, "-m", "mscsle", *arguments], cwd=tmp_path, capture_output=True, text=True, check=True
        ).stdout

    assert "gu2014" in mscsle("studies")
    ms.load("gu2014", library="pandas").write(tmp_path / "data")
    mscsle("check", "data")
    mscsle("score", "sledai", "data/sledai.csv", "--out", "out.csv")
    assert (tmp_path / "out.csv").read_text().count("\n") > 300
    assert "index.html" in mscsle("run", "gu2014", "--out", "report/")
