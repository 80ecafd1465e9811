"""Published curves in every library of frames, and what is wrong with them."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np
import pytest

import mscsle as ms
from mscsle.exceptions import DataError, OptionError

TIME = [0.0, 1.0, 2.0, 4.0, 6.0]
SURVIVAL = [1.0, 0.9, 0.8, 0.6, 0.6]


@pytest.mark.parametrize("library", ["pandas", "polars", "pyarrow", "numpy"])
def test_frames_give_frames_of_two_arms(library: str) -> None:
    table = {"t": TIME, "s": SURVIVAL}
    data: Any = table
    if library != "numpy":
        module = importlib.import_module(library)
        data = (module.table if library == "pyarrow" else module.DataFrame)(table)
    found = ms.reconstruct("t", "s", data=data, risk_times=[0, 2], n_risk=[20, 17], total_events=7, arm="UC")
    direct = ms.reconstruct(TIME, SURVIVAL, risk_times=[0, 2], n_risk=[20, 17], total_events=7)
    np.testing.assert_array_equal(found.time, direct.time)
    frame = found.to_frame()
    names = {"pyarrow": "column_names", "numpy": "keys"}.get(library, "columns")
    found_names = getattr(frame, names)
    assert list(found_names() if library == "numpy" else found_names) == ["time", "event", "arm"]
    found.to_ard()
    assert ms.kaplan_meier("time", event="event", by="arm", data=found).groups == ["UC"]


def test_the_total_of_events_is_named_when_it_cannot_be_reached() -> None:
    found = ms.reconstruct(TIME, SURVIVAL, risk_times=[0], n_risk=[20], total_events=15)
    assert any("events were rebuilt, 15 were published" in note for note in found.notes)
    open_end = ms.reconstruct(TIME, SURVIVAL, risk_times=[0], n_risk=[20])
    assert any("without the total number of events" in note for note in open_end.notes)


def test_wrong_curves_are_refused() -> None:
    with pytest.raises(OptionError, match=r"`survival` must be between 0 and 1 \(percent\? divide by 100\)"):
        ms.reconstruct(TIME, [100, 90, 80, 60, 60], risk_times=[0], n_risk=[20])
    with pytest.raises(DataError, match="cumulative incidence"):
        ms.reconstruct(TIME, [0, 0.1, 0.2, 0.4, 0.4], risk_times=[0], n_risk=[20])
    with pytest.raises(OptionError, match="lists of equal length"):
        ms.reconstruct(TIME, SURVIVAL, risk_times=[0, 1], n_risk=[20])
    with pytest.raises(OptionError, match="`n_risk` must be not rising"):
        ms.reconstruct(TIME, SURVIVAL, risk_times=[0, 1], n_risk=[20, 21])
    with pytest.raises(OptionError, match="`risk_time` must be 0 first"):
        ms.reconstruct(TIME, SURVIVAL, risk_times=[1], n_risk=[20])
    with pytest.raises(DataError, match="holds 1 missing value"):
        ms.reconstruct([*TIME[:-1], float("nan")], SURVIVAL, risk_times=[0], n_risk=[20])
