"""
Individual trajectories
=======================

One thin line a patient; the median of each visit in bold. A mean hides who got worse.
"""

import mscsle as ms

trial = ms.load("gu2014", library="pandas")
protein = trial.tables["labs"].query("test == 'protein_24h'")
months = trial.tables["visits"].set_index(["usubjid", "visit"])["planned_month"].dropna()
data = protein.join(months, on=["usubjid", "visit"], how="inner").astype({"value": float, "planned_month": float})
ax = ms.plot.trajectories(data, time="planned_month", ylabel="Protein in 24-h urine (g)")
