"""Audit of published tables: each trap of the lupus reports is found, sound figures pass."""

from __future__ import annotations

from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import mscsle as ms
from mscsle.exceptions import DataError, OptionError


def one(printed: str, **columns: Any) -> tuple[str, str, str]:
    options = {k: columns.pop(k) for k in ("events", "enrolled", "around", "rounding") if k in columns}
    found = ms.audit({"figure": ["it"], "printed": [printed], **{k: [v] for k, v in columns.items()}}, **options)
    return found.verdict[0], found.solutions[0], found.sentence[0]


@pytest.mark.parametrize(
    ("printed", "n", "verdict"),
    [
        ("13.11 ± 4.20", 81, "consistent"),
        ("13.11 (4.20)", 81, "consistent"),
        ("13.11 +/- 4.20", 81, "consistent"),
        ("5.48 ± 2.77", 77, "consistent"),
        ("5.48 ± 2.77", 78, "other denominator"),
        ("10.83 ± 4.63", 40, "consistent"),
        ("10.83", 40, "consistent"),
        ("10.82", 40, "other rounding"),
        ("6.40 ± 3.84", 37, "other denominator"),
        ("10.81 ± 0.01", 2, "impossible"),
    ],
)
def test_means_of_sledai(printed: str, n: int, verdict: str) -> None:
    assert one(printed, n=n, low=0, high=105)[0] == verdict


def test_twelve_month_mean_needs_all_forty_though_three_had_died() -> None:
    verdict, solutions, sentence = one("6.40 ± 3.84", n=37, low=0, high=105, enrolled=40, around=5)
    assert (verdict, solutions) == ("other denominator", "35, 40")
    assert sentence == (
        "it: no sum of 37 whole numbers from 0 to 105 has a mean that prints as 6.40; "
        "possible denominators within 5 of it, at most 40: 35, 40."
    )


def test_a_mean_without_a_range_is_not_checkable() -> None:
    assert one("58.55 ± 19.16", n=81)[0] == "not checkable"
    assert one("13.11 ± 4.20", low=0, high=105)[0] == "not checkable"


@pytest.mark.parametrize(
    ("printed", "n", "verdict", "solutions"),
    [
        ("49/81 (60.5 %)", 81, "consistent", "49/81"),
        ("95 % (77/81)", None, "consistent", "77/81"),
        ("49 (60.5%)", 81, "consistent", "49/81"),
        ("11/49 (23 %)", None, "other denominator", "47, 48"),
        ("11/49 (50 %)", None, "inconsistent", ""),
        ("11/49 (22.4 %)", 81, "inconsistent", "11/49"),
        ("50/49", None, "impossible", ""),
        ("18 %", 80, "consistent", "14/80"),
        ("18 %", 81, "other denominator", "71, 72, 73, 74, 76, 77, 78, 79, 80"),
        ("60.5 %", None, "not checkable", ""),
    ],
)
def test_percentages(printed: str, n: int | None, verdict: str, solutions: str) -> None:
    assert one(printed, n=n, enrolled=81)[:2] == (verdict, solutions)


def family(total: str, parts: list[str], n: int) -> Any:
    names = [f"part {i}" for i in range(len(parts))]
    return ms.audit(
        {
            "figure": ["whole", *names],
            "printed": [total, *parts],
            "n": [n] * (len(parts) + 1),
            "part_of": [None, *["whole"] * len(parts)],
        },
        enrolled=81,
        around=6,
    )


def test_parts_and_whole_are_read_together() -> None:
    found = family("41 %", ["18 %", "23 %"], 81)
    assert found.verdict == ["other denominator"] * 3 and found.solutions[0] == "78, 79"
    sound = family("41 %", ["18 %", "23 %"], 78)
    assert sound.verdict == ["consistent"] * 3 and sound.solutions[0] == "14 + 18 of 78"


def test_a_sum_of_rounded_parts_is_recognised() -> None:
    found = family("28/81 (34 %)", ["22/81 (27 %)", "6/81 (7 %)"], 81)
    assert found.verdict == ["sum of rounded parts", "consistent", "consistent"]
    assert found.sentence[0] == (
        "whole: 28/81 is 34.57 %, not 34 %; the printed figure is the sum of its rounded parts, 27 % + 7 % = 34 %."
    )


def test_the_coding_of_renal_letters_is_recovered() -> None:
    verdict, solutions, sentence = one("4.48 ± 2.60", n=81, values="9/3/1/0; 12/8/1/0; 12/5/1/0")
    assert (verdict, solutions) == ("consistent", "9/3/1/0: 20 x 9 + 61 x 3")
    assert "excluded: 12/8/1/0, 12/5/1/0" in sentence
    assert one("1.09 ± 0.83", n=78, values="9/3/1/0", around=2)[:2] == ("other denominator", "77")


@pytest.mark.parametrize(
    ("printed", "verdict"),
    [
        ("0.336-0.794, p = 0.003", "consistent"),
        ("0.224 to 0.990; P=0.047", "consistent"),
        ("HR 0.47 (95 % CI 0.224–0.990), p = 0.047", "consistent"),
        ("0.52 (0.336–0.794)", "consistent"),
        ("0.60 (0.336–0.794)", "inconsistent"),
        ("0.336-0.794, p < 0.001", "inconsistent"),
        ("0.336-0.794", "not checkable"),
    ],
)
def test_intervals_of_hazard_ratios(printed: str, verdict: str) -> None:
    assert one(printed)[0] == verdict


def test_too_small_a_standard_error_for_two_groups_is_said() -> None:
    assert "continuous or had more levels" in one("0.336-0.794, p = 0.003", events=49)[2]


@pytest.mark.parametrize(
    "make", [pd.DataFrame, pl.DataFrame, pa.table, dict], ids=["pandas", "polars", "pyarrow", "dict"]
)
def test_every_frame_library_gives_the_same_audit(make: Any) -> None:
    table = {
        "figure": ["SLEDAI", "remission"],
        "printed": ["13.11 ± 4.20", "49/81 (60.5 %)"],
        "n": [81.0, None],
        "low": [0.0, None],
        "high": [105.0, None],
    }
    found = ms.audit(make(table))
    assert found.verdict == ["consistent", "consistent"]
    assert found.title() == "Audit of 2 printed figures (half-up): 2 consistent"
    assert "13.11" in found._repr_html_()
    assert found.to_frame() is not None and found.to_ard() is not None


def test_unreadable_rows_are_refused_with_their_text() -> None:
    with pytest.raises(DataError, match=r"`improved` \(it\) is not read"):
        one("improved")
    with pytest.raises(DataError, match="column `printed` is empty in row 0"):
        one(" ")
    with pytest.raises(DataError, match="column `part_of` names `remission`, which is no figure of this table"):
        one("18 %", n=81, part_of="remission")
    with pytest.raises(DataError, match=r"column `n` must hold whole numbers, but row 0 is 80\.5"):
        one("18 %", n=80.5)
    with pytest.raises(DataError, match="column `values` must hold codings such as"):
        one("4.48 ± 2.60", n=81, values="A/B")
    with pytest.raises(OptionError, match="unknown rounding `up`"):
        one("18 %", n=80, rounding="up")
    with pytest.raises(DataError, match="column `printed` not found"):
        ms.audit({"figure": ["a"]})
