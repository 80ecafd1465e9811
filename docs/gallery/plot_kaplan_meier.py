"""
Kaplan-Meier with risk table
============================

Survival by arm with 95 % limits, censoring marks and the aligned table of patients at risk. The numbers below the axis are
the patients at risk just before each time.
"""

import mscsle as ms

trial = ms.load("gu2014", library="pandas")
renal = ms.endpoints.renal_response(trial, definition="ginzler2005")
tte = renal.time_to("first_remission", unit="months", clock="planned", keep=["source"])
km = ms.kaplan_meier("time", event="event", data=tte, by="source", conf_type="log-log")
ax = km.plot(risk_table=True)
