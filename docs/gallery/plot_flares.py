"""
Mean number of flares
=====================

Renal flares per patient after the first infusion, all of them counted, with robust 95 % limits and the patients at risk.
"""

import mscsle as ms

trial = ms.load("gu2014", library="pandas")
flares = ms.endpoints.flares(trial, definition="maintain2010")
rows = ms.recurrent_rows(flares, trial, keep=["source"])
mcf = ms.mean_cumulative("stop", entry="start", event="event", id="usubjid", data=rows, by="source")
ax = mcf.plot(times=[0, 91, 183, 274, 365])
