"""Change from baseline and description: four frame libraries, trials, errors."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import mscsle as ms
from mscsle.exceptions import DataError, OptionError

LONG = {
    "usubjid": ["1", "1", "1", "2", "2", "3", "3", "3", "4", "5", "5"],
    "visit": ["M0", "M3", "M6", "M0", "M3", "M0", "M3", "M6", "M0", "M3", "M6"],
    "score": [12.0, 8.0, 6.0, 11.0, 11.0, 20.0, 9.0, 10.0, 7.0, 5.0, None],
    "sex": ["F", "F", "F", "M", "M", "F", "F", "F", "M", "F", "F"],
}
FRAMES: dict[str, Any] = {
    "pandas": lambda d: pd.DataFrame(d),
    "pandas-arrow": lambda d: pd.DataFrame(d).convert_dtypes(dtype_backend="pyarrow"),
    "polars": lambda d: pl.DataFrame(d),
    "pyarrow": lambda d: pa.table(d),
    "mapping": lambda d: d,
}


@pytest.fixture(params=list(FRAMES))
def frame(request: pytest.FixtureRequest) -> Any:
    return FRAMES[request.param]


def test_pairs_and_visits_are_counted_apart(frame: Any) -> None:
    change = ms.stats.change_from_baseline(frame(LONG), "score", test="t")
    assert [r["visit"] for r in change.rows] == ["M0", "M3", "M6"]
    base, three, six = change.rows
    assert (base["n"], base["mean"], base["n_pairs"]) == (4, 12.5, None)
    assert (three["n"], three["n_pairs"], three["change_mean"]) == (4, 3, pytest.approx(-5.0))
    assert (six["n"], six["n_pairs"], six["change_mean"]) == (2, 2, -8.0)
    assert three["p_value"] == pytest.approx(
        ms.stats.paired_test([12, 11, 20], [8, 11, 9], test="t").p_value, rel=1e-14
    )


def test_the_caveat_stands_in_every_result(frame: Any) -> None:
    change = ms.stats.change_from_baseline(frame(LONG), "score")
    assert "regression to the mean" in change.caveat
    assert change.caveat in change.title() and change.caveat in repr(change) and change.caveat in change._repr_html_()
    warned = [r for r in change.ard_rows() if r["stat_name"] == "p_value"]
    assert warned and all(r["warning"] == change.caveat for r in warned)


def test_results_come_back_in_the_users_library() -> None:
    for name, kind in (("pandas", pd.DataFrame), ("polars", pl.DataFrame), ("pyarrow", pa.Table)):
        data = FRAMES[name](LONG)
        assert isinstance(ms.stats.change_from_baseline(data, "score").to_frame(), kind)
        assert isinstance(ms.stats.change_from_baseline(data, "score").to_ard(), kind)
        assert isinstance(ms.stats.describe(data, ["score", "sex"]).to_frame(), kind)
        assert isinstance(ms.stats.describe(data, ["score", "sex"]).to_ard(), kind)


def test_carrying_forward_is_named_and_counted(frame: Any) -> None:
    change = ms.stats.change_from_baseline(frame(LONG), "score", missing="locf", test="t")
    six = change.row("M6")
    # patient 2 carries 11 from M3, 4 carries 7 from baseline; 5 has no baseline and carries 5
    assert (six["n"], six["n_pairs"], six["n_carried"]) == (5, 4, 3)
    assert change.missing_rule == "locf" and "carried forward" in change.title()
    assert change.notes == ("4 values carried forward from an earlier visit",)


def test_groups_are_blocks_of_rows(frame: Any) -> None:
    change = ms.stats.change_from_baseline(frame(LONG), "score", by="sex")
    assert [(r["group"], r["visit"]) for r in change.rows] == [(g, v) for g in "FM" for v in ("M0", "M3", "M6")]
    assert change.row("M3", group="M")["n_pairs"] == 1
    assert change.row("M6", group="M")["n"] == 0


def test_a_visit_without_enough_pairs_says_so(frame: Any) -> None:
    few = ms.stats.change_from_baseline(frame(LONG), "score", by="sex", test="t").row("M3", group="M")
    assert few["p_value"] is None and "at least 2 complete pairs" in few["note"]


def test_two_values_of_a_visit_are_averaged_and_noted(frame: Any) -> None:
    data = {name: [*values, values[1]] for name, values in LONG.items()}
    data["score"][-1] = 10.0
    change = ms.stats.change_from_baseline(frame(data), "score")
    assert change.row("M3")["mean"] == pytest.approx((9 + 11 + 9 + 5) / 4)
    assert change.notes == ("1 visit with different values: their mean is used",)


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        ({"measure": "scor"}, DataError, "column `scor` not found; did you mean `score`"),
        ({"subject": "id"}, DataError, "column `id` not found"),
        (
            {"baseline": "M1"},
            DataError,
            "no value of `score` at the baseline visit `M1`; the visits are `M0`, `M3`, `M6`",
        ),
        ({"test": "z"}, OptionError, "unknown test `z`; use `t` or `wilcoxon`"),
        ({"missing": "nri"}, OptionError, "unknown missing `nri`; use `observed`"),
        ({"visits": ["M9"]}, OptionError, "unknown visit `M9`; visits with values of `score` are `M0`, `M3`, `M6`"),
        ({"measure": "sex"}, DataError, "column `sex` must hold numbers, but row 0 is 'F'"),
        ({"conf_level": 95}, OptionError, "`conf_level` must be between 0 and 1"),
    ],
)
def test_errors_are_the_same_for_every_library(frame: Any, options: Any, error: type[Exception], text: str) -> None:
    given: dict[str, Any] = {"measure": "score", **options}
    with pytest.raises(error) as caught:
        ms.stats.change_from_baseline(frame(LONG), given.pop("measure"), **given)
    assert text in str(caught.value)


def test_lazy_frames_are_refused() -> None:
    with pytest.raises(TypeError, match=r"\.collect\(\)"):
        ms.stats.change_from_baseline(pl.DataFrame(LONG).lazy(), "score")


def test_paired_test_reads_columns_of_every_library(frame: Any) -> None:
    data = frame({"before": [17, 12, 11, 9], "after": [6, 5, 11, 2]})
    got = ms.stats.paired_test("before", "after", data=data)
    assert (got.n, got.n_zero, got.p_value) == (4, 1, 0.25)


def test_describe_counts_missing_and_gives_standardised_differences(frame: Any) -> None:
    data = {"age": [20.0, 30.0, None, 40.0], "sex": ["F", None, "F", "M"], "arm": ["a", "a", "b", "b"]}
    found = ms.stats.describe(frame(data), ["age", "sex"], by="arm")
    rows = {(r["variable"], r["level"], r["group"]): r for r in found.rows}
    assert (rows["age", None, "a"]["mean"], rows["age", None, "b"]["sd"]) == (25.0, None)
    female = rows["sex", "F", "a"]
    assert (female["n"], female["denominator"], female["percent"], female["percent_of_all"]) == (1, 1, 100.0, 50.0)
    assert rows["sex", "(missing)", "a"]["n"] == 1 and rows["sex", "(missing)", "a"]["percent"] is None
    # (1/2 - 1) / sqrt((1/4 + 0) / 2)
    assert found.smd["sex", "F"] == pytest.approx(-math.sqrt(2)) and found.smd["age", None] is None


def test_describe_refuses_groups_that_are_missing(frame: Any) -> None:
    with pytest.raises(DataError, match=r"column `arm` holds 1 missing value \(first in row 1\)"):
        ms.stats.describe(frame({"x": [1.0, 2.0], "arm": ["a", None]}), "x", by="arm")


@pytest.fixture(scope="module")
def trial() -> ms.Trial:
    return ms.load("gu2014")


def test_sledai_of_the_cohort_prints_as_published(trial: ms.Trial) -> None:
    change = ms.stats.change_from_baseline(trial, "sledai", test="wilcoxon")
    half_up = ms.stats.format_half_up
    base, year = change.row("M0"), change.row("M12")
    assert (base["n"], half_up(base["mean"], 2), half_up(base["sd"], 2)) == (81, "13.11", "4.20")
    assert (year["n"], half_up(year["mean"], 2), half_up(year["sd"], 2)) == (77, "5.48", "2.77")
    assert year["n_pairs"] == 77 and year["p_value"] < 0.05
    assert [r["visit"] for r in change.rows] == ["M0", "M3", "M6", "M12"]


def test_laboratory_values_carry_their_unit(trial: ms.Trial) -> None:
    change = ms.stats.change_from_baseline(trial, "gfr", test="t")
    assert change.unit == "mL/min"
    assert ms.stats.format_half_up(change.row("M12")["mean"], 2) == "69.51"


def test_mean_of_the_pairs_is_not_the_difference_of_the_means(trial: ms.Trial) -> None:
    # the dead have a baseline and no later value
    year = ms.stats.change_from_baseline(trial, "gfr").row("M12")
    base = ms.stats.change_from_baseline(trial, "gfr").row("M0")
    assert year["change_mean"] == pytest.approx(year["mean"] - year["baseline_mean"])
    assert year["change_mean"] != pytest.approx(year["mean"] - base["mean"])


def test_renal_letters_print_as_published(trial: ms.Trial) -> None:
    change = ms.stats.change_from_baseline(trial, "bilag_renal", coding="classic-9-3-1")
    base, year = change.row("M0"), change.row("M12")
    half_up = ms.stats.format_half_up
    assert (base["n"], half_up(base["mean"], 2), half_up(base["sd"], 2)) == (81, "4.48", "2.60")
    assert (year["n"], half_up(year["mean"], 2), half_up(year["sd"], 2)) == (77, "1.09", "0.83")
    assert change.source == "letters coded classic-9-3-1"


def test_units_are_converted_before_they_are_pooled(trial: ms.Trial) -> None:
    labs = pd.DataFrame(trial.tables["labs"])
    three = (labs["test"] == "protein_24h") & (labs["visit"] == "M3")
    labs.loc[three, "value"] = labs.loc[three, "value"].astype(float) * 1000
    labs.loc[three, "unit"] = "mg/24 h"
    mixed = ms.Trial(subjects=trial.tables["subjects"], visits=trial.tables["visits"], labs=labs)
    one, other = (ms.stats.change_from_baseline(t, "protein_24h") for t in (trial, mixed))
    assert one.unit == other.unit == "g/24 h"
    assert one.row("M3")["mean"] == pytest.approx(other.row("M3")["mean"], rel=1e-12)
    milligrams = ms.stats.change_from_baseline(trial, "protein_24h", unit="mg/24 h")
    assert milligrams.row("M3")["mean"] == pytest.approx(1000 * one.row("M3")["mean"], rel=1e-12)


def test_totals_that_are_missing_are_summed_from_the_items(trial: ms.Trial) -> None:
    sledai = pd.DataFrame(trial.tables["sledai"])
    sledai["total"] = sledai["total"].astype(float)
    sledai.loc[:40, "total"] = np.nan
    gaps = ms.Trial(subjects=trial.tables["subjects"], visits=trial.tables["visits"], sledai=sledai)
    whole, filled = (ms.stats.change_from_baseline(t, "sledai") for t in (trial, gaps))
    assert [r["mean"] for r in filled.rows] == [r["mean"] for r in whole.rows]
    assert "41 totals summed from the items (sledai-2k)" in filled.notes


def test_the_dead_carried_forward_print_as_published() -> None:
    change = ms.stats.change_from_baseline(ms.load("wang2014"), "sledai", missing="locf", test="t")
    printed = [
        (r["n"], ms.stats.format_half_up(r["mean"], 2), ms.stats.format_half_up(r["sd"], 2)) for r in change.rows
    ]
    expected = ["10.83 4.63", "7.43 3.93", "6.30 3.63", "6.40 3.84", "6.48 3.52"]
    assert printed == [(40, *pair.split()) for pair in expected]


def test_unknown_measures_list_what_there_is(trial: ms.Trial) -> None:
    with pytest.raises(OptionError, match="unknown measure `gfrr`; use `sledai`"):
        ms.stats.change_from_baseline(trial, "gfrr")
    with pytest.raises(OptionError, match="needs `coding=`"):
        ms.stats.change_from_baseline(trial, "bilag_renal")
    with pytest.raises(DataError, match="needs table `pga`"):
        ms.stats.change_from_baseline(trial, "pga")
    with pytest.raises(DataError, match="column `armm` not found in table `subjects`"):
        ms.stats.change_from_baseline(trial, "sledai", by="armm")


def test_pga_on_two_scales_is_not_pooled() -> None:
    pga = {"usubjid": ["1", "1"], "visit": ["M0", "M3"], "value": [1.5, 20.0], "scale_max": [3, 100]}
    trial = ms.Trial(subjects={"usubjid": ["1"]}, pga=pga)
    with pytest.raises(DataError, match=r"mixes scales \(`scale_max` 3, 100\)"):
        ms.stats.change_from_baseline(trial, "pga")


def test_many_pairs_are_no_trouble() -> None:
    n = 200_000
    data = pl.DataFrame({"before": np.arange(n) % 97, "after": np.arange(n) % 89})
    got = ms.stats.paired_test("before", "after", data=data, test="t")
    assert got.n == n


@pytest.mark.parametrize("library", ["pandas", "polars", "trial"])
def test_groups_keep_the_order_of_their_categories(library: str) -> None:
    data: dict[str, Any] = {
        "usubjid": ["1", "1", "2", "2", "3", "3"],
        "visit": ["M0", "M6"] * 3,
        "sledai": [12.0, 6.0, 11.0, 5.0, 14.0, 10.0],
    }
    arms, order = ["placebo", "placebo", "high", "high", "low", "low"], ["placebo", "low", "high"]
    if library == "pandas":
        frame: Any = pd.DataFrame({**data, "arm": pd.Categorical(arms, categories=order)})
    elif library == "polars":
        frame = pl.DataFrame({**data, "arm": pl.Series(arms, dtype=pl.Enum(order))})
    else:
        frame = ms.Trial(
            subjects=pd.DataFrame({"usubjid": ["1", "2", "3"], "arm": pd.Categorical(arms[::2], categories=order)}),
            visits={"usubjid": data["usubjid"], "visit": data["visit"], "planned_month": [0.0, 6.0] * 3},
            sledai={"usubjid": data["usubjid"], "visit": data["visit"], "total": data["sledai"]},
        )
    change = ms.stats.change_from_baseline(frame, "sledai", test="t", by="arm")
    assert list(dict.fromkeys(row["group"] for row in change.rows)) == order
