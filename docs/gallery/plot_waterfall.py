"""
Waterfall of the best change
============================

One bar a patient, ordered; the dashed line is a fall by half.
"""

import mscsle as ms

trial = ms.load("gu2014", library="pandas")
protein = trial.tables["labs"].query("test == 'protein_24h'").astype({"value": float})
wide = protein.pivot_table(index="usubjid", columns="visit", values="value")
best = wide[["M3", "M6", "M12"]].min(axis=1)
data = (100 * (best / wide["M0"] - 1)).dropna().rename("change").reset_index()
ax = ms.plot.waterfall(data, reference=[-50], ylabel="Best change of proteinuria (%)")
