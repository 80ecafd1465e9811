"""The table of presets in the documentation is the one in the code, and the functions do what it says."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import mscsle as ms
from mscsle.survival._presets import PRESETS

TIME, EVENT, ARM = [1.0, 2, 3, 4, 5, 6, 7, 8], [1, 1, 0, 1, 1, 1, 0, 1], ["a", "b"] * 4
CAUSE = [1, 2, 0, 1, 1, 2, 0, 1]


def test_the_page_prints_the_table_of_the_code(root: Path) -> None:
    page = (root / "docs" / "methods" / "presets.md").read_text()
    printed = re.findall(r"^\| `([\w.]+)` \| `(\w+)` \| ([\w-]+) \| ([\w-]+) \| ([\w-]+) \|$", page, flags=re.M)
    table = [(f, option, *words) for f, options in PRESETS.items() for option, words in options.items()]
    assert printed == table


USED: dict[tuple[str, str], Callable[[Any], str]] = {
    ("kaplan_meier", "conf_type"): lambda like: ms.kaplan_meier(TIME, event=EVENT, like=like).conf_type,
    ("KaplanMeier.band", "conf_type"): lambda like: ms.kaplan_meier(TIME, event=EVENT).band(like=like).conf_type,
    ("KaplanMeier.band", "critical"): lambda like: ms.kaplan_meier(TIME, event=EVENT).band(like=like).critical,
    ("nelson_aalen", "conf_type"): lambda like: ms.nelson_aalen(TIME, event=EVENT, like=like).conf_type,
    ("follow_up", "conf_type"): lambda like: ms.follow_up(TIME, event=EVENT, like=like).conf_type,
    ("follow_up", "ties"): lambda like: ms.follow_up(TIME, event=EVENT, like=like).ties,
    ("landmark", "conf_type"): lambda like: ms.landmark(TIME, event=EVENT, at=2, like=like).curves.conf_type,
    ("milestones", "conf_type"): lambda like: re.search(
        r"% (\S+) limits", ms.milestones(TIME, event=EVENT, at=2, like=like).survival.method
    ).group(1),  # type: ignore[union-attr]
    ("cumulative_incidence", "conf_type"): lambda like: ms.cumulative_incidence(TIME, cause=CAUSE, like=like).conf_type,
    ("cumulative_incidence", "variance"): lambda like: (
        ms.cumulative_incidence(TIME, cause=CAUSE, like=like).variance.lower().removesuffix("-type")
    ),
    ("pairwise_logrank", "adjust"): lambda like: ms.pairwise_logrank(TIME, event=EVENT, by=ARM, like=like).adjust,
    ("cox", "ties"): lambda like: cox_ties(ms.cox(TIME, event=EVENT, covariates={"x": TIME[::-1]}, like=like).method),
    ("univariate_cox", "ties"): lambda like: cox_ties(
        ms.univariate_cox(TIME, event=EVENT, covariates={"x": [1, 5, 2, 4, 3, 1, 2, 6]}, like=like).title()
    ),
    ("cause_specific_cox", "ties"): lambda like: cox_ties(
        ms.cause_specific_cox(TIME, cause=CAUSE, covariates={"x": [1, 5, 2, 4, 3, 1, 2, 6]}, like=like)[1].method
    ),
    ("recurrent_cox", "ties"): lambda like: cox_ties(
        ms.recurrent_cox(
            TIME, event=EVENT, id=list("abcdefgh"), covariates={"x": [1, 5, 2, 4, 3, 1, 2, 6]}, like=like
        ).cox.method
    ),
    ("compare_arms", "conf_type"): lambda like: ms.compare_arms(TIME, event=EVENT, arm=ARM, like=like).curves.conf_type,
    ("compare_arms", "ties"): lambda like: cox_ties(
        ms.compare_arms(TIME, event=EVENT, arm=ARM, like=like).hazard_ratio_ml.method  # type: ignore[union-attr]
    ),
}


def cox_ties(method: str) -> str:
    return "breslow" if "breslow" in method.lower() else "efron" if "efron" in method.lower() else method


@pytest.mark.parametrize(("function", "option"), [(f, o) for f, options in PRESETS.items() for o in options])
@pytest.mark.parametrize("column", [0, 1, 2])
@pytest.mark.filterwarnings("ignore::mscsle.exceptions.ConvergenceWarning")
def test_functions_choose_what_the_table_says(function: str, option: str, column: int) -> None:
    like = (None, "r", "sas")[column]
    assert USED[function, option](like) == PRESETS[function][option][column]


def test_a_given_word_stands_and_an_unknown_program_is_refused() -> None:
    assert ms.kaplan_meier(TIME, event=EVENT, conf_type="logit", like="sas").conf_type == "logit"
    assert ms.follow_up(TIME, event=EVENT, ties="events-first", like="r").ties == "events-first"
    with pytest.raises(ms.exceptions.OptionError, match="unknown like `stata`; use `r` or `sas`"):
        ms.follow_up(TIME, event=EVENT, like="stata")  # type: ignore[arg-type]
