"""
Means by visit
==============

SLEDAI with 95 % limits; the number of patients seen stands below each visit.
"""

import mscsle as ms

trial = ms.load("gu2014", library="pandas")
change = ms.stats.change_from_baseline(trial, "sledai", test="wilcoxon").to_frame()
half = 1.96 * change["sd"] / change["n"] ** 0.5
table = change.assign(lower=change["mean"] - half, upper=change["mean"] + half)
ax = ms.plot.mean_by_visit(table, visits={"M0": 0, "M3": 3, "M6": 6, "M12": 12}, label="SLEDAI, mean and 95 % interval")
