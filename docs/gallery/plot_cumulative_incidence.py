"""
Cumulative incidence with death competing
=========================================

Aalen-Johansen: a patient who died can no longer respond, so one minus Kaplan-Meier would promise too much.
"""

import mscsle as ms

trial = ms.load("gu2014", library="pandas")
renal = ms.endpoints.renal_response(trial, definition="ginzler2005")
ax = ms.plot.cumulative_incidence(renal.cumulative_incidence())
