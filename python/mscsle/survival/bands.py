"""Simultaneous confidence bands of Kaplan-Meier curves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from mscsle import _core
from mscsle.exceptions import NotEstimableError, OptionError
from mscsle.survival import _presets, _rows
from mscsle.survival._rows import ConfType, Like
from mscsle.survival._tables import Floats, GroupTable

if TYPE_CHECKING:
    from mscsle.survival.curves import KaplanMeier

__all__ = ["Bands"]

KINDS = ("hall-wellner", "equal-precision")


@dataclass(frozen=True, kw_only=True, eq=False)
class Bands(GroupTable):
    """A simultaneous band for each group: with probability ``conf_level`` the curve lies inside at all times of its range.

    Attributes
    ----------
    group : list of str
    time, survival, lower, upper : array of float
        Steps of the curve inside the range, S(t), limits of the band.
    ranges : dict of str to tuple of float
        First and last time for which the level holds, by group.
    bridge : dict of str to tuple of float
        The same on the scale ``n v / (1 + n v)``, v the variance of ln S.
    critical_value : dict of str to float
    kind, conf_type, conf_level, critical, method : what was used
    """

    names = ("group", "time", "survival", "lower", "upper")

    time: Floats
    survival: Floats
    lower: Floats
    upper: Floats
    ranges: dict[str, tuple[float, float]]
    bridge: dict[str, tuple[float, float]]
    critical_value: dict[str, float]
    kind: str
    conf_type: str
    conf_level: float
    critical: str
    method: str

    def title(self) -> str:
        """What was computed, for which range, and how."""
        ranges = "; ".join(
            f"{group + ': ' if self.by else ''}{low:g} to {high:g}" for group, (low, high) in self.ranges.items()
        )
        return f"{self.method}, valid for {self.time_name} {ranges}"

    def ard_rows(self) -> Iterator[dict[str, object]]:
        """Critical value and limits at each step, by group."""
        for group, value in self.critical_value.items():
            first = self.group.index(group)
            yield from self._stats(
                first,
                [("critical.value", "Critical value", value)],
                variable=self.time_name,
                context="simultaneous band",
                method=self.method,
            )
        for i, time in enumerate(self.time):
            stats = [
                ("estimate", "Survival probability", float(self.survival[i])),
                ("conf.low", "Lower limit of the band", float(self.lower[i])),
                ("conf.high", "Upper limit of the band", float(self.upper[i])),
            ]
            yield from self._stats(
                i,
                stats,
                variable=self.time_name,
                variable_level=f"{time:g}",
                context="simultaneous band",
                method=self.method,
            )


def band_of(
    km: KaplanMeier,
    kind: Literal["hall-wellner", "equal-precision"],
    *,
    start: float | None,
    end: float | None,
    conf_type: ConfType | None,
    conf_level: float | None,
    critical: Literal["exact", "expansion"] | None,
    like: Like | None,
) -> Bands:
    """The band of every curve of ``km``."""
    _rows.one_of("kind", kind, KINDS)
    if km.variance != "Greenwood":
        raise OptionError(f"a simultaneous band needs Greenwood's variance, but these curves have the {km.variance}")
    if km.delayed_entry:
        raise OptionError(
            "a simultaneous band is not defined with delayed entry: the number of subjects is not the same throughout"
        )
    program = km.like if like is None else like
    given = km.conf_type if conf_type is None and program is None else conf_type
    scale = _presets.checked("KaplanMeier.band", "conf_type", given, program, _rows.CONF_TYPES)
    how = _presets.checked("KaplanMeier.band", "critical", critical, program, ("exact", "expansion"))
    level = km.conf_level if conf_level is None else _rows.level(conf_level)
    found = {}
    for curve in km:
        try:
            found[curve.group] = _core.survival_band(
                curve.time,
                curve.survival,
                curve.log_variance,
                n=curve.n,
                kind=kind,
                critical=how,
                interval=scale,
                level=level,
                start=start,
                end=end,
            )
        except NotEstimableError as error:
            raise NotEstimableError(f"group `{curve.group}`: {error}" if km.by else str(error)) from None
    pieces = [(km[group], band["first"], len(band["lower"]), band) for group, band in found.items()]
    name = next(iter(found.values()))["kind"]
    computed = " (critical value by expansion)" if how == "expansion" and kind == "equal-precision" else ""
    return Bands(
        library=km.library,
        group=[curve.group for curve, _, n, _ in pieces for _ in range(n)],
        by=km.by,
        time_name=km.time_label,
        time=np.concatenate([curve.time[first : first + n] for curve, first, n, _ in pieces]),
        survival=np.concatenate([curve.survival[first : first + n] for curve, first, n, _ in pieces]),
        lower=np.concatenate([band["lower"] for *_, band in pieces]),
        upper=np.concatenate([band["upper"] for *_, band in pieces]),
        ranges={group: band["range"] for group, band in found.items()},
        bridge={group: band["bridge"] for group, band in found.items()},
        critical_value={group: band["critical_value"] for group, band in found.items()},
        kind=name,
        conf_type=scale,
        conf_level=level,
        critical=how,
        method=f"{name} band{computed}, {100 * level:g} % simultaneous, {scale} scale",
    )
