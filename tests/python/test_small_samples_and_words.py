"""Rank limits of few values, SLEDAI totals that the items contradict, words of the tables in scores."""

from __future__ import annotations

import csv
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import mscsle as ms
from mscsle import _core
from mscsle.cli import main
from mscsle.exceptions import DataError

ITEMS = [item for item, _, _ in _core.sledai_items()]


def test_four_pairs_have_no_95_percent_limits() -> None:
    before, after = [10, 12, 9, 14], [4, 11, 6, 15]
    got = ms.stats.paired_test(before, after)
    # R 4.2 wilcox.test(after, before, paired = TRUE, conf.int = TRUE) warns: 87.5 % is reached at most, 1 - 2 / 2^4
    assert got.lower is None and got.upper is None and got.estimate is not None
    assert got.note == "no 95 % limits: n = 4 allows at most 87.5 %"
    assert got.note in got.title() and " CI " not in got.title()
    ard = {row["stat_name"]: row for row in got.ard_rows()}
    assert ard["lower"]["stat"] is None and ard["lower"]["warning"] == got.note
    assert got.columns()["lower"] == [None] and got.columns()["note"] == [got.note]
    reached = ms.stats.paired_test(before, after, conf_level=0.875)
    assert (reached.lower, reached.upper, reached.note) == (-6.0, 1.0, None)


def test_one_pair_allows_no_interval() -> None:
    got = ms.stats.paired_test([1], [2])
    assert (got.lower, got.note) == (None, "no 95 % limits: n = 1 allows none")
    assert got.title().startswith("1 pair, ")


def test_two_and_two_have_no_95_percent_limits() -> None:
    got = ms.stats.two_samples([1, 2, 5, 6], ["a", "a", "b", "b"])
    # 6 divisions: 1 - 2 / 6, rounded down
    assert got.lower is None and got.upper is None
    assert got.note == "no 95 % limits: n = 2 and 2 allow at most 66.66 %"
    assert got.note in got.title()
    assert ms.stats.two_samples([1, 2, 5, 6], ["a", "a", "b", "b"], conf_level=0.6).note is None


def test_change_of_two_pairs_says_why_there_are_no_limits() -> None:
    data = {"usubjid": ["1", "1", "2", "2"], "visit": ["M0", "M3"] * 2, "x": [10, 6, 12, 7]}
    got = ms.stats.change_from_baseline(data, "x")
    row = got.row("M3")
    assert row["lower"] is None and row["note"] == "no 95 % limits: n = 2 allows at most 50 %"
    assert row["note"] in got.title() and row["note"] in repr(got)
    ard = [r for r in got.ard_rows() if r["variable_level"] == "M3" and r["stat_name"] == "lower"]
    assert [(r["stat"], r["warning"]) for r in ard] == [(None, row["note"])]


def test_one_zero_is_singular() -> None:
    assert ", 1 zero dropped" in ms.stats.paired_test([1, 2, 3], [1, 4, 9]).method
    assert ", 2 zeros dropped" in ms.stats.paired_test([1, 2, 3], [1, 2, 9]).method


@pytest.mark.parametrize("baseline", [0, 0.0, np.int64(0), "0"])
def test_numbered_visits_take_a_numbered_baseline(baseline: Any) -> None:
    data = {"usubjid": ["1", "1", "2", "2"], "visit": [0, 3, 0, 3], "x": [10, 6, 12, 7]}
    got = ms.stats.change_from_baseline(data, "x", test="t", baseline=baseline, visits=[3])
    assert got.baseline == "0" and got.row("3")["change_mean"] == -4.5


def test_complete_items_win_over_the_recorded_total() -> None:
    sledai: dict[str, Any] = {item: [0, 0, 0, 0] for item in ITEMS}
    sledai |= {"usubjid": ["1", "1", "2", "2"], "visit": ["M0", "M3"] * 2, "version": ["selena-sledai"] * 4}
    sledai |= {"arthritis": [1, 1, 1, None], "vasculitis": [1, 0, 1, 0], "total": [12, 9, None, 4]}
    trial = ms.Trial(subjects={"usubjid": ["1", "2"]}, sledai=sledai)
    got = ms.stats.change_from_baseline(trial, "sledai", test="t")
    # 12 = 12; items 4 against 9; items 12 without a total; items incomplete: the recorded 4
    assert (got.row("M0")["mean"], got.row("M3")["mean"]) == (12.0, 4.0)
    assert "1 recorded total differs from the items: the items are used" in got.notes
    scored = ms.score.sledai(sledai, version="selena-sledai")
    assert scored.total[:3].tolist() == [12.0, 4.0, 12.0]


def test_misspelt_glucocorticoids_are_missing_and_asked_about() -> None:
    names = ["prednisolon", "Prednison", "MP", "dexametasone", "hydroxychloroquine", "prednisone"]
    got = ms.score.prednisone_equivalent(drug=names, dose=[10] * 6, unit="mg", frequency="daily")
    assert np.isnan(got.per_day[:4]).all() and got.per_day[4:].tolist() == [0.0, 10.0]
    assert "`dexametasone`: did you mean `dexamethasone`?" in got.notes["unclear_drug"]
    assert "did you mean `methylprednisolone`?" in str(got.why(row=2))


@pytest.mark.parametrize("version", ["selena-sledai", "selena-sledai-hybrid"])
def test_versions_of_the_table_are_versions_of_the_score(version: str) -> None:
    table: dict[str, Any] = {item: ["N", "no", "false", "ND"] for item in ITEMS}
    table |= {"arthritis": ["Y", "true", "T", "1"], "total": ["4", "NA", "", "NA"]}
    got = ms.score.sledai(table, version=version)
    assert got.total[:3].tolist() == [4.0, 4.0, 4.0] and math.isnan(got.total[3])


def test_a_text_that_is_no_flag_is_named() -> None:
    table: dict[str, Any] = {item: ["N", "N"] for item in ITEMS} | {"fever": ["Y", "maybe"]}
    with pytest.raises(
        DataError, match="column `fever` must hold booleans, 0/1, true/false or Y/N, but row 1 is 'maybe'"
    ):
        ms.score.sledai(table)


def test_command_line_carries_forward_with_an_age(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "in.csv"
    with file.open("w", newline="", encoding="utf-8") as handle:
        writer = csv.writer(handle)
        writer.writerow(["usubjid", "date", *ITEMS])
        writer.writerow(["1", "2009-01-01", *("Y" if item == "low_complement" else "N" for item in ITEMS)])
        writer.writerow(["1", "2009-01-11", *("ND" if item == "low_complement" else "N" for item in ITEMS)])
    assert main(["score", "sledai", str(file), "--missing", "locf"]) == 2
    assert "--max-age-days" in capsys.readouterr().err
    assert main(["score", "sledai", str(file), "--missing", "locf", "--max-age-days", "30"]) == 0
    rows = list(csv.DictReader(capsys.readouterr().out.splitlines()))
    assert [float(row["total"]) for row in rows] == [2.0, 2.0]
    assert main(["score", "sledai", str(file), "--max-age-days", "30"]) == 2
