"""ADaM data sets from the tables of a trial or from SDTM-like frames, with the source of every derived value."""

from __future__ import annotations

from mscsle.adam._adrs import adrs
from mscsle.adam._adsl import adsl
from mscsle.adam._adtte import TteSource, adtte, censoring, event
from mscsle.adam._adtte_endpoint import adtte_endpoint
from mscsle.adam._bds import WINDOWS, Criterion, Window, adlb, bds, criterion
from mscsle.adam._checks import check
from mscsle.adam._dates import ImputedDates, impute_dates
from mscsle.adam._table import AdamDataset

__all__ = [
    "WINDOWS",
    "AdamDataset",
    "Criterion",
    "ImputedDates",
    "TteSource",
    "Window",
    "adlb",
    "adrs",
    "adsl",
    "adtte",
    "adtte_endpoint",
    "bds",
    "censoring",
    "check",
    "criterion",
    "event",
    "impute_dates",
]
