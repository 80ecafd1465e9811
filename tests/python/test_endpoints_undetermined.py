"""What cannot be decided is said: absent limits of normal, subjects without time zero, subjects with numbers as ids."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import mscsle as ms
from mscsle.exceptions import DataError

DATES = {"M0": "2009-03-14", "M3": "2009-06-13", "M6": "2009-09-13"}
#: creatinine, 24-h protein, urine red cells: subject 1 improves completely, 2 not at all; 3 as 1, without infusion.
VALUES = {
    "M0": ((90.0, 3.0, 20.0), (90.0, 3.0, 20.0), (90.0, 3.0, 20.0)),
    "M3": ((88.0, 0.2, 1.0), (90.0, 2.9, 20.0), (88.0, 0.2, 1.0)),
    "M6": ((88.0, 0.2, 1.0), (90.0, 2.9, 20.0), (88.0, 0.2, 1.0)),
}
TESTS = (("creatinine", "umol/L", 104.0), ("protein_24h", "g/24 h", 0.15), ("urine_rbc", "/hpf", 5.0))


def trial(*, limits: str = "uln", infused: tuple[int, ...] = (1, 2), number: type = int) -> ms.Trial:
    labs: dict[str, list[Any]] = {name: [] for name in ("usubjid", "visit", "test", "value", "unit", limits)}
    for visit, subjects in VALUES.items():
        for subject, values in enumerate(subjects, start=1):
            for (test, unit, limit), value in zip(TESTS, values, strict=True):
                for name, cell in zip(labs, (number(subject), visit, test, value, unit, limit), strict=True):
                    labs[name].append(cell)
    ids = [number(s) for s in (1, 2, 3)]
    return ms.Trial(
        subjects={"usubjid": ids},
        infusions={"usubjid": [number(s) for s in infused], "date": [DATES["M0"]] * len(infused)},
        visits={
            "usubjid": ids * 3,
            "visit": [v for v in DATES for _ in ids],
            "date": [day for day in DATES.values() for _ in ids],
            "planned_month": [float(v[1:]) for v in DATES for _ in ids],
        },
        labs=labs,
        status={"usubjid": ids, "last_contact_date": [DATES["M6"]] * 3},
    )


def test_a_limit_no_row_has_is_a_finding_and_the_open_states_are_counted() -> None:
    renal = ms.endpoints.renal_response(trial(limits="upper_limit"))
    messages = [m for m, rule in zip(renal.findings.message, renal.findings.rule, strict=True) if rule == "no_limit_of_normal"]  # fmt: skip
    assert len(messages) == 1
    assert messages[0].startswith("no row of `creatinine` has `uln`; CR")
    assert "`ginzler2005`" in messages[0]
    counts = renal.by_visit()
    assert counts.table["undetermined"].tolist() == [2] * 3 + [2] * 3
    assert "Undetermined because values are missing: 2 at M3, 2 at M6" in counts.title()
    assert any("2 undetermined" in str(row["warning"]) for row in counts.ard_rows())
    assert renal.by_visit("assessed_at_visit").table["undetermined"].tolist() == [2] * 6
    assert set(renal.ever().table["undetermined"].tolist()) <= {0, 2}


def test_nothing_is_undetermined_where_nothing_is_missing() -> None:
    renal = ms.endpoints.renal_response(trial())
    assert "no_limit_of_normal" not in renal.findings.rule
    assert not renal.by_visit().table["undetermined"].any()
    assert not renal.ever().table["undetermined"].any()
    assert "ndetermined" not in renal.by_visit().title()


@pytest.mark.parametrize("event", ["first_remission", "loss_of_response", "death"])
def test_a_subject_without_infusion_is_left_out_of_every_time(event: str) -> None:
    times = ms.endpoints.renal_response(trial()).time_to(event)
    assert "3" not in times.usubjid
    assert times.left_out == ["3"]


def test_a_subject_without_infusion_has_no_baseline_and_stays_in_the_denominators() -> None:
    renal = ms.endpoints.renal_response(trial())
    baseline = renal._history.kept("baseline_protein_24h")
    assert baseline[:2].tolist() == [3.0, 3.0]
    assert np.isnan(baseline[2])
    for rule in ("enrolled", "alive_at_visit"):
        assert renal.by_visit(rule).table["denominator"].tolist() == [3] * 6


def test_without_any_infusion_the_baseline_visit_is_time_zero_of_all() -> None:
    times = ms.endpoints.renal_response(trial(infused=())).time_to("first_remission")
    assert times.usubjid == ["1", "2", "3"]
    assert times.left_out == []


def test_why_takes_numbers_as_ids_and_names_the_nearest() -> None:
    renal = ms.endpoints.renal_response(trial())
    assert str(renal.why(subject=1, visit="M3")) == str(renal.why(subject="1", visit="M3"))
    assert str(renal.why(subject=np.int64(1), visit="M3")) == str(renal.why(subject="1", visit="M3"))
    with pytest.raises(DataError, match=r"unknown subject `GU-0017`; did you mean `GU-0"):
        ms.endpoints.renal_response(ms.load("gu2014")).why(subject="GU-0017", visit="M3")


def test_the_report_says_who_has_no_time_zero(root: Path) -> None:
    own = root / "examples" / "own_data"
    report = ms.run(own / "plan.toml", data=own / "data", progress=False)
    left_out = "1 patient left out: no first infusion, so no time zero."
    text = {s.id: str([getattr(b, "notes", b) for b in s.blocks]) for s in report.sections}
    assert sum(left_out in words for words in text.values()) >= 2
    assert any("1 patient without a first infusion stays in the denominators" in words for words in text.values())
    assert any("1 patient without a first infusion: no baseline value" in words for words in text.values())


def test_the_report_does_not_say_nobody_responded_when_states_are_open(root: Path, tmp_path: Path) -> None:
    own = root / "examples" / "own_data"
    shutil.copytree(own / "data", tmp_path / "data")
    labs = tmp_path / "data" / "labs.csv"
    head, rest = labs.read_text(encoding="utf-8").split("\n", 1)
    assert ",uln" in head
    labs.write_text(head.replace(",uln", ",upper_limit") + "\n" + rest, encoding="utf-8")
    report = ms.run(own / "plan.toml", data=tmp_path / "data", progress=False)
    skipped = " ".join(report.skipped.values())
    assert "nobody responded" not in skipped
    assert "values missing leave states undetermined" in skipped
