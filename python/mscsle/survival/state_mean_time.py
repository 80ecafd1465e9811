"""Restricted mean time in each state of a multi-state model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mscsle import _core
from mscsle._result import Result
from mscsle.exceptions import OptionError
from mscsle.survival._tables import Floats, stat_rows

if TYPE_CHECKING:
    from mscsle.survival.multi_state_model import MultiState

__all__ = ["MeanTimeInState", "mean_time_in_state"]


@dataclass(frozen=True, kw_only=True, eq=False)
class MeanTimeInState(Result):
    """Restricted mean time in each state by group; the times of a group sum to the length of the period.

    Attributes
    ----------
    group, state : list of str
    mean, std_error, lower, upper : array of float
        Limits are symmetric, cut at 0 and at the length of the period.
    start : array of float
        Where the period of the group begins.
    tau : float
        Where it ends.
    """

    group: list[str]
    state: list[str]
    start: Floats
    tau: float
    mean: Floats
    std_error: Floats
    lower: Floats
    upper: Floats
    by: str | None
    time_name: str
    method: str

    def columns(self) -> Mapping[str, Any]:
        """Group, state, period, mean time, standard error and limits."""
        return {
            "group": self.group,
            "state": self.state,
            "start": self.start,
            "tau": np.full(len(self.state), self.tau),
            "mean": self.mean,
            "std_error": self.std_error,
            "lower": self.lower,
            "upper": self.upper,
        }

    def title(self) -> str:
        """Until when, and how."""
        return f"Restricted mean time in state, {self.time_name} to tau = {self.tau:g}: {self.method}"

    def ard_rows(self) -> Iterator[dict[str, object]]:
        """Mean time, standard error and limits by group and state."""
        for i, state in enumerate(self.state):
            yield from stat_rows(
                (
                    ("estimate", "Restricted mean time in state", float(self.mean[i])),
                    ("std.error", "Standard error", float(self.std_error[i])),
                    ("conf.low", "Lower limit", float(self.lower[i])),
                    ("conf.high", "Upper limit", float(self.upper[i])),
                ),
                by=self.by,
                group=self.group[i],
                variable=state,
                variable_level=f"tau = {self.tau:g}",
                context="restricted mean time in state",
                method=self.method,
            )


def mean_time_in_state(fit: MultiState, tau: float) -> MeanTimeInState:
    """The mean times of a fitted model until ``tau``."""
    tau = float(tau)
    if not (np.isfinite(tau) and tau > 0):
        raise OptionError(f"`tau` must be positive and finite, but is {tau:g}")
    found = [part for group in fit.again(tau) if (part := group.mean_time()) is not None]
    mean = np.concatenate([mean for mean, _ in found])
    error = np.sqrt(np.concatenate([variance for _, variance in found]))
    starts = np.repeat([float(group.columns()["start"]) for group in fit.fitted], len(fit.states))
    reach = _core.survival_critical_value(fit.conf_level) * error
    kind = fit.method.split(",")[1].strip()
    return MeanTimeInState(
        library=fit.library,
        group=[group for group in fit.groups for _ in fit.states],
        state=fit.states * len(fit.groups),
        start=starts,
        tau=tau,
        mean=mean,
        std_error=error,
        lower=np.maximum(mean - reach, 0.0),
        upper=np.minimum(mean + reach, tau - starts),
        by=fit.by,
        time_name=fit.time_label,
        method=f"Aalen-Johansen, {kind}{', weighted' if fit.weighted else ''}, "
        f"{100 * fit.conf_level:g} % symmetric limits",
    )
