"""Endpoints over a trial: response, flare and remission by named definitions, with reasons.

Definitions are data: :func:`definitions` lists the built-in ones with publication, confidence and parameters; a user's own
is a TOML file of the same form. Every result names definition, version, confidence, denominator rule and missing rule.
"""

from __future__ import annotations

from mscsle.endpoints._courses import Courses, courses
from mscsle.endpoints._definition import Definition, Definitions, definition, definitions, measures
from mscsle.endpoints._estimand import Estimand
from mscsle.endpoints._flare import FlareCounts, Flares, flares
from mscsle.endpoints._response import RenalResponse, Response, renal_response
from mscsle.endpoints._sle import bicla, doris, lldas, response, sri
from mscsle.endpoints._tables import ResponseCounts, States, TimeTo
from mscsle.endpoints._why import EndpointWhy

__all__ = [
    "Courses",
    "Definition",
    "Definitions",
    "EndpointWhy",
    "Estimand",
    "FlareCounts",
    "Flares",
    "RenalResponse",
    "Response",
    "ResponseCounts",
    "States",
    "TimeTo",
    "bicla",
    "courses",
    "definition",
    "definitions",
    "doris",
    "flares",
    "lldas",
    "measures",
    "renal_response",
    "response",
    "sri",
]
