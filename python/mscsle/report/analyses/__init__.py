"""The kinds of analyses a plan can ask for, one file each."""

from __future__ import annotations

from collections.abc import Callable

from mscsle.report.analyses.adverse_events import adverse_events
from mscsle.report.analyses.arms import arms
from mscsle.report.analyses.baseline import baseline
from mscsle.report.analyses.change import change
from mscsle.report.analyses.cox import cox
from mscsle.report.analyses.disposition import disposition
from mscsle.report.analyses.flares import flares
from mscsle.report.analyses.flow import flow
from mscsle.report.analyses.grade_map import grade_map
from mscsle.report.analyses.incidence import cumulative_incidence
from mscsle.report.analyses.individual import trajectories, waterfall
from mscsle.report.analyses.letters import letters
from mscsle.report.analyses.listings import listings
from mscsle.report.analyses.response import response
from mscsle.report.analyses.shifts import shifts
from mscsle.report.analyses.survival import survival
from mscsle.report.analyses.swimmer import swimmer
from mscsle.report.blocks import Section
from mscsle.report.context import Context
from mscsle.report.plan import Analysis

__all__ = ["KINDS"]

#: Kind as a plan names it -> the function that makes its section.
KINDS: dict[str, Callable[[Context, Analysis], Section]] = {
    "adverse_events": adverse_events,
    "arms": arms,
    "baseline": baseline,
    "change": change,
    "cox": cox,
    "cumulative_incidence": cumulative_incidence,
    "disposition": disposition,
    "flares": flares,
    "flow": flow,
    "grade_map": grade_map,
    "letters": letters,
    "listings": listings,
    "response": response,
    "shifts": shifts,
    "survival": survival,
    "swimmer": swimmer,
    "trajectories": trajectories,
    "waterfall": waterfall,
}
