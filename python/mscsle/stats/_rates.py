"""Events per person-time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mscsle import _core
from mscsle.stats._checks import OneRow, count, digits, p_text


@dataclass(frozen=True, kw_only=True)
class Rate(OneRow):
    """Events per unit of person-time with an interval."""

    events: int
    person_time: float
    unit: str
    estimate: float
    lower: float
    upper: float
    conf_level: float
    method: str

    def _fields(self) -> Mapping[str, Any]:
        names = ("events", "person_time", "unit", "estimate", "lower", "upper", "conf_level", "method")
        return {name: getattr(self, name) for name in names}

    def _context(self) -> str:
        return "rate"

    def title(self) -> str:
        """Events, person-time and rate."""
        return (
            f"{self.events} events in {digits(self.person_time, 3)} {self.unit}: {digits(self.estimate)} per unit "
            f"({100 * self.conf_level:g} % CI {digits(self.lower)} to {digits(self.upper)}, {self.method})"
        )


def rate(
    events: int, person_time: float, *, unit: str = "patient-years", method: str = "exact", conf_level: float = 0.95
) -> Rate:
    """Events per unit of person-time.

    Parameters
    ----------
    events : int
        Number of events.
    person_time : float
        Time at risk of all patients together, in ``unit``.
    unit : str
        Printed with the result.
    method : {"exact", "mid-p", "byar"}
    conf_level : float

    References
    ----------
    Garwood F. Biometrika 1936;28:437, doi 10.1093/biomet/28.3-4.437.

    Examples
    --------
    >>> import mscsle as ms
    >>> flares = ms.stats.rate(6, 1150 / 365.25)
    >>> round(flares.estimate, 4), round(flares.lower, 4), round(flares.upper, 4)
    (1.9057, 0.6993, 4.1478)
    """
    events, person_time = count(events, "events"), float(person_time)
    fields = _core.rate(events, person_time, method, conf_level)
    return Rate(events=events, person_time=person_time, unit=unit, conf_level=conf_level, method=method, **fields)


@dataclass(frozen=True, kw_only=True)
class RateRatio(OneRow):
    """Ratio of two rates, group 1 over group 0; ``statistic`` is the number of events in group 1."""

    events1: int
    person_time1: float
    events0: int
    person_time0: float
    estimate: float | None
    lower: float
    upper: float
    conf_level: float
    p_value: float
    method: str = "exact conditional test"
    df: None = None

    @property
    def statistic(self) -> int:
        """Events in group 1."""
        return self.events1

    def _fields(self) -> Mapping[str, Any]:
        names = ("events1", "person_time1", "events0", "person_time0", "estimate", "lower", "upper", "conf_level")
        return {name: getattr(self, name) for name in (*names, "p_value", "method")}

    def _context(self) -> str:
        return "rate-ratio"

    def title(self) -> str:
        """Ratio, interval and p-value."""
        return (
            f"rate ratio {digits(self.estimate)} ({100 * self.conf_level:g} % CI {digits(self.lower)} to "
            f"{digits(self.upper)}), {p_text(self.p_value)}, {self.method}"
        )


def rate_ratio(
    events1: int, person_time1: float, events0: int, person_time0: float, *, conf_level: float = 0.95
) -> RateRatio:
    """Ratio of two event rates by the exact conditional (binomial) test.

    Parameters
    ----------
    events1, events0 : int
        Events in group 1 and in group 0.
    person_time1, person_time0 : float
        Time at risk in the same unit.
    conf_level : float

    Examples
    --------
    >>> import mscsle as ms
    >>> r = ms.stats.rate_ratio(11, 800, 21, 3011)
    >>> round(r.estimate, 3), round(r.p_value, 4)
    (1.971, 0.0797)
    """
    events1, events0 = count(events1, "events1"), count(events0, "events0")
    person_time1, person_time0 = float(person_time1), float(person_time0)
    fields = _core.rate_ratio(events1, person_time1, events0, person_time0, conf_level)
    return RateRatio(
        events1=events1,
        person_time1=person_time1,
        events0=events0,
        person_time0=person_time0,
        conf_level=conf_level,
        **fields,
    )
