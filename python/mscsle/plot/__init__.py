"""Figures: each function takes ``ax`` and returns it, reads results of mscsle or the user's own frames.

matplotlib is imported at the first figure; it comes with ``pip install mscsle[plot]``.
"""

from mscsle.plot.curves import cumulative_incidence, kaplan_meier
from mscsle.plot.events import mean_cumulative, state_occupation
from mscsle.plot.flow import patient_flow
from mscsle.plot.forest import forest
from mscsle.plot.intervals import turnbull
from mscsle.plot.patients import grades, swimmer, trajectories, waterfall
from mscsle.plot.visits import mean_by_visit, prevalence_by_visit, states_by_visit

__all__ = [
    "cumulative_incidence",
    "forest",
    "grades",
    "kaplan_meier",
    "mean_by_visit",
    "mean_cumulative",
    "patient_flow",
    "prevalence_by_visit",
    "state_occupation",
    "states_by_visit",
    "swimmer",
    "trajectories",
    "turnbull",
    "waterfall",
]
