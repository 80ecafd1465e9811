"""
Swimmer plot
============

One lane a patient: infusions, response, flare and death; an arrow where follow-up goes on.
"""

import pandas as pd

import mscsle as ms

trial = ms.load("gu2014", library="pandas")
renal = ms.endpoints.renal_response(trial, definition="ginzler2005")
first = trial.tables["infusions"].groupby("usubjid")["date"].min()
chosen = list(first.index[:30])


def months(dates):
    """Months of 30.4375 days from the first infusion, by patient."""
    return (pd.to_datetime(dates) - pd.to_datetime(first.reindex(dates.index))).dt.days / 30.4375


status = trial.tables["status"].set_index("usubjid").loc[chosen]
died = status["death_date"].dropna()
lanes = pd.DataFrame(
    {"usubjid": chosen, "end": months(status["death_date"].fillna(status["last_contact_date"])).to_numpy()}
)
lanes["ongoing"] = ~lanes["usubjid"].isin(died.index)
response = (
    renal.time_to("first_remission", unit="months", clock="actual").to_frame().query("event and usubjid in @chosen")
)
marks = pd.concat(
    [
        response[["usubjid", "time"]].assign(what="first response"),
        pd.DataFrame({"usubjid": died.index, "time": months(died).to_numpy(), "what": "death"}),
    ]
)
ax = ms.plot.swimmer(lanes, marks)
