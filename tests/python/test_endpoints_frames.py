"""Endpoints over a trial: the same in every frame library, with errors that name what is missing, and damaged patients."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import mscsle as ms
from mscsle.exceptions import DataError, OptionError


def _arrow_pandas(columns: Mapping[str, Any]) -> pd.DataFrame:
    return pa.table(dict(columns)).to_pandas(types_mapper=pd.ArrowDtype)


LIBRARIES: dict[str, Callable[[Mapping[str, Any]], Any]] = {
    "pandas": lambda c: pd.DataFrame(dict(c)),
    "pandas-arrow": _arrow_pandas,
    "polars": lambda c: pl.DataFrame(dict(c)),
    "pyarrow": lambda c: pa.table(dict(c)),
    "arrays": dict,
}


@pytest.fixture(params=LIBRARIES)
def make(request: pytest.FixtureRequest) -> Callable[[Mapping[str, Any]], Any]:
    return LIBRARIES[request.param]


#: creatinine, 24-h protein, urine red cells by visit; S-3 has no red cells at M3, S-4 dies, S-5 has no baseline.
VALUES = {
    ("S-1", "M0"): (90.0, 3.0, 20.0),
    ("S-1", "M3"): (88.0, 0.2, 1.0),
    ("S-1", "M6"): (88.0, 2.9, 20.0),
    ("S-2", "M0"): (90.0, 3.0, 20.0),
    ("S-2", "M3"): (90.0, 1.5, 10.0),
    ("S-2", "M6"): (90.0, 0.2, 1.0),
    ("S-3", "M0"): (90.0, 3.0, 20.0),
    ("S-3", "M3"): (90.0, 0.2, None),
    ("S-4", "M0"): (90.0, 3.0, 20.0),
    ("S-5", "M3"): (90.0, 1.0, 1.0),
}
DATES = {"M0": "2009-03-14", "M3": "2009-06-13", "M6": "2009-09-13"}
TESTS = (("creatinine", "umol/L", 104.0), ("protein_24h", "g/24 h", None), ("urine_rbc", "/hpf", None))


def tables() -> dict[str, dict[str, list[Any]]]:
    ids = ["S-1", "S-2", "S-3", "S-4", "S-5"]
    labs: dict[str, list[Any]] = {name: [] for name in ("usubjid", "visit", "test", "value", "unit", "uln")}
    for (subject, visit), values in VALUES.items():
        for (test, unit, uln), value in zip(TESTS, values, strict=True):
            if value is None:
                continue
            for name, cell in zip(labs, (subject, visit, test, value, unit, uln), strict=True):
                labs[name].append(cell)
    return {
        "subjects": {"usubjid": ids, "centre": ["N", "N", "S", "S", "S"]},
        "infusions": {
            "usubjid": ids,
            "date": [DATES["M0"]] * 5,
            "source": ["BM", "UC", "UC", "BM", "UC"],
        },
        "visits": {
            "usubjid": [s for s, _ in VALUES],
            "visit": [v for _, v in VALUES],
            "date": [DATES[v] for _, v in VALUES],
            "planned_month": [float(v[1:]) for _, v in VALUES],
        },
        "labs": labs,
        "status": {"usubjid": ["S-4"], "death_date": ["2009-04-30"], "last_contact_date": ["2009-04-30"]},
    }


def trial(make: Callable[[Mapping[str, Any]], Any], **changes: Any) -> ms.Trial:
    return ms.Trial(**{name: make(columns) for name, columns in {**tables(), **changes}.items() if columns is not None})


def column(frame: Any, name: str) -> list[Any]:
    values = frame[name]
    values = values.to_pylist() if hasattr(values, "to_pylist") else list(values)
    return [None if v is None or v != v else v for v in values]


def test_counts_and_states_are_the_same_in_every_library(make: Any) -> None:
    renal = ms.endpoints.renal_response(trial(make))
    states = renal.states.to_frame()
    assert column(states, "state") == [
        "CR",
        "NR",
        "PR",
        "CR",
        "unknown",
        "not_assessed",
        "dead",
        "dead",
        "unknown",
        "not_assessed",
    ]
    assert column(states, "lower")[4:6] == ["NR", None]
    assert column(states, "upper")[4] == "CR"
    assert column(states, "cr_evaluable") == [1, 1, 1, 1, 1, 1, 1, 1, -1, -1]
    counts = renal.by_visit(denominator="alive_at_visit").to_frame()
    assert column(counts, "visit") == ["M3"] * 3 + ["M6"] * 3
    assert column(counts, "state") == ["CR", "PR", "response"] * 2
    assert column(counts, "numerator") == [1, 1, 2, 1, 0, 1]
    assert column(counts, "denominator") == [4] * 6
    assert column(counts, "denominator_rule") == ["alive_at_visit"] * 6
    assert column(counts, "percent")[0] == 25.0
    assert column(counts, "method") == ["clopper-pearson"] * 6


def test_results_come_back_in_the_users_library() -> None:
    for name, kind in (("pandas", pd.DataFrame), ("polars", pl.DataFrame), ("pyarrow", pa.Table), ("arrays", dict)):
        renal = ms.endpoints.renal_response(trial(LIBRARIES[name]))
        for result in (renal.states, renal.by_visit(), renal.ever(), renal.lost(), renal.time_to("death")):
            assert isinstance(result.to_frame(), kind)
            result.to_ard()
            assert result._repr_html_().startswith("<table>")
        assert isinstance(ms.endpoints.flares(renal.trial, **no_c3()).to_frame(), kind)


def no_c3() -> dict[str, Any]:
    """A flare definition for these tables, which have no albumin and no C3."""
    return {
        "definition": {
            "id": "protein_doubled",
            "version": "1",
            "kind": "flare",
            "citation": "study protocol",
            "confidence": "H",
            "states": [
                {
                    "state": "protein",
                    "all": [
                        {"measure": "protein_24h", "compare": "ge", "factor": 2, "relative_to": "previous"},
                        {"measure": "protein_24h", "compare": "ge", "value": 1.0},
                    ],
                }
            ],
        }
    }


def test_flares_of_a_users_definition(make: Any) -> None:
    found = ms.endpoints.flares(trial(make), **no_c3())
    table = found.to_frame()
    assert (column(table, "usubjid"), column(table, "visit"), column(table, "branch")) == (["S-1"], ["M6"], ["protein"])
    assert column(table, "day_from_response") == [92.0]
    counts = found.count("ever_responder").to_frame()
    assert (column(counts, "numerator"), column(counts, "denominator")) == ([1, 1], [2, 2])
    times = found.time_to(unit="days")
    assert times.usubjid == ["S-1", "S-2"]
    assert times.time.tolist() == [92.0, 92.0]
    assert times.cause.tolist() == [1, 0], "S-2 is censored at the last day on which something is known"


def test_times_keep_columns_of_subjects_infusions_and_baseline(make: Any) -> None:
    times = ms.endpoints.renal_response(trial(make)).time_to(
        "first_remission", unit="days", clock="actual", keep=["source", "centre", "baseline_protein_24h"]
    )
    frame = times.to_frame()
    assert column(frame, "usubjid") == ["S-1", "S-2", "S-3", "S-4", "S-5"]
    assert column(frame, "time") == [91.0, 91.0, 0.0, 47.0, 0.0]
    assert column(frame, "event") == [True, True, False, False, False]
    assert column(frame, "cause") == [1, 1, 0, 2, 0]
    assert column(frame, "source") == ["BM", "UC", "UC", "BM", "UC"]
    assert column(frame, "centre") == ["N", "N", "S", "S", "S"]
    assert column(frame, "baseline_protein_24h") == [3.0, 3.0, 3.0, 3.0, None]
    assert "days, actual clock" in times.title()
    assert "ginzler2005" in times.title()


def test_missing_rules_change_what_they_say() -> None:
    renal = {
        m: ms.endpoints.renal_response(trial(dict), missing=m) for m in ("nri", "observed", "locf", "locf_with_dead")
    }
    m6 = {m: r.by_visit("enrolled").columns() for m, r in renal.items()}
    assert {m: (int(c["numerator"][5]), int(c["denominator"][5])) for m, c in m6.items()} == {
        "nri": (1, 5),
        "observed": (1, 3),
        "locf": (1, 5),
        "locf_with_dead": (1, 5),
    }
    assert "missing: observed" in renal["observed"].by_visit().title()


def test_a_missing_input_names_table_and_measure(make: Any) -> None:
    columns = tables()["labs"]
    keep = [i for i, test in enumerate(columns["test"]) if test != "urine_rbc"]
    labs = {name: [values[i] for i in keep] for name, values in columns.items()}
    with pytest.raises(
        DataError, match="definition `ginzler2005` needs `urine_rbc`, but table `labs` has no usable value"
    ):
        ms.endpoints.renal_response(trial(make, labs=labs))
    with pytest.raises(DataError, match="table `labs`"):
        ms.endpoints.renal_response(trial(make, labs=None))


def test_unknown_words_list_those_there_are() -> None:
    data = trial(dict)
    for call, words in (
        (lambda: ms.endpoints.renal_response(data, "ginzler2050"), "did you mean `ginzler2005`"),
        (lambda: ms.endpoints.renal_response(data, missing="zero"), "use `nri`"),
        (lambda: ms.endpoints.renal_response(data, source="paper"), "use `derived` or `recorded`"),
        (lambda: ms.endpoints.renal_response(data, same_visit="median"), "use `mean`"),
        (lambda: ms.endpoints.renal_response(data, "maintain2010"), "is a flare definition"),
        (lambda: ms.endpoints.renal_response(data, prot_norm=0.2), "has no parameter `prot_norm`"),
        (lambda: ms.endpoints.renal_response(data).by_visit("randomised"), "use `enrolled`"),
        (lambda: ms.endpoints.renal_response(data).time_to("remission"), "`first_remission`"),
        (lambda: ms.endpoints.renal_response(data).time_to(unit="weeks"), "`months`"),
        (lambda: ms.endpoints.renal_response(data).time_to(clock="wall"), "`planned`"),
        (lambda: ms.endpoints.definitions("remission"), "`flare`"),
    ):
        with pytest.raises(OptionError) as caught:
            call()
        assert words in str(caught.value)
    renal = ms.endpoints.renal_response(data)
    with pytest.raises(DataError, match="`sorce` cannot be kept"):
        renal.time_to(keep=["sorce"])
    with pytest.raises(TypeError, match=r"keep=\['source'\]"):
        renal.time_to(keep="source")  # type: ignore[arg-type]
    with pytest.raises(DataError, match="unknown subject `S-9`"):
        renal.why(subject="S-9", visit="M3")
    with pytest.raises(DataError, match="no visit `M7`; the visits are `M0`, `M3`, `M6`"):
        renal.why(subject="S-1", visit="M7")
    with pytest.raises(DataError, match="`assessments`"):
        ms.endpoints.renal_response(data, source="recorded")
    with pytest.raises(TypeError, match="must be a Trial"):
        ms.endpoints.renal_response(pd.DataFrame())  # type: ignore[arg-type]


def test_a_definition_can_be_a_file_text_mapping_or_compiled(tmp_path: Path) -> None:
    data = trial(dict)
    source = ms.endpoints.definition("ginzler2005").source
    path = tmp_path / "own.toml"
    path.write_text(source, encoding="utf-8")
    import tomllib

    specs = ["ginzler2005", source, path, str(path), tomllib.loads(source), ms.endpoints.definition("ginzler2005")]
    states = [ms.endpoints.renal_response(data, spec, prot_normal=0.1).states.state for spec in specs]
    assert all(s == states[0] for s in states)
    changed = ms.endpoints.definition(ms.endpoints.definition("ginzler2005", prot_normal=0.1), tolerance=0.0)
    assert changed.parameters["prot_normal"] == 0.1 and changed.parameters["tolerance"] == 0.0
    with pytest.raises(DataError, match=r"line 3, key `kind`: `cure` is no kind"):
        ms.endpoints.definition('id = "x"\nversion = "1"\nkind = "cure"\ncitation = "c"\nconfidence = "H"\n')


def test_why_has_sentences_and_a_trail() -> None:
    why = ms.endpoints.renal_response(trial(dict)).why(subject="S-1", visit="M6")
    assert (why.upper, why.lower, why.definition, why.confidence) == ("NR", "NR", "ginzler2005", "M")
    decided = {(step["state"], step["measure"]) for step in why.trail if step["decided"]}
    assert decided == {("CR", "protein_24h"), ("CR", "urine_rbc"), ("PR", "protein_24h"), ("PR", "urine_rbc")}
    step = next(s for s in why.trail if s["measure"] == "protein_24h")
    assert step["source"] == ("labs", 7) and step["value"] == 2.9 and step["threshold"] == pytest.approx(0.33)
    assert any(a["choice"] == "denominator" and a["id"] == "enrolled" for a in why.alternatives)
    assert "NR by ginzler2005 version 1 (confidence M, default choice)" in str(why)
    assert why._repr_html_().startswith("<p>Why S-1, M6</p>")
    dead = ms.endpoints.renal_response(trial(dict)).why(subject="S-4", visit="M3")
    assert "S-4 is dead at M3" in str(dead)


def test_one_damaged_patient_does_not_fail_the_cohort(make: Any) -> None:
    """Wrong unit, duplicate visit, missing date and text for a number in S-2: the others keep their states."""
    damaged = tables()
    labs, visits = damaged["labs"], damaged["visits"]
    rows = [i for i, (s, v) in enumerate(zip(labs["usubjid"], labs["visit"], strict=True)) if (s, v) == ("S-2", "M3")]
    labs["unit"][rows[0]] = "bananas"
    visits["date"][VALUES_INDEX["S-2", "M6"]] = "soon"
    for name, cell in zip(visits, ("S-2", "M3", DATES["M3"], 3.0), strict=True):
        visits[name].append(cell)
    renal = ms.endpoints.renal_response(trial(make, labs=labs, visits=visits))
    states = dict(zip(zip(renal.states.usubjid, renal.states.visit, strict=True), renal.states.state, strict=True))
    assert states["S-1", "M3"] == "CR" and states["S-1", "M6"] == "NR" and states["S-4", "M3"] == "dead"
    assert states["S-2", "M3"] == "unknown"
    found = [*renal.findings.subject, *renal.trial.findings.subject]
    assert "S-2" in found and "S-1" not in found


VALUES_INDEX = {key: i for i, key in enumerate(VALUES)}


def test_row_order_does_not_matter() -> None:
    first = ms.endpoints.renal_response(trial(dict))
    reversed_ = {
        name: {c: list(reversed(v)) for c, v in columns.items()} if name != "subjects" else columns
        for name, columns in tables().items()
    }
    second = ms.endpoints.renal_response(ms.Trial(**reversed_))
    for a, b in ((first.states, second.states), (first.by_visit(), second.by_visit()), (first.ever(), second.ever())):
        for name, values in a.columns().items():
            assert [str(v) for v in values] == [str(v) for v in b.columns()[name]], name
