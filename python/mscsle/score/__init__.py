"""Lupus disease-activity instruments and derived laboratory values; every score can say why.

Each function takes a frame of pandas, polars or pyarrow (or a mapping of arrays) with one assessment a row, gives bounds
where something is missing, and returns a frozen result with ``to_frame()``, ``to_ard()`` and ``why(row=...)``.
"""

from __future__ import annotations

from mscsle.score._bilag2004 import BilagGrades, bilag2004
from mscsle.score._bilag_total import BilagTotals, bilag_total
from mscsle.score._convert import convert
from mscsle.score._ctcae import CtcaeGrades, ctcae
from mscsle.score._egfr import EgfrEstimates, body_surface_area, egfr
from mscsle.score._forms import (
    FormScores,
    clasi_activity,
    clasi_damage,
    crs,
    fields,
    flare_index,
    icans,
    infusion_reaction,
    pga,
    revised_flare_index,
    sdi,
    sdi_falls,
    sle_das_state,
)
from mscsle.score._instruments import Instrument, Instruments, instrument, instruments
from mscsle.score._prednisone import (
    PrednisoneDoses,
    PrednisoneEquivalents,
    prednisone_dose,
    prednisone_equivalent,
)
from mscsle.score._sledai import SledaiScores, sledai
from mscsle.score._sledai_labs import SledaiSuggestions, sledai_items_from_labs

__all__ = [
    "BilagGrades",
    "BilagTotals",
    "CtcaeGrades",
    "EgfrEstimates",
    "FormScores",
    "Instrument",
    "Instruments",
    "PrednisoneDoses",
    "PrednisoneEquivalents",
    "SledaiScores",
    "SledaiSuggestions",
    "bilag2004",
    "bilag_total",
    "body_surface_area",
    "clasi_activity",
    "clasi_damage",
    "convert",
    "crs",
    "ctcae",
    "egfr",
    "fields",
    "flare_index",
    "icans",
    "infusion_reaction",
    "instrument",
    "instruments",
    "pga",
    "prednisone_dose",
    "prednisone_equivalent",
    "revised_flare_index",
    "sdi",
    "sdi_falls",
    "sle_das_state",
    "sledai",
    "sledai_items_from_labs",
]
