"""
BILAG grades
============

Renal grades by patient and visit: the letter's rank as colour, the letter as text.
"""

import mscsle as ms

trial = ms.load("gu2014", library="pandas")
ax = ms.plot.grades(trial.tables["bilag"].query("system == 'renal'").head(80), visits=["M0", "M12"])
