"""ADaM derivations against the CDISC pilot and against cases derived by hand."""

from __future__ import annotations

import importlib
import math
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import mscsle as ms
from mscsle import _frame
from mscsle.adam import WINDOWS, bds, check, criterion
from mscsle.adam._adrs import parameters as adrs_parameters
from mscsle.exceptions import DataError, OptionError
from mscsle.trial import schema

LIBRARIES: tuple[_frame.Library, ...] = ("pandas", "polars", "pyarrow", "numpy")
SLEDAI_ITEMS = [c for c in schema("sledai").columns()["column"][4:] if c != "total"]
PILOT_COLUMNS = ["AVAL", "STARTDT", "ADT", "CNSR", "EVNTDESC", "SRCDOM", "SRCVAR", "SRCSEQ"]


def pilot(root: Path, name: str, library: _frame.Library = "numpy") -> Any:
    return ms.read(root / "tests" / "data" / "cdisc" / f"{name}.xpt", metadata=True, library=library)


@pytest.mark.parametrize("library", LIBRARIES)
def test_the_pilot_adtte_is_derived_again_from_its_sources(library: _frame.Library, root: Path) -> None:
    """AVAL = ADT - STARTDT + 1, 152 events, and the source of every date, of the pilot's own ADAE and ADSL."""
    adsl, adae = pilot(root, "adsl", library).to_frame(), pilot(root, "adae", library).to_frame()
    derived = ms.adam.adtte(
        adsl,
        paramcd="TTDE",
        param="Time to First Dermatologic Event",
        events=[
            ms.adam.event(
                adae,
                name="ADAE",
                date="ASTDT",
                description="Dematologic Event Occured",
                where={"CQ01NAM": "DERMATOLOGIC EVENTS", "TRTEMFL": "Y"},
                sequence="AESEQ",
            )
        ],
        censorings=[ms.adam.censoring(adsl, name="ADSL", date="RFENDT", description="Study Completion Date")],
    )
    assert int((derived.values["CNSR"] == 0).sum()) == 152
    result = ms.compare(pilot(root, "adtte"), derived, keys="USUBJID", columns=PILOT_COLUMNS)
    assert result.n_matched == 254
    assert result.equal, result.report()
    assert len(derived.check()) == 0


def test_the_pilot_adtte_follows_its_own_dates(root: Path) -> None:
    adtte = pilot(root, "adtte")
    days = (adtte.values["ADT"] - adtte.values["STARTDT"]).astype(float) + 1
    assert np.array_equal(adtte.values["AVAL"], days)
    assert int((adtte.values["CNSR"] == 0).sum()) == 152
    assert check(adtte, structure="TTE").counts["error"] == 0


@pytest.mark.parametrize("structure", ["ADSL", "BDS", "TTE"])
def test_written_files_are_read_again_with_labels_and_dates(structure: str, tmp_path: Path) -> None:
    trial = ms.load("gu2014", library="numpy")
    adsl = ms.adam.adsl(trial, study="GU2014")
    response = ms.adam.adrs(ms.endpoints.renal_response(trial), adsl=adsl)
    made = {
        "ADSL": adsl,
        "BDS": ms.adam.adlb(trial, adsl=adsl, windows=WINDOWS, carry="LOCF", criteria=[criterion("PCHG", "le", -50)]),
        "TTE": ms.adam.adtte(
            adsl,
            paramcd="TTRESP",
            param="Time to First Response",
            events=[
                ms.adam.event(
                    response,
                    name="ADRS",
                    date="ADT",
                    description="Response",
                    where={"PARAMCD": "GINZL05R", "AVALC": "Y"},
                )
            ],
            censorings=[ms.adam.censoring(adsl, name="ADSL", date="LSTALVDT", description="Last known alive")],
        ),
    }[structure]
    assert made.check().counts["error"] == 0
    path = made.write(tmp_path / f"{made.name.lower()}.xpt")
    back = ms.read(path, metadata=True, library="numpy")
    assert ms.compare(made, back, blanks="trim").equal
    assert dict(back.labels) == dict(made.labels)
    assert all(
        back.formats[c] == "DATE9." for c, v in made.values.items() if getattr(v, "dtype", None) == "datetime64[D]"
    )
    assert (
        path.read_bytes() == made.write(tmp_path / "again.xpt", created=None).read_bytes() or path.name != "again.xpt"
    )


def test_response_data_agree_with_the_endpoint() -> None:
    trial = ms.load("gu2014", library="numpy")
    response = ms.endpoints.renal_response(trial)
    out = ms.adam.adrs(response, adsl=ms.adam.adsl(trial, study="GU2014"))
    columns = zip(out.values["PARAMCD"], out.values["AVISIT"], out.values["AVALC"], strict=True)
    found = [(v, c) for code, v, c in columns if code == "GINZL05R"]
    # published counts of Gu 2014 (Int J Rheum Dis): in response at 3, 6, 12 months
    assert [found.count((visit, "Y")) for visit in ("M3", "M6", "M12")] == [14 + 18, 14 + 21, 18 + 16]


def test_every_definition_has_a_code_of_its_own() -> None:
    found = ms.endpoints.definitions()
    assert {(d.kind, d.id) for d in found} == {(kind, id_) for kind, of in adrs_parameters().items() for id_ in of}
    codes = []
    for d in found:
        code = adrs_parameters()[d.kind][d.id]["code"].format(fall=4)
        several = d.kind == "response" and len(d.states) > 1
        codes += [code, f"{code}R"] if several else [code]
    assert len(codes) == len(set(codes))
    assert max(len(c) for c in codes) <= 8


@pytest.fixture(scope="module")
def endpoints_of() -> Any:
    trial = ms.Trial(
        subjects={"usubjid": ["S1", "S2"], "arm": ["A", "A"]},
        infusions={"usubjid": ["S1", "S2"], "date": ["2020-01-01"] * 2},
        visits={
            "usubjid": ["S1", "S1", "S2", "S2"],
            "visit": ["M0", "M6"] * 2,
            "date": ["2020-01-01", "2020-07-01"] * 2,
            "planned_month": [0, 6] * 2,
        },
        sledai={
            "usubjid": ["S1", "S1", "S2", "S2"],
            "visit": ["M0", "M6"] * 2,
            **{item: [0] * 4 for item in SLEDAI_ITEMS},
            "vasculitis": [1, 0, 1, 1],  # 8 points
            "arthritis": [1, 1, 1, 0],  # 4 points
            "rash": [0, 0, 0, 1],  # 2 points
        },
        medications={
            "usubjid": ["S1"],
            "drug": ["prednisone"],
            "dose": [5.0],
            "unit": ["mg"],
            "start_date": ["2019-01-01"],
        },
        bilag={
            "usubjid": ["S1", "S1", "S2", "S2"],
            "visit": ["M0", "M6"] * 2,
            "system": ["mucocutaneous"] * 4,
            "grade": ["A", "D", "A", "B"],
            "version": ["bilag-2004"] * 4,
        },
        pga={
            "usubjid": ["S1", "S1", "S2", "S2"],
            "visit": ["M0", "M6"] * 2,
            "value": [2.0, 0.5, 2.0, 2.0],
            "scale_max": [3] * 4,
        },
    )
    return trial, ms.adam.adsl(trial, study="X")


@pytest.mark.parametrize(
    ("call", "code", "name"),
    [
        (lambda t: ms.endpoints.sri(t), "SRI4", "SLE Responder Index 4 (sri)"),
        (lambda t: ms.endpoints.sri(t, k=6), "SRI6", "SLE Responder Index 6 (sri)"),
        (lambda t: ms.endpoints.sri(t, new_b=1), "SRI4", "SLE Responder Index 4 (sri: new_b = 1)"),
        (lambda t: ms.endpoints.bicla(t), "BICLA", "BICLA Response (bicla)"),
        (lambda t: ms.endpoints.lldas(t), "LLDAS", "Lupus Low Disease Activity State (lldas)"),
        (lambda t: ms.endpoints.doris(t), "DORIS", "DORIS 2021 Remission (doris2021)"),
    ],
)
def test_an_endpoint_with_one_state_is_one_parameter_of_its_own(
    endpoints_of: Any, call: Any, code: str, name: str
) -> None:
    trial, adsl = endpoints_of
    response = call(trial)
    out = ms.adam.adrs(response, adsl=adsl)
    assert (set(out.values["PARAMCD"]), set(out.values["PARAM"])) == ({code}, {name})
    assert set(out.values["AVALC"]) <= {"Y", "N", None}
    if code == "SRI4":
        assert picked(out, "USUBJID", "AVISIT", "AVALC", "AVAL") == [("S1", "M6", "Y", 1.0), ("S2", "M6", "N", 0.0)]
    assert "by convention of mscsle, not CDISC" in out.method
    assert out.check().counts["error"] == 0


def test_flares_are_records_of_their_own_and_a_source_of_events() -> None:
    trial = ms.load("gu2014", library="numpy")
    adsl, flares = ms.adam.adsl(trial, study="GU2014"), ms.endpoints.flares(trial)
    out = ms.adam.adrs(flares, adsl=adsl)
    assert out.n_rows == len(flares)
    assert set(out.values["PARAMCD"]) == {"MAINTFL"}
    assert set(out.values["AVALC"]) <= set(flares.definition.states)
    assert out.check().counts["error"] == 0
    times = ms.adam.adtte(
        adsl,
        paramcd="TTRENFL",
        param="Time to First Renal Flare",
        events=[ms.adam.event(out, name="ADRS", date="ADT", description="Renal flare")],
        censorings=[ms.adam.censoring(adsl, name="ADSL", date="LSTALVDT", description="Last known alive")],
    )
    assert int((times.values["CNSR"] == 0).sum()) == len(set(flares.table["usubjid"]))


def test_a_definition_of_your_own_needs_a_code(endpoints_of: Any) -> None:
    trial, adsl = endpoints_of
    source = ms.endpoints.definition("sri").source
    own = ms.endpoints.response(trial, source.replace('"sri"', '"my_index"'))
    changed = ms.endpoints.response(
        trial, source.replace('compare = "lt", value = "new_b"', 'compare = "lt", value = 1')
    )
    for response, id_ in ((own, "my_index"), (changed, "sri")):
        with pytest.raises(OptionError, match=r"is not built in and has no code of its own; give `paramcd`"):
            ms.adam.adrs(response, adsl=adsl)
        with pytest.raises(OptionError, match="give `paramcd`"):
            ms.adam.adrs(response, adsl=adsl, paramcd="MYINDEX")
        out = ms.adam.adrs(response, adsl=adsl, paramcd="MYINDEX", param="My Index")
        assert (out.values["PARAMCD"][0], out.values["PARAM"][0]) == ("MYINDEX", f"My Index ({id_})")
        assert "PARAMCD of the sponsor" in out.method


def test_responses_as_recorded_need_a_code() -> None:
    trial = ms.Trial(
        subjects={"usubjid": ["S1"], "arm": ["A"]},
        infusions={"usubjid": ["S1"], "date": ["2020-01-01"]},
        visits={
            "usubjid": ["S1", "S1"],
            "visit": ["M0", "M6"],
            "date": ["2020-01-01", "2020-07-01"],
            "planned_month": [0, 6],
        },
        assessments={"usubjid": ["S1"], "visit": ["M6"], "what": ["renal_response"], "value": ["CR"]},
    )
    response, adsl = ms.endpoints.renal_response(trial, source="recorded"), ms.adam.adsl(trial, study="X")
    with pytest.raises(OptionError, match="responses as recorded have no code of their own; give `paramcd`"):
        ms.adam.adrs(response, adsl=adsl)
    out = ms.adam.adrs(response, adsl=adsl, paramcd="INVRESP", param="Renal Response")
    assert picked(out, "PARAMCD", "PARAM", "AVALC") == [
        ("INVRESP", "Renal Response (ginzler2005, as recorded)", "CR"),
        ("INVRESPR", "Renal Response (ginzler2005, as recorded): Responder", "Y"),
    ]


@pytest.mark.parametrize("bad", ["TOOLONGCODE", "sri4", "4SRI", "SRI-4"])
def test_codes_that_are_none_are_refused(endpoints_of: Any, bad: str) -> None:
    trial, adsl = endpoints_of
    with pytest.raises(OptionError, match=f"`paramcd` must have 1 to 8 characters.* but is `{bad}`"):
        ms.adam.adrs(ms.endpoints.sri(trial), adsl=adsl, paramcd=bad)


def test_what_is_no_endpoint_is_refused() -> None:
    trial = ms.load("gu2014", library="numpy")
    times = ms.endpoints.renal_response(trial).time_to("first_remission")
    with pytest.raises(TypeError, match=r"must be a Response or Flares of `ms.endpoints`, but is TimeTo"):
        ms.adam.adrs(times, adsl=ms.adam.adsl(trial, study="GU2014"))  # type: ignore[arg-type]


def test_adsl_counts_of_the_cohort() -> None:
    adsl = ms.adam.adsl(ms.load("gu2014", library="numpy"), study="GU2014")
    assert adsl.n_rows == 81
    assert adsl.values["DTHFL"].count("Y") == 4
    assert adsl.values["ITTFL"].count("Y") == 81


def test_adsl_imputes_partial_dates_and_says_so() -> None:
    trial = ms.Trial(
        subjects={"usubjid": ["X-1", "X-2"], "arm": ["MSC", "MSC"]},
        infusions={"usubjid": ["X-1", "X-1", "X-2"], "date": ["2010-03-05", "2010-03", "2011"]},
        status={
            "usubjid": ["X-1", "X-2"],
            "death_date": ["2010", None],
            "last_contact_date": ["2010-05-01", "2012-02"],
        },
    )
    adsl = ms.adam.adsl(trial, study="X", date_imputation="first")
    day = {c: [str(d) for d in adsl.values[c]] for c in ("TRTSDT", "TRTEDT", "DTHDT", "LSTALVDT")}
    assert day["TRTSDT"] == ["2010-03-01", "2011-01-01"]
    assert adsl.values["TRTSDTF"] == ["D", "M"]
    assert day["TRTEDT"] == ["2010-03-05", "2011-01-01"]
    assert day["DTHDT"] == ["2010-03-05", "NaT"]  # not before the last infusion
    assert adsl.values["DTHDTF"] == ["M", None]
    assert adsl.values["LSTALVDF"] == [None, "D"]


@pytest.mark.parametrize(
    ("given", "rule", "expected", "flag"),
    [
        ("2012-02", "last", "2012-02-29", "D"),
        ("2011-02", "last", "2011-02-28", "D"),
        ("2011-02", "middle", "2011-02-15", "D"),
        ("2011", "middle", "2011-07-01", "M"),
        ("2011", "last", "2011-12-31", "M"),
        ("2011-02-03T10:30", "last", "2011-02-03", None),
        ("2011---", "first", "2011-01-01", "M"),
        ("2011-02--", "first", "2011-02-01", "D"),
        (date(2011, 2, 3), "first", "2011-02-03", None),
        (None, "first", "NaT", None),
    ],
)
def test_partial_dates(given: Any, rule: Any, expected: str, flag: str | None) -> None:
    out = ms.adam.impute_dates([given], rule=rule)
    assert (str(out.dates[0]), out.flags) == (expected, [flag])


def test_limits_never_leave_the_known_month_and_whole_dates_stay() -> None:
    out = ms.adam.impute_dates(
        ["2011-02", "2011-02", "2011-02-03"], rule="first", not_before=["2011-02-10", "2011-04-01", "2011-04-01"]
    )
    assert [str(d) for d in out.dates] == ["2011-02-10", "2011-02-28", "2011-02-03"]


@pytest.mark.parametrize("bad", ["2011-13", "2011-02-30", "03/2011", "20110203", "UNK"])
def test_what_is_no_date_is_named(bad: str) -> None:
    with pytest.raises(DataError, match=r"must be ISO 8601 .* but row 1 is"):
        ms.adam.impute_dates(["2011", bad], rule="first")


ADSL = {"STUDYID": ["X"] * 2, "USUBJID": ["1", "2"], "TRTSDT": ["2020-01-01"] * 2, "DTHDT": [None, "2020-06-01"]}


def rows(subject: str, *values: tuple[str, float]) -> dict[str, list[Any]]:
    return {
        "USUBJID": [subject] * len(values),
        "PARAMCD": ["UPCR"] * len(values),
        "PARAM": ["UPCR (g/g)"] * len(values),
        "ADT": [d for d, _ in values],
        "AVAL": [v for _, v in values],
    }


def picked(out: Any, *columns: str) -> list[tuple[Any, ...]]:
    def plain(values: Any) -> list[Any]:
        listed = values.tolist() if isinstance(values, np.ndarray) else list(values)
        return [None if isinstance(v, float) and math.isnan(v) else v for v in listed]

    return list(zip(*(plain(out.values[c]) for c in columns), strict=True))


def test_baseline_is_the_last_value_on_or_before_the_start() -> None:
    data = rows("1", ("2019-12-01", 5.0), ("2020-01-01", 4.0), ("2020-01-02", 2.0))
    out = bds(data, adsl=ADSL)
    assert picked(out, "ADY", "ABLFL", "BASE", "CHG", "PCHG") == [
        (-31, None, 4.0, None, None),
        (1, "Y", 4.0, None, None),
        (2, None, 4.0, -2.0, -50.0),
    ]


def test_no_baseline_no_change_and_zero_baseline_no_percent() -> None:
    assert picked(bds(rows("1", ("2020-02-01", 3.0)), adsl=ADSL), "BASE", "CHG") == [(None, None)]
    zero = bds(rows("1", ("2020-01-01", 0.0), ("2020-02-01", 3.0)), adsl=ADSL)
    assert picked(zero, "CHG", "PCHG") == [(None, None), (3.0, None)]


def test_windows_take_the_nearest_and_of_two_the_later() -> None:
    # day 91 is the target of month 3: days 86 and 96 are equally near
    data = rows("1", ("2020-01-01", 4.0), ("2020-03-27", 3.0), ("2020-04-06", 2.0), ("2020-05-01", 1.0))
    out = bds(data, adsl=ADSL, windows=WINDOWS)
    assert picked(out, "AVISIT", "AWTDIFF", "ANL01FL") == [
        ("Baseline", 0, "Y"),
        ("Month 3", 5, None),
        ("Month 3", 5, "Y"),
        ("Month 3", 30, None),
    ]


@pytest.mark.parametrize(
    ("carry", "worst", "expected"),
    [
        ("LOCF", "high", [("Month 1", 4.0, "LOCF"), ("Month 6", 2.0, "LOCF"), ("Month 9", 2.0, "LOCF"), ("Month 12", 2.0, "LOCF")]),
        ("BOCF", "high", [("Month 1", 4.0, "BOCF"), ("Month 6", 4.0, "BOCF"), ("Month 9", 4.0, "BOCF"), ("Month 12", 4.0, "BOCF")]),
        ("WOCF", "high", [("Month 6", 3.0, "WOCF"), ("Month 9", 3.0, "WOCF"), ("Month 12", 3.0, "WOCF")]),
        ("WOCF", "low", [("Month 6", 2.0, "WOCF"), ("Month 9", 2.0, "WOCF"), ("Month 12", 2.0, "WOCF")]),
    ],
)  # fmt: skip
def test_carried_values(carry: Any, worst: Any, expected: list[tuple[str, float, str]]) -> None:
    data = rows("1", ("2020-01-01", 4.0), ("2020-03-10", 3.0), ("2020-04-01", 2.0))
    out = bds(data, adsl=ADSL, windows=WINDOWS, carry=carry, worst=worst)
    assert [r for r in picked(out, "AVISIT", "AVAL", "DTYPE") if r[2]] == expected


def test_nothing_is_carried_past_death() -> None:
    # died on day 152: month 3 (day 91) is carried, month 6 (day 183) is not
    out = bds(rows("2", ("2020-01-01", 4.0)), adsl=ADSL, windows=WINDOWS, carry="LOCF")
    assert [r[0] for r in picked(out, "AVISIT", "DTYPE") if r[1]] == ["Month 1", "Month 3"]


def test_criteria_are_exact_at_the_limit() -> None:
    data = rows("1", ("2020-01-01", 0.3), ("2020-02-01", 0.1 + 0.2), ("2020-03-01", 0.15))
    out = bds(data, adsl=ADSL, criteria=[criterion("AVAL", "le", 0.3), criterion("PCHG", "le", -50)])
    assert picked(out, "CRIT1FL", "CRIT2FL") == [("Y", None), ("Y", "N"), ("Y", "Y")]
    assert out.values["CRIT2"] == [None, "PCHG <= -50", "PCHG <= -50"]


def test_subjects_outside_adsl_are_counted() -> None:
    out = bds(rows("9", ("2020-01-01", 1.0)), adsl=ADSL)
    assert out.n_rows == 0 and "1 subject not in ADSL left out" in out.method


def tte(**options: Any) -> Any:
    adsl = {
        "STUDYID": ["X"] * 3,
        "USUBJID": ["1", "2", "3"],
        "TRTSDT": ["2020-01-01", "2020-01-01", None],
        "EOSDT": ["2020-03-01", "2020-02-01", "2020-03-01"],
        "DTHDT": [None, "2020-01-20", None],
    }
    flares = {"USUBJID": ["1", "1", "3"], "ASTDT": ["2019-12-20", "2020-02-01", "2020-02-01"], "SEQ": [1, 2, 1]}
    return ms.adam.adtte(
        adsl,
        paramcd="TTFLARE",
        param="Time to Flare or Death",
        events=[
            ms.adam.event(flares, name="ADFL", date="ASTDT", description="Flare", sequence="SEQ"),
            ms.adam.event(adsl, name="ADSL", date="DTHDT", description="Death"),
        ],
        censorings=[
            ms.adam.censoring(adsl, name="ADSL", date="EOSDT", description="End of study", date_description="EOS")
        ],
        **options,
    )


def test_the_first_of_several_events_and_dates_before_the_start() -> None:
    out = tte()
    assert picked(out, "USUBJID", "AVAL", "CNSR", "EVNTDESC", "SRCDOM", "SRCSEQ") == [
        ("1", 1.0, 0.0, "Flare", "ADFL", 1.0),  # the flare before the start counts at the start
        ("2", 20.0, 0.0, "Death", "ADSL", None),
    ]
    assert "1 date before the start set to the start" in out.method


def test_the_flags_of_imputed_dates_go_along() -> None:
    adsl = {
        "STUDYID": ["X"] * 4,
        "USUBJID": ["1", "2", "3", "4"],
        "TRTSDT": ["2020-01-01", "2020-01-01", "2020-01-05", "2020-01-05"],
        "TRTSDTF": ["D", None, "D", None],
        "DTHDT": [None, "2020-02-01", None, None],
        "DTHDTF": [None, "M", None, None],
        "LSTALVDT": ["2020-03-01", "2020-03-01", "2020-01-01", "2020-03-01"],
        "LSTALVDF": ["D", None, None, None],
    }
    out = ms.adam.adtte(
        adsl,
        paramcd="OS",
        param="Overall Survival",
        events=[ms.adam.event(adsl, name="ADSL", date="DTHDT", description="Death")],
        censorings=[ms.adam.censoring(adsl, name="ADSL", date="LSTALVDT", description="Last known alive")],
    )
    assert picked(out, "USUBJID", "CNSR", "STARTDTF", "ADTF") == [
        ("1", 1.0, "D", "D"),
        ("2", 0.0, None, "M"),
        ("3", 1.0, "D", "D"),  # before the start, so that the date is that of the start
        ("4", 1.0, None, None),
    ]
    assert out.check().counts["error"] == 0
    whole = {k: v for k, v in adsl.items() if not k.endswith(("DTF", "DF"))}
    source = ms.adam.censoring(whole, name="ADSL", date="LSTALVDT", description="Last known alive")
    happened = ms.adam.event(whole, name="ADSL", date="DTHDT", description="Death")
    plain = ms.adam.adtte(whole, paramcd="OS", param="Overall Survival", events=[happened], censorings=[source])
    assert not {"STARTDTF", "ADTF"} & set(plain.values)


@pytest.mark.parametrize(("unit", "aval"), [("days", 20.0), ("weeks", 20 / 7), ("months", 20 / 30.4375)])
def test_units(unit: Any, aval: float) -> None:
    out = tte(unit=unit)
    assert out.values["AVAL"][1] == pytest.approx(aval, rel=1e-15)
    assert out.values["PARAM"][1] == f"Time to Flare or Death ({unit.capitalize()})"
    assert out.check().counts == {"error": 0, "warning": 0, "note": 0}


def test_wrong_sources_are_refused() -> None:
    adsl = {"STUDYID": ["X"], "USUBJID": ["1"], "TRTSDT": ["2020-01-01"], "EOSDT": [None]}
    source = ms.adam.censoring(adsl, name="ADSL", date="EOSDT", description="End")
    happened = ms.adam.event(adsl, name="ADSL", date="EOSDT", description="End")
    with pytest.raises(DataError, match="1 subject without event has no censoring date"):
        ms.adam.adtte(adsl, paramcd="T", param="T", events=[happened], censorings=[source])
    with pytest.raises(OptionError, match="`events` take sources made by `event`"):
        ms.adam.adtte(adsl, paramcd="T", param="T", events=[source], censorings=[source])
    with pytest.raises(OptionError, match="whole number > 0"):
        ms.adam.censoring(adsl, name="ADSL", date="EOSDT", description="End", cnsr=0)
    partial = {**adsl, "EOSDT": ["2020-03"]}
    with pytest.raises(DataError, match=r"row 0 is '2020-03'; impute partial dates"):
        ms.adam.adtte(
            adsl,
            paramcd="T",
            param="T",
            events=[happened],
            censorings=[ms.adam.censoring(partial, name="ADSL", date="EOSDT", description="End")],
        )


GOOD: dict[str, list[Any]] = {
    "STUDYID": ["X"] * 2,
    "USUBJID": ["1", "2"],
    "PARAM": ["T (Days)"] * 2,
    "PARAMCD": ["T"] * 2,
    "AVAL": [11.0, 21.0],
    "STARTDT": ["2020-01-01"] * 2,
    "ADT": ["2020-01-11", "2020-01-21"],
    "CNSR": [0, 1],
    "ITTFL": ["Y", "N"],
}


@pytest.mark.parametrize(
    ("change", "rules"),
    [
        ({}, []),
        ({"CNSR": [0, -1]}, ["bad_cnsr"]),
        ({"CNSR": [0, 0.5]}, ["bad_cnsr"]),
        ({"CNSR": [0, None]}, ["bad_cnsr"]),
        ({"CNSR": [5.397605e-79, 1.0]}, ["sas_zero"]),
        ({"ITTFL": ["Y", "1"]}, ["bad_flag"]),
        ({"AVAL": [11.0, 22.0]}, ["aval_contradicts_dates"]),
        ({"AVAL": [10.0, 20.0]}, []),  # without the + 1
        ({"AVAL": [date(2020, 1, 1), date(2020, 1, 2)]}, ["date_as_value"]),
        ({"AVAL": ["2020-01-01", "2020-01-02"]}, ["date_as_value"]),
        ({"AVAL": ["abc", 21.0]}, ["not_a_number"]),
        ({"AVAL": ["11", "21"]}, ["not_a_number"]),
        ({"CNSR": ["zz", "zz"]}, ["not_a_number"]),
        ({"CNSR": ["0", "1"]}, ["not_a_number"]),
        ({"STARTDT": [21915.0, 21915.0]}, ["date_as_number"]),  # 2020-01-01
        ({"STARTDT": [21915.0, 21916.0]}, ["date_as_number", "aval_contradicts_dates"]),
        ({"STARTDT": [1.9e9, 21915.5]}, ["bad_date"]),
        ({"STARTDT": ["2020-01", "perhaps"]}, ["bad_date"]),
        ({"STARTDT": ["2020-02-30", "2020-01-01"]}, ["bad_date"]),
        ({"ADT": ["2019-12-01", "2020-01-21"]}, ["end_before_start", "aval_contradicts_dates"]),
        ({"USUBJID": ["1", "1"]}, ["duplicate_key"]),
        ({"USUBJID": ["1", None]}, ["missing_identifier"]),
        ({"PARAMCD": ["T", "time"]}, ["bad_paramcd", "param_not_one_to_one"]),
        ({"LONGNAME9": [1, 2]}, ["bad_name"]),
        ({"lower": [1, 2]}, ["bad_name"]),
        ({"TXT": ["é" * 101, ""]}, ["long_text"]),
    ],
)
def test_checks_find_each_damage_and_nothing_else(change: dict[str, list[Any]], rules: list[str]) -> None:
    assert check({**GOOD, **change}, structure="TTE").rule == rules


def test_what_pandas_reads_of_the_pilot_has_the_misread_zeros_as_finding(root: Path) -> None:
    pandas = importlib.import_module("pandas")
    adtte = pandas.read_sas(root / "tests" / "data" / "cdisc" / "adtte.xpt", encoding="utf-8")
    found = check(adtte, structure="TTE")
    by_rule = dict(zip(found.rule, found.column, strict=True))
    assert by_rule["sas_zero"] == "CNSR"
    assert {c for c, r in zip(found.column, found.rule, strict=True) if r == "date_as_number"} >= {"STARTDT", "ADT"}
    assert not {"end_before_start", "aval_contradicts_dates", "bad_cnsr"} & set(found.rule)


def test_a_start_that_is_a_number_of_sas_is_refused_by_its_cause() -> None:
    adsl = {"STUDYID": ["X"], "USUBJID": ["1"], "TRTSDT": [19725.0], "EOSDT": ["2020-03-01"]}
    source = ms.adam.censoring(adsl, name="ADSL", date="EOSDT", description="End")
    happened = ms.adam.event(adsl, name="ADSL", date="EOSDT", description="End")
    with pytest.raises(
        DataError, match=r"`TRTSDT` must hold dates, but holds numbers .*19725.*; read the file with `ms"
    ):
        ms.adam.adtte(adsl, paramcd="T", param="T", events=[happened], censorings=[source])


def test_missing_variables_and_labels_are_found() -> None:
    less = {k: v for k, v in GOOD.items() if k != "STARTDT"}
    assert check(less, structure="TTE").column == ["STARTDT"]
    assert {"SUBJID", "SITEID", "TRT01P"} <= {c for c in check(GOOD, structure="ADSL").column if c}
    with pytest.raises(OptionError, match="unknown structure `OCCDS`"):
        check(GOOD, structure="OCCDS")


def test_a_data_set_with_errors_is_not_written(tmp_path: Path) -> None:
    adsl = {"STUDYID": ["X"], "USUBJID": ["1"], "TRTSDT": ["2020-01-01"]}
    out = bds({**rows("1", ("2020-01-01", 4.0)), "PARAMCD": ["TOOLONGCODE"]}, adsl=adsl)
    with pytest.raises(DataError, match=r"`ADBDS` is not written: 1 error in its checks; the first: `PARAMCD`"):
        out.write(tmp_path / "adbds.xpt")
    assert not list(tmp_path.iterdir())
