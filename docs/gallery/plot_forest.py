"""
Forest plot of univariate Cox models
====================================

Hazard ratios with their intervals on a log scale; numbers and p-values stand beside the lines.
"""

import numpy as np

import mscsle as ms

trial = ms.load("gu2014", library="pandas")
renal = ms.endpoints.renal_response(trial, definition="ginzler2005")
tte = renal.time_to("first_remission", unit="months", clock="planned").to_frame()
labs = trial.tables["labs"].query("visit == 'M0'").pivot(index="usubjid", columns="test", values="value").astype(float)
data = tte.merge(trial.tables["subjects"][["usubjid", "age"]], on="usubjid").merge(
    np.log(labs[["protein_24h", "creatinine"]]).reset_index(), on="usubjid"
)
models = ms.univariate_cox("time", event="event", covariates=["age", "protein_24h", "creatinine"], data=data)
ax = ms.plot.forest(models, labels=["age, per year", "24-h protein, per ln g", "creatinine, per ln umol/L"])
