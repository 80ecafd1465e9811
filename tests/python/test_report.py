"""The report of the Gu 2014 plan and of a user's own plan over damaged tables."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any

import pytest

import mscsle as ms
from mscsle._result import ARD_COLUMNS
from mscsle.exceptions import DataError
from mscsle.report import Report, parse_plan

OWN_PLAN = """
format = 1
id = "own"
title = "Own data"
visits = [{label = "M0", month = 0}, {label = "M3", month = 3}, {label = "M6", month = 6}, {label = "M12", month = 12}]

[response]
definition = "ginzler2005"

[flare]
definition = "maintain2010"

[[analyses]]
kind = "flow"

[[analyses]]
kind = "baseline"
variables = [{ name = "age" }, { name = "sex" }, { name = "sledai" }, { name = "protein_24h", unit = "g/24 h", digits = 2 }]

[[analyses]]
kind = "response"

[[analyses]]
kind = "cumulative_incidence"

[[analyses]]
kind = "flares"

[[analyses]]
kind = "survival"

[[analyses]]
kind = "change"
measure = "sledai"
label = "SLEDAI"

[[analyses]]
kind = "letters"
system = "renal"
coding = "classic-9-3-1-0"

[[analyses]]
kind = "cox"
covariates = [{ name = "age" }, { name = "protein_24h", transform = "ln" }]

[[analyses]]
kind = "adverse_events"
"""


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Report, Path]:
    out = tmp_path_factory.mktemp("report")
    return ms.run("gu2014", out=out, progress=False), out


def rewrite(path: Path, change: Any) -> None:
    with path.open(newline="") as file:
        rows = list(csv.reader(file))
    rows = change(rows)
    with path.open("w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


@pytest.fixture(scope="module")
def damaged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cohort exported and damaged: a wrong unit, a visit twice, missing items, an unknown subject, no `bilag`."""
    folder = tmp_path_factory.mktemp("own") / "data"
    ms.load("gu2014", library="numpy").write(folder)

    def wrong_unit(rows: list[list[str]]) -> list[list[str]]:
        unit, test = rows[0].index("unit"), rows[0].index("test")
        hit = [r for r in rows[1:] if r[test] == "protein_24h"][:2]
        for row in hit:
            row[unit] = "mg/24 h"
        return rows

    def visit_twice(rows: list[list[str]]) -> list[list[str]]:
        return [*rows[:3], rows[2], *rows[3:]]

    def missing_items(rows: list[list[str]]) -> list[list[str]]:
        for row in rows[5:9]:
            row[rows[0].index("arthritis")] = ""
            row[rows[0].index("total")] = ""
        return rows

    def unknown_subject(rows: list[list[str]]) -> list[list[str]]:
        rows[1][0] = "GU-999"
        return rows

    rewrite(folder / "labs.csv", wrong_unit)
    rewrite(folder / "visits.csv", visit_twice)
    rewrite(folder / "sledai.csv", missing_items)
    rewrite(folder / "status.csv", unknown_subject)
    (folder / "bilag.csv").unlink()
    return folder


@pytest.fixture(scope="module")
def own(damaged: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Report, Path]:
    plan = tmp_path_factory.mktemp("plan") / "plan.toml"
    plan.write_text(OWN_PLAN)
    out = tmp_path_factory.mktemp("own_report")
    return ms.run(plan, data=damaged, out=out, progress=False), out


def test_every_analysis_of_the_plan_is_done(written: tuple[Report, Path]) -> None:
    report, _ = written
    assert dict(report.skipped) == {}
    assert {s.id for s in report.sections} >= {
        "findings",
        "published",
        "flow",
        "response",
        "cox",
        "definitions",
        "manifest",
    }


def test_every_published_figure_has_a_row_and_none_differs(written: tuple[Report, Path]) -> None:
    report, _ = written
    rows = report.published_vs_computed().rows
    assert [r.id for r in rows] == [f.id for f in report.plan.published]
    assert len(rows) >= 50
    assert [(r.id, r.computed) for r in rows if r.verdict == "differs"] == []


def test_every_verdict_but_agreement_has_a_note(written: tuple[Report, Path]) -> None:
    report, _ = written
    assert [r.id for r in report.published_vs_computed().rows if r.verdict != "agrees" and not r.note] == []


@pytest.mark.parametrize("study", [i for i in ms.studies().ids if i != "gu2014"])
def test_every_study_runs_whole_and_nothing_differs_unexplained(study: str) -> None:
    report = ms.run(study, progress=False)
    assert dict(report.skipped) == {}
    rows = report.published_vs_computed().rows
    assert [(r.id, r.computed) for r in rows if r.verdict == "differs"] == []
    assert [r.id for r in rows if r.verdict != "agrees" and not r.note] == []
    assert "SYNTHETIC" in repr(report)


def test_two_reports_of_one_trial_contradict_each_other_openly() -> None:
    paper = {r.id: r for r in ms.run("wang2014", progress=False).published_vs_computed().rows}
    assert paper["mcr"].computed == "32.5 % (13/40)" and paper["mcr"].verdict == "agrees"
    assert paper["other-mcr"].verdict == "contradicts another report"
    assert (paper["relapse-9"].denominator, paper["other-relapse-9"].denominator) == (24, 40)
    assert paper["relapse-9"].numerator == paper["other-relapse-9"].numerator == 3


@pytest.mark.parametrize(
    ("study", "figures"),
    [
        ("wang2014", {"relapse-9": (3, 24), "relapse-12": (4, 24)}),
        ("sun2012_1409", {"relapse-9": (3, 40), "relapse-12": (4, 40)}),
        ("sat0244", {"relapse": (9, 37)}),
    ],
)
def test_relapses_are_those_of_a_named_definition(study: str, figures: dict[str, tuple[int, int]]) -> None:
    report = ms.run(study, progress=False)
    rows = {r.id: r for r in report.published_vs_computed().rows}
    for identity, counted in figures.items():
        row = rows[identity]
        assert (row.numerator, row.denominator, row.verdict) == (*counted, "agrees")
        assert "`msct_relapse` version 1, confidence L" in row.method
    by_visit = report.tables["flares_by_visit"].columns()
    pairs = zip(by_visit["numerator"], by_visit["denominator_rule"], strict=True)
    total = report.facts.get("flares/flare", "enrolled")
    assert total is not None and total.numerator == sum(int(str(n)) for n, rule in pairs if rule == "enrolled")
    page = report.to_html()
    assert "Relapse: Relapse after a clinical response" in page and "First relapse after a response" in page


TWO_ARMS = """
format = 1
id = "arms"
title = "Two arms"
single_arm = false
visits = [{label = "M0", month = 0}, {label = "M60", month = 60}]

[[analyses]]
kind = "baseline"
variables = [{ name = "age" }, { name = "sex" }, { name = "sledai" }]

[[analyses]]
kind = "survival"
by = "arm"
"""


@pytest.fixture(scope="module")
def arms(tmp_path_factory: pytest.TempPathFactory) -> Report:
    folder = tmp_path_factory.mktemp("arms")
    ms.load("sat0244", library="numpy").write(folder)

    def alternate(rows: list[list[str]]) -> list[list[str]]:
        arm = rows[0].index("arm")
        for i, row in enumerate(rows[1:]):
            row[arm] = ("cells", "control")[i % 2]
        return rows

    rewrite(folder / "subjects.csv", alternate)
    return ms.run(parse_plan(TWO_ARMS), data=folder, progress=False)


def test_arms_stand_side_by_side_with_standardised_differences_and_no_p(arms: Report) -> None:
    table = arms.tables["baseline_by_arm"]
    assert list(table.printed()) == ["", "cells (n = 41)", "control (n = 40)", "Standardised difference"]
    described = arms.tables["baseline_by_arm"].columns()
    cells, control = (
        next(
            (m, s)
            for v, g, m, s in zip(*(described[k] for k in ("variable", "group", "mean", "sd")), strict=True)
            if v == "sledai" and g == group
        )
        for group in ("cells", "control")
    )
    by_hand = (control[0] - cells[0]) / ((control[1] ** 2 + cells[1] ** 2) / 2) ** 0.5
    fact = arms.facts.named("baseline/sledai/smd")
    assert fact is not None and fact.value == pytest.approx(by_hand, rel=1e-12)
    assert not any(k == "p" or k.startswith("p,") for k in table.printed())


def test_survival_by_group_is_tested_by_log_rank(arms: Report) -> None:
    table = arms.tables["survival_logrank"].columns()
    assert list(table["group"]) == ["cells", "control"]
    observed, expected = ([float(str(v)) for v in table[k]] for k in ("observed", "expected"))
    assert sum(observed) == pytest.approx(sum(expected), rel=1e-12) and sum(observed) == 13
    fact = arms.facts.named("survival/logrank/p")
    assert fact is not None and fact.value is not None and 0 < fact.value < 1
    assert "p = " in " ".join(arms.tables["survival_logrank"].notes)


def test_one_arm_has_no_test_and_no_side_by_side(written: tuple[Report, Path]) -> None:
    report, _ = written
    assert "baseline_by_arm" not in report.tables and "survival_logrank" not in report.tables


def test_deaths_and_relapses_are_listed_one_a_row() -> None:
    report = ms.run("wang2014", progress=False)
    deaths = report.tables["listing_deaths"].columns()
    assert list(deaths["day"]) == [7, 192, 256]
    relapses = report.tables["listing_flares"].columns()
    assert sorted(str(v) for v in relapses["visit"]) == ["M12"] * 4 + ["M9"] * 3
    assert all(relapses["branch"]) and len(set(relapses["usubjid"])) == 7
    assert "Deaths: none recorded." in ms.run("sun2012_1409", progress=False).to_html()


def test_rates_of_adverse_events_are_events_over_follow_up() -> None:
    report = ms.run("wang2014", progress=False)
    table = report.tables["adverse_events"].columns()
    first = {k: v[0] for k, v in table.items()}
    assert (first["event"], first["patients"], first["events"], first["events_in_rate"]) == ("Any event", 6, 7, 7)
    years = float(str(first["patient_years"]))
    assert 37 < years < 45  # 37 of 40 followed for a year and more
    rate = ms.stats.rate(7, years)
    assert first["per_100_patient_years"] == pytest.approx(100 * rate.estimate, rel=1e-12)
    assert (first["lower"], first["upper"]) == pytest.approx((100 * rate.lower, 100 * rate.upper), rel=1e-12)
    by_grade = report.tables["adverse_events_by_grade"].columns()
    grades = [k for k in by_grade if k.startswith("grade_")] + ["not_graded"]
    assert sum(int(str(by_grade[k][0])) for k in grades) == 6


def test_the_traps_are_visible(written: tuple[Report, Path]) -> None:
    report, _ = written
    rows = {r.id: r for r in report.published_vs_computed().rows}
    assert rows["flare-of-responders"].computed == "22.4 % (11/49)"
    assert rows["sun-flare"].computed == "14 % (11/81)"
    for visit, expected in (("3", "41 % (32/78)"), ("6", "45 % (35/77)"), ("12", "44 % (34/77)")):
        row = rows[f"sun-remission-{visit}"]
        assert row.verdict == "agrees under another denominator"
        assert (row.computed, row.denominator_rule) == (expected, "alive_at_visit")
    assert rows["sun-method"].verdict == "contradicts another report"
    assert rows["gfr-method"].verdict == "cannot be known"
    counts = {
        name: report.facts.get(f"flares/{name}", "ever_responder")
        for name in ("ever_lost", "not_in_response_at_end", "flare")
    }
    assert [f.value for f in counts.values() if f] == [16, 15, 11]


def test_incidence_rises_where_prevalence_falls(written: tuple[Report, Path]) -> None:
    report, _ = written
    incidence = [report.facts.get(f"cumulative_incidence/{m}") for m in (3, 6, 12)]
    values = [f.value for f in incidence if f and f.value is not None]
    assert len(values) == 3 and values == sorted(values)
    prevalence = [report.facts.get(f"response/any/M{m}", "alive_at_visit") for m in (6, 12)]
    assert [f.value for f in prevalence if f] == [35, 34]


def test_the_files_are_there(written: tuple[Report, Path]) -> None:
    report, out = written
    names = {str(p.relative_to(out)) for p in out.rglob("*") if p.is_file()}
    assert {
        "index.html",
        "ard.json",
        "manifest.json",
        "tables/response_by_visit.csv",
        "tables/published_vs_computed.csv",
    } <= names
    for figure in report.figures:
        assert {f"figures/{figure}.svg", f"figures/{figure}.png"} <= names
    assert len(report.figures) >= 6


def test_the_page_needs_no_network_and_no_script(written: tuple[Report, Path]) -> None:
    page = (written[1] / "index.html").read_text()
    assert "http://" not in page and "https://" not in page
    assert "<script" not in page and "@import" not in page
    assert not re.search(r'src="(?!data:)', page)
    assert page.count("SYNTHETIC") >= 2


@pytest.mark.parametrize("which", ["written", "own"])
def test_links_inside_the_page_lead_somewhere(which: str, request: pytest.FixtureRequest) -> None:
    page = (request.getfixturevalue(which)[1] / "index.html").read_text()
    targets = set(re.findall(r' id="([^"]+)"', page))
    assert set(re.findall(r'href="#([^"]+)"', page)) <= targets
    assert len(targets) == len(re.findall(r' id="([^"]+)"', page))


def test_ard_has_one_row_a_statistic_in_the_columns_of_cards(written: tuple[Report, Path]) -> None:
    rows = json.loads((written[1] / "ard.json").read_text())
    assert len(rows) > 500
    assert all(tuple(row) == ARD_COLUMNS for row in rows)
    assert all(row["method"] for row in rows if row["context"] != "published_vs_computed")
    frame = written[0].to_ard()
    assert len(frame) == len(rows)


def test_the_manifest_names_no_machine(written: tuple[Report, Path]) -> None:
    text = (written[1] / "manifest.json").read_text()
    made = json.loads(text)
    assert made["plan"]["sha256"] == written[0].plan.sha256
    assert made["synthetic"] is True
    assert set(made["input"]) == {
        "subjects",
        "infusions",
        "visits",
        "sledai",
        "bilag",
        "labs",
        "medications",
        "adverse_events",
        "status",
    }
    assert str(written[1]) not in text
    assert "created" not in made
    assert made["output"]["index.html"]


def test_two_runs_have_the_same_bytes(written: tuple[Report, Path], tmp_path: Path) -> None:
    ms.run("gu2014", data=ms.load("gu2014", library="polars"), out=tmp_path, progress=False)
    first = {str(p.relative_to(written[1])): p.read_bytes() for p in written[1].rglob("*") if p.is_file()}
    second = {str(p.relative_to(tmp_path)): p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}
    assert set(first) == set(second)
    assert [n for n in first if first[n] != second[n]] == []


def test_source_date_epoch_dates_the_manifest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    report = ms.run("sun2012ln", progress=False)
    assert report.manifest["created"] == "1970-01-01T00:00:00+00:00"


def test_the_notebook_shows_the_page_without_navigation(written: tuple[Report, Path]) -> None:
    shown = written[0]._repr_html_()
    assert "<nav" not in shown and "Published and computed" in shown
    assert "SYNTHETIC" in repr(written[0])


def test_tables_come_back_as_frames(written: tuple[Report, Path]) -> None:
    table = written[0].tables["response_by_visit"].to_frame()
    assert {"visit", "state", "numerator", "denominator", "denominator_rule"} <= set(table.columns)


def test_progress_is_told(tmp_path: Path) -> None:
    told: list[tuple[int, int, str]] = []
    ms.run("sun2012ln", progress=lambda done, total, what: told.append((done, total, what)))
    assert [t[0] for t in told] == list(range(told[0][1] + 1))


def test_damaged_data_still_report_and_say_what_was_left_out(own: tuple[Report, Path]) -> None:
    report, out = own
    assert set(report.skipped) == {"letters"}
    assert "`bilag`" in report.skipped["letters"]
    page = (out / "index.html").read_text()
    assert "Not done: BILAG letters by visit" in page
    found = (out / "tables" / "data_findings.csv").read_text()
    for word in ("duplicate", "GU-999", "arthritis", "mg/24 h"):
        assert word in found, word


def test_own_plans_have_no_published_figures(own: tuple[Report, Path]) -> None:
    report, out = own
    assert len(report.published_vs_computed().rows) == 0
    assert not (out / "tables" / "published_vs_computed.csv").exists()


def test_a_trial_of_one_patient_reports(damaged: Path, tmp_path: Path) -> None:
    one = {"usubjid": ["A"], "age": [30.0]}
    trial = ms.Trial(subjects=one, infusions={"usubjid": ["A"], "date": ["2010-01-05"]})
    plan = tmp_path / "plan.toml"
    plan.write_text(OWN_PLAN)
    report = ms.run(plan, data=trial, out=tmp_path / "out", progress=False)
    assert {"response", "survival", "change", "sledai"} & set(report.skipped)
    assert "flow" not in report.skipped
    assert (tmp_path / "out" / "index.html").is_file()


def test_visits_that_the_data_do_not_have_are_named() -> None:
    plan = parse_plan(OWN_PLAN.replace('"M6"', '"V6"'))
    report = ms.run(plan, data=ms.load("gu2014"), progress=False)
    assert "Visits of the plan that are not in the data" in report.findings.data["heading"]
    assert any(str(text).startswith("`V6`") for text in report.findings.data["text"])


@pytest.mark.parametrize("table", ["visits", "labs", "status", "infusions", "sledai", "adverse_events"])
def test_no_missing_table_stops_the_report(table: str) -> None:
    tables = {name: frame for name, frame in ms.load("gu2014").tables.items() if name != table}
    report = ms.run(parse_plan(OWN_PLAN), data=ms.Trial(**tables), progress=False)
    assert all(f"`{table}`" in why or "`labs`" in why for why in report.skipped.values())
    assert report.skipped


@pytest.mark.parametrize("n", [1, 2, 3])
def test_the_first_patients_alone_still_report(n: int) -> None:
    def first(frame: Any) -> Any:
        return frame[frame["usubjid"].isin(["GU-001", "GU-002", "GU-003"][:n])]

    tables = {name: first(frame) for name, frame in ms.load("gu2014", library="pandas").tables.items()}
    report = ms.run(parse_plan(OWN_PLAN), data=ms.Trial(**tables), progress=False)
    assert "flow" not in report.skipped and "response" not in report.skipped
    assert report.to_html()


def test_a_plan_without_cohort_needs_data(tmp_path: Path) -> None:
    plan = tmp_path / "plan.toml"
    plan.write_text(OWN_PLAN)
    with pytest.raises(DataError, match="give `data=`"):
        ms.run(plan)


def test_an_unknown_study_names_the_nearest() -> None:
    with pytest.raises(FileNotFoundError, match="did you mean `gu2014`"):
        ms.run("gu2013")


def test_a_frame_is_not_a_trial() -> None:
    with pytest.raises(TypeError, match=r"must be a folder or a mscsle\.Trial, but is dict"):
        ms.run("gu2014", data={"usubjid": ["A"]})  # type: ignore[arg-type]
