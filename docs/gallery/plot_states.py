"""
Response states over time
=========================

What a prevalence is made of: patients in each state at each visit, the dead and the missing among them.
"""

import mscsle as ms

trial = ms.load("gu2014", library="pandas")
renal = ms.endpoints.renal_response(trial, definition="ginzler2005")
table = renal.by_visit(denominator="enrolled").to_frame()
ax = ms.plot.prevalence_by_visit(table, state="response", visits={"M3": 3, "M6": 6, "M12": 12})
