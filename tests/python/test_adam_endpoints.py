"""ADaM from endpoints: times with the dates behind them, and how the participation of a subject ended."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import mscsle as ms
from mscsle.adam import adtte_endpoint
from mscsle.exceptions import DataError, OptionError

START = "2009-03-14"


@pytest.fixture(scope="module")
def gu() -> ms.Trial:
    return ms.load("gu2014", library="numpy")


def labs(rows: list[tuple[str, str, float, float, float]]) -> dict[str, list[Any]]:
    out: dict[str, list[Any]] = {c: [] for c in ("usubjid", "visit", "test", "value", "unit", "uln")}
    for subject, visit, *values in rows:
        for (test, unit, uln), value in zip(
            (("creatinine", "umol/L", 100.0), ("protein_24h", "g/24 h", None), ("urine_rbc", "/hpf", None)),
            values,
            strict=True,
        ):
            for column, cell in zip(out.values(), (subject, visit, test, value, unit, uln), strict=True):
                column.append(cell)
    return out


def hand_made() -> ms.Trial:
    """A responds at M3 and loses it at M6, B never responds and dies, C has no visit after the start, D is censored."""
    active, good = (90.0, 3.0, 20.0), (90.0, 0.2, 1.0)
    seen = [("A", "M0"), ("A", "M3"), ("A", "M6"), ("B", "M0"), ("B", "M3"), ("C", "M0"), ("D", "M0"), ("D", "M3")]
    days = {"M0": START, "M3": "2009-06-13", "M6": "2009-09-12"}
    return ms.Trial(
        subjects={"usubjid": ["A", "B", "C", "D"], "arm": ["MSC"] * 4},
        infusions={"usubjid": ["A", "B", "C", "D"], "date": [START] * 4},
        visits={
            "usubjid": [s for s, _ in seen],
            "visit": [v for _, v in seen],
            "date": [days[v] for _, v in seen],
            "planned_month": [float(v[1:]) for _, v in seen],
        },
        labs=labs([(s, v, *(good if (s, v) == ("A", "M3") else active)) for s, v in seen]),
        medications={
            "usubjid": ["D", "D", "A"],
            "drug": ["prednisone", "cyclophosphamide", "prednisone"],
            "start_date": ["2009-01-01", "2009-07-01", "2009-01-01"],
        },
        status={
            "usubjid": ["A", "B", "C", "D"],
            "last_contact_date": ["2010-01-01", "2009-08-01", "2010-01-01", "2010-01-01"],
            "death_date": [None, "2009-08-01", None, None],
        },
    )


COLUMNS = ("USUBJID", "STARTDT", "ADT", "AVAL", "CNSR", "EVNTDESC", "CNSDTDSC", "SRCDOM", "SRCVAR", "SRCSEQ")


def rows(out: Any, *names: str) -> list[tuple[Any, ...]]:
    cells = [out.values[n].tolist() if isinstance(out.values[n], np.ndarray) else out.values[n] for n in names]
    plain = [[str(v) if hasattr(v, "year") else None if v != v else v for v in column] for column in cells]
    return list(zip(*plain, strict=True))


def test_each_way_a_time_can_end_has_its_dates_and_sources() -> None:
    trial = hand_made()
    adsl = ms.adam.adsl(trial, study="X")
    renal = ms.endpoints.renal_response(trial)
    adrs = ms.adam.adrs(renal, adsl=adsl)
    first = adtte_endpoint(
        renal.time_to("first_remission"), adsl=adsl, paramcd="TTRESP", param="Time to Response", source=adrs
    )
    event, last, dead = "First response (ginzler2005)", "Censored at last assessment", "Death before the event"
    none = "No assessment after the start"
    visit = "Last visit with a determined state"
    assert rows(first, *COLUMNS) == [
        ("A", START, "2009-06-13", 92.0, 0.0, event, None, "ADRS", "ADT", 3.0),
        ("B", START, "2009-08-01", 141.0, 2.0, dead, "Death", "ADSL", "DTHDT", None),
        ("C", START, START, 1.0, 3.0, none, "Start", "ADSL", "TRTSDT", None),
        ("D", START, "2009-06-13", 92.0, 1.0, last, visit, "ADRS", "ADT", 2.0),
    ]
    loss = adtte_endpoint(renal.time_to("loss_of_response"), adsl=adsl, paramcd="TTLOSS", param="Time to Loss")
    assert rows(loss, *COLUMNS) == [
        ("A", "2009-06-13", "2009-09-12", 92.0, 0.0, "Loss of response (ginzler2005)", None, "SV", "SVSTDTC", None)
    ]
    assert "3 of 4 subjects not at risk" in loss.method
    death = adtte_endpoint(renal.time_to("death"), adsl=adsl, paramcd="OS", param="Overall Survival", unit="months")
    assert rows(death, "CNSR", "EVNTDESC", "SRCVAR")[:2] == [
        (1.0, "Censored at last contact", "LSTALVDT"),
        (0.0, "Death", "DTHDT"),
    ]
    assert death.values["AVAL"][1] == 141.0 / 30.4375 and death.values["PARAM"][0] == "Overall Survival (Months)"
    either = adtte_endpoint(
        renal.time_to("first_remission"), adsl=adsl, paramcd="T", param="T", death="event", description="Response"
    )
    assert rows(either, "CNSR", "EVNTDESC")[:2] == [(0.0, "Response"), (0.0, "Death")]
    for made in (first, loss, death, either):
        assert made.check().counts == {"error": 0, "warning": 0, "note": 0}


def test_the_record_pointed_to_is_the_record_of_the_date() -> None:
    trial = hand_made()
    adsl = ms.adam.adsl(trial, study="X")
    renal = ms.endpoints.renal_response(trial)
    adrs = ms.adam.adrs(renal, adsl=adsl)
    times = adtte_endpoint(renal.time_to("first_remission"), adsl=adsl, paramcd="T", param="T", source=adrs)
    by_number = {
        (subject, number): (day, code, text)
        for subject, number, day, code, text in rows(adrs, "USUBJID", "ASEQ", "ADT", "PARAMCD", "AVALC")
    }
    traced = [r for r in rows(times, "USUBJID", "SRCSEQ", "ADT", "CNSR", "SRCDOM") if r[4] == "ADRS"]
    assert [by_number[(r[0], r[1])] for r in traced] == [(r[2], "GINZL05R", "Y" if r[3] == 0 else "N") for r in traced]


def test_a_recorded_event_points_to_its_record() -> None:
    trial = hand_made()
    adsl = ms.adam.adsl(trial, study="X")
    found = ms.endpoints.flares(trial, "treatment_failure")
    out = adtte_endpoint(found.time_to(), adsl=adsl, paramcd="TTFAIL", param="Time to Failure", trial=trial)
    by_subject = {r[0]: r[1:] for r in rows(out, "USUBJID", "ADT", "CNSR", "SRCDOM", "SRCVAR", "SRCSEQ")}
    times = found.time_to(unit="days")
    for subject, time in zip(times.usubjid, times.time.tolist(), strict=True):
        adt = by_subject[subject][0]
        assert (np.datetime64(adt) - np.datetime64(START)).astype(int) == time
    assert by_subject["D"] == ("2009-07-01", 0.0, "CM", "CMSTDTC", 2.0)
    records = ms.io.to_sdtm(trial, study="X")["CM"].values
    assert [
        d
        for s, n, d in zip(records["USUBJID"], records["CMSEQ"], records["CMSTDTC"], strict=True)
        if (s, n) == ("D", 2)
    ] == ["2009-07-01"]
    without = adtte_endpoint(found.time_to(), adsl=adsl, paramcd="TTFAIL", param="Time to Failure")
    assert np.isnan(without.values["SRCSEQ"]).all()


def test_times_of_the_cohort_are_its_dates(gu: ms.Trial) -> None:
    adsl = ms.adam.adsl(gu, study="GU2014")
    renal = ms.endpoints.renal_response(gu)
    for target, n_event in (("first_remission", 49), ("loss_of_response", 16), ("flare", 11), ("death", 4)):
        times = renal.time_to(target, unit="days")
        out = adtte_endpoint(times, adsl=adsl, paramcd="TT", param="Time")
        assert out.values["USUBJID"] == times.usubjid
        assert np.array_equal(out.values["AVAL"], times.time + 1.0)
        assert np.array_equal(out.values["CNSR"] == 0, times.event)
        assert int(times.event.sum()) == n_event
        assert out.check().counts["error"] == 0


def test_the_survival_curve_of_the_data_set_is_that_of_the_times(gu: ms.Trial, tmp_path: Path) -> None:
    times = ms.endpoints.renal_response(gu).time_to("death", unit="days")
    path = adtte_endpoint(times, adsl=ms.adam.adsl(gu, study="G"), paramcd="OS", param="OS").write(tmp_path / "a.xpt")
    again = ms.read(path, library="numpy")
    left = ms.kaplan_meier("AVAL", cnsr="CNSR", data=again)
    right = ms.kaplan_meier("time", event="event", data=times)
    assert left.columns()["survival"].tolist() == right.columns()["survival"].tolist()


def test_what_cannot_be_a_data_set_is_refused(gu: ms.Trial) -> None:
    adsl = ms.adam.adsl(gu, study="G")
    renal = ms.endpoints.renal_response(gu)
    times = renal.time_to("first_remission")
    given: dict[str, Any] = {"adsl": adsl, "paramcd": "T", "param": "T"}
    with pytest.raises(OptionError, match="these times are planned"):
        adtte_endpoint(renal.time_to("first_remission", clock="planned"), **given)
    with pytest.raises(TypeError, match=r"sources with dates go to `ms\.adam\.adtte`"):
        adtte_endpoint(adsl, **given)
    with pytest.raises(OptionError, match="unknown unit `years`"):
        adtte_endpoint(times, **given, unit="years")  # type: ignore[arg-type]
    with pytest.raises(OptionError, match="unknown death `ignored`"):
        adtte_endpoint(times, **given, death="ignored")  # type: ignore[arg-type]
    with pytest.raises(DataError, match="does not have 81 of the 81 subjects"):
        adtte_endpoint(times, adsl={"USUBJID": ["x"]}, paramcd="T", param="T")
    with pytest.raises(DataError, match="one row a subject, but rows 0 and 1"):
        adtte_endpoint(times, adsl={"USUBJID": ["x", "x"]}, paramcd="T", param="T")
    other = ms.adam.adrs(ms.endpoints.renal_response(gu, "sat0244"), adsl=adsl)
    with pytest.raises(DataError, match="`source` is not derived by `ginzler2005`"):
        adtte_endpoint(times, **given, source=other)


def participation(status: dict[str, list[Any]], **options: Any) -> list[tuple[Any, ...]]:
    n = len(status["usubjid"])
    trial = ms.Trial(
        subjects={"usubjid": status["usubjid"], "arm": ["MSC"] * n},
        infusions={"usubjid": status["usubjid"], "date": ["2010-01-01"] * n},
        visits={
            "usubjid": status["usubjid"],
            "visit": ["M12"] * n,
            "date": ["2011-01-03", None, None, None, None, None][:n],
            "planned_month": [12.0] * n,
        },
        status=status,
    )
    return rows(ms.adam.adsl(trial, study="X", **options), "EOSSTT", "EOSDT", "DCSREAS", "DTHFL")


STATUS = {
    "usubjid": ["1", "2", "3", "4", "5", "6"],
    "death_date": [None, "2010-06-01", None, "2012-01-01", None, None],
    "withdrawal_date": [None, None, "2010-05-05", None, "2011-02-01", None],
    "withdrawal_reason": [None, None, "moved away", None, "tired", None],
    "completed_date": [None, None, None, "2011-01-05", "2011-01-05", None],
}


def test_participation_is_completed_discontinued_or_ongoing() -> None:
    assert participation(STATUS) == [
        ("ONGOING", None, None, None),
        ("DISCONTINUED", "2010-06-01", "DEATH", "Y"),
        ("DISCONTINUED", "2010-05-05", "moved away", None),
        ("COMPLETED", "2011-01-05", None, "Y"),  # the death came later
        ("COMPLETED", "2011-01-05", None, None),  # so did the withdrawal
        ("ONGOING", None, None, None),
    ]


def test_the_last_visit_of_the_plan_completes() -> None:
    found = participation(STATUS, completed_visit="M12")
    assert found[0] == ("COMPLETED", "2011-01-03", None, None)
    assert [r[0] for r in found] == ["COMPLETED", "DISCONTINUED", "DISCONTINUED", "COMPLETED", "COMPLETED", "ONGOING"]
    with pytest.raises(OptionError, match="no subject has a dated visit of that name"):
        participation(STATUS, completed_visit="M24")


def test_a_completion_after_the_data_cut_off_is_ongoing() -> None:
    trial = ms.Trial(
        subjects={"usubjid": ["1"]},
        status={"usubjid": ["1"], "completed_date": ["2011-01-05"]},
        data_cutoff="2010-12-31",
    )
    assert ms.adam.adsl(trial, study="X").values["EOSSTT"] == ["ONGOING"]
    assert "after_cutoff" in trial.findings.rule


def test_disposition_of_sdtm_is_that_of_the_study_not_of_the_treatment() -> None:
    dm = {"USUBJID": ["1", "2", "3"], "ARM": ["MSC"] * 3}
    ds = {
        "USUBJID": ["1", "1", "2", "3"],
        "DSDECOD": ["COMPLETED", "COMPLETED", "ADVERSE EVENT", "LOST TO FOLLOW-UP"],
        "DSTERM": ["COMPLETED", "COMPLETED", "RASH", "LOST"],
        "DSCAT": ["DISPOSITION EVENT"] * 4,
        "DSSCAT": ["STUDY TREATMENT", "STUDY PARTICIPATION", "STUDY TREATMENT", None],
        "DSSTDTC": ["2010-02-01", "2011-01-05", "2010-03-01", "2010-09-01"],
    }
    trial = ms.io.from_sdtm({"DM": dm, "DS": ds}, library="numpy")
    assert rows(ms.adam.adsl(trial, study="X"), "EOSSTT", "EOSDT", "DCSREAS") == [
        ("COMPLETED", "2011-01-05", None),
        ("ONGOING", None, None),
        ("DISCONTINUED", "2010-09-01", "lost"),
    ]
    back = ms.io.to_sdtm(trial, study="X")["DS"].values
    assert Counter(back["DSDECOD"]) == {"COMPLETED": 1, "OTHER": 1}


def test_the_flags_of_imputed_dates_of_adsl_go_along() -> None:
    trial = ms.Trial(
        subjects={"usubjid": ["S1", "S2"], "arm": ["A", "A"]},
        infusions={"usubjid": ["S1", "S2"], "date": ["2020-01", "2020-01-15"]},
        visits={"usubjid": ["S1", "S2"], "visit": ["M0", "M0"], "date": ["2020-01-15"] * 2, "planned_month": [0, 0]},
        assessments={"usubjid": ["S1", "S2"], "visit": ["M0"] * 2, "what": ["renal_response"] * 2, "value": ["NR"] * 2},
        status={"usubjid": ["S1", "S2"], "death_date": ["2020-06", None], "last_contact_date": [None, "2020-07-01"]},
        date_imputation="middle",
    )
    adsl = ms.adam.adsl(trial, study="X", date_imputation="middle")
    times = ms.endpoints.renal_response(trial, source="recorded").time_to("death")
    out = adtte_endpoint(times, adsl=adsl, paramcd="OS", param="Overall Survival")
    assert rows(out, "USUBJID", "STARTDTF", "ADTF") == [("S1", "D", "D"), ("S2", None, None)]
