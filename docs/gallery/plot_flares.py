"""
Mean number of flares
=====================

Renal flares per patient after the first infusion, all of them counted, with robust 95 % limits and the patients at risk.
"""

import mscsle as ms

trial = ms.load("gu2014", library="pandas")
flares = ms.endpoints.flares(trial, definition="maintain2010")
renal = ms.endpoints.renal_response(trial, definition="ginzler2005")
followed = trial.tables["visits"].merge(
    trial.tables["infusions"].groupby("usubjid")["date"].min().rename("first").reset_index()
)
days = followed["date"].astype("datetime64[ns]") - followed["first"].astype("datetime64[ns]")
end = followed.assign(end=days.dt.days).groupby("usubjid", as_index=False)["end"].max().query("end > 0")
end = end.merge(trial.tables["infusions"].groupby("usubjid", as_index=False)["source"].first())
rows = ms.recurrent_rows(flares, end, keep=["source"], unit="days")
mcf = ms.mean_cumulative("stop", entry="start", event="event", id="usubjid", data=rows, by="source")
ax = mcf.plot(times=[0, 91, 183, 274, 365])
