"""mscsle: from the patient tables of a lupus cell-therapy trial to the published table.

The public names are listed in ``__all__``; each is imported at its first use, so ``import mscsle`` costs little more than
numpy.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from mscsle._core import __version__

if TYPE_CHECKING:
    from mscsle import adam as adam
    from mscsle import datasets as datasets
    from mscsle import endpoints as endpoints
    from mscsle import exceptions as exceptions
    from mscsle import io as io
    from mscsle import plot as plot
    from mscsle import report as report
    from mscsle import score as score
    from mscsle import simulate as simulate
    from mscsle import stats as stats
    from mscsle._comparison import compare as compare
    from mscsle.datasets import load as load
    from mscsle.io import read as read
    from mscsle.io import read_trial as read_trial
    from mscsle.io import write as write
    from mscsle.report import run as run
    from mscsle.report import studies as studies
    from mscsle.stats import audit as audit
    from mscsle.survival.accuracy import prediction_error as prediction_error
    from mscsle.survival.aft_model import aft as aft
    from mscsle.survival.arms import compare_arms as compare_arms
    from mscsle.survival.bootstrap import bootstrap_survival as bootstrap_survival
    from mscsle.survival.cause_specific import cause_specific_cox as cause_specific_cox
    from mscsle.survival.cox_by_stratum import cox_likelihood as cox_likelihood
    from mscsle.survival.cox_concordance import concordance as concordance
    from mscsle.survival.cox_model import cox as cox
    from mscsle.survival.cox_penalty_path import cox_path as cox_path
    from mscsle.survival.cox_univariate import univariate_cox as univariate_cox
    from mscsle.survival.curves import kaplan_meier as kaplan_meier
    from mscsle.survival.event_counts import EventTable as EventTable
    from mscsle.survival.fine_gray_model import fine_gray as fine_gray
    from mscsle.survival.follow_up_time import follow_up as follow_up
    from mscsle.survival.frailty_model import cox_frailty as cox_frailty
    from mscsle.survival.grays_test import gray_test as gray_test
    from mscsle.survival.hazard import nelson_aalen as nelson_aalen
    from mscsle.survival.incidence import cumulative_incidence as cumulative_incidence
    from mscsle.survival.landmark_analysis import landmark as landmark
    from mscsle.survival.logrank_groups import max_combo as max_combo
    from mscsle.survival.logrank_groups import pairwise_logrank as pairwise_logrank
    from mscsle.survival.logrank_groups import trend_test as trend_test
    from mscsle.survival.logrank_test import logrank as logrank
    from mscsle.survival.mean_cumulative_function import mean_cumulative as mean_cumulative
    from mscsle.survival.mean_cumulative_function import mean_cumulative_test as mean_cumulative_test
    from mscsle.survival.milestone import milestones as milestones
    from mscsle.survival.multi_state_model import multi_state as multi_state
    from mscsle.survival.published_curve import reconstruct as reconstruct
    from mscsle.survival.recurrent_data import recurrent_rows as recurrent_rows
    from mscsle.survival.recurrent_model import recurrent_cox as recurrent_cox
    from mscsle.survival.rmst_mean import rmst as rmst
    from mscsle.survival.spline_model import royston_parmar as royston_parmar
    from mscsle.survival.turnbull_curve import turnbull as turnbull
    from mscsle.trial import Trial as Trial

#: Public name -> module that defines it. A name equal to the last part of its module is the module itself.
_PUBLIC: dict[str, str] = {
    "EventTable": "mscsle.survival.event_counts",
    "Trial": "mscsle.trial",
    "adam": "mscsle.adam",
    "aft": "mscsle.survival.aft_model",
    "audit": "mscsle.stats",
    "bootstrap_survival": "mscsle.survival.bootstrap",
    "cause_specific_cox": "mscsle.survival.cause_specific",
    "compare": "mscsle._comparison",
    "compare_arms": "mscsle.survival.arms",
    "concordance": "mscsle.survival.cox_concordance",
    "cox": "mscsle.survival.cox_model",
    "cox_frailty": "mscsle.survival.frailty_model",
    "cox_likelihood": "mscsle.survival.cox_by_stratum",
    "cox_path": "mscsle.survival.cox_penalty_path",
    "cumulative_incidence": "mscsle.survival.incidence",
    "datasets": "mscsle.datasets",
    "endpoints": "mscsle.endpoints",
    "exceptions": "mscsle.exceptions",
    "fine_gray": "mscsle.survival.fine_gray_model",
    "follow_up": "mscsle.survival.follow_up_time",
    "gray_test": "mscsle.survival.grays_test",
    "io": "mscsle.io",
    "kaplan_meier": "mscsle.survival.curves",
    "landmark": "mscsle.survival.landmark_analysis",
    "load": "mscsle.datasets",
    "logrank": "mscsle.survival.logrank_test",
    "max_combo": "mscsle.survival.logrank_groups",
    "milestones": "mscsle.survival.milestone",
    "nelson_aalen": "mscsle.survival.hazard",
    "pairwise_logrank": "mscsle.survival.logrank_groups",
    "mean_cumulative": "mscsle.survival.mean_cumulative_function",
    "mean_cumulative_test": "mscsle.survival.mean_cumulative_function",
    "multi_state": "mscsle.survival.multi_state_model",
    "plot": "mscsle.plot",
    "prediction_error": "mscsle.survival.accuracy",
    "read": "mscsle.io",
    "read_trial": "mscsle.io",
    "recurrent_cox": "mscsle.survival.recurrent_model",
    "recurrent_rows": "mscsle.survival.recurrent_data",
    "report": "mscsle.report",
    "reconstruct": "mscsle.survival.published_curve",
    "rmst": "mscsle.survival.rmst_mean",
    "royston_parmar": "mscsle.survival.spline_model",
    "run": "mscsle.report",
    "score": "mscsle.score",
    "simulate": "mscsle.simulate",
    "stats": "mscsle.stats",
    "studies": "mscsle.report",
    "trend_test": "mscsle.survival.logrank_groups",
    "turnbull": "mscsle.survival.turnbull_curve",
    "univariate_cox": "mscsle.survival.cox_univariate",
    "write": "mscsle.io",
}

__all__ = ["__version__", *sorted(_PUBLIC)]


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module 'mscsle' has no attribute {name!r}")
    module_name = _PUBLIC[name]
    module = importlib.import_module(module_name)
    value = module if module_name.rsplit(".", 1)[-1] == name else getattr(module, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
