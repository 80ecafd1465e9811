"""The hazard ratio behind a printed interval."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mscsle import _core
from mscsle.stats._checks import OneRow, count


@dataclass(frozen=True, kw_only=True)
class HazardRatioFromInterval(OneRow):
    """A hazard ratio recovered from its printed interval.

    Attributes
    ----------
    hazard_ratio, log_hazard_ratio, standard_error, statistic, p_value : float
        Geometric mean of the limits, its logarithm, standard error, Wald statistic and two-sided p-value.
    hazard_ratio_range, standard_error_range, p_value_range : tuple of float
        What the rounding of the printed limits leaves open.
    lower, upper : str
        The limits with their digits.
    printed_p : str or None
    consistent : bool or None
        Whether the printed p-value can belong to this interval; None without one.
    two_groups_possible : bool or None
        Whether a covariate of two groups can have this standard error; None without ``events``.
    verdict : str
        What was found, in words.
    """

    hazard_ratio: float
    hazard_ratio_range: tuple[float, float]
    log_hazard_ratio: float
    standard_error: float
    standard_error_range: tuple[float, float]
    statistic: float
    p_value: float
    p_value_range: tuple[float, float]
    lower: str
    upper: str
    conf_level: float
    printed_p: str | None
    consistent: bool | None
    two_groups_possible: bool | None
    verdict: str
    method: str = "Wald interval on the log scale"
    df: None = None

    def _fields(self) -> Mapping[str, Any]:
        return {
            "hazard_ratio": self.hazard_ratio,
            "hazard_ratio_low": self.hazard_ratio_range[0],
            "hazard_ratio_high": self.hazard_ratio_range[1],
            "log_hazard_ratio": self.log_hazard_ratio,
            "standard_error": self.standard_error,
            "statistic": self.statistic,
            "p_value": self.p_value,
            "p_value_low": self.p_value_range[0],
            "p_value_high": self.p_value_range[1],
            "lower": float(self.lower),
            "upper": float(self.upper),
            "conf_level": self.conf_level,
            "printed_p": self.printed_p,
            "consistent": self.consistent,
            "verdict": self.verdict,
            "method": self.method,
        }

    def _context(self) -> str:
        return "hazard-ratio-from-interval"

    def title(self) -> str:
        """The verdict."""
        return self.verdict


def hr_from_ci(
    lower: float | str,
    upper: float | str,
    *,
    p: float | str | None = None,
    conf_level: float = 0.95,
    events: int | None = None,
) -> HazardRatioFromInterval:
    """The hazard ratio, its standard error and p-value behind a printed Wald interval, and whether a printed p fits.

    The rounding of the printed numbers is taken into account: the ranges hold every value whose limits print as given.

    Parameters
    ----------
    lower, upper : float or str
        Limits as printed. Both are taken to have as many digits as the longer one; give text (``"0.40"``) where both end
        in zeros.
    p : float or str, optional
        Printed p-value, also ``"<0.001"``.
    conf_level : float
        Level of the interval.
    events : int, optional
        Number of events: tells whether a covariate of two groups can have so small a standard error (>= 2/√events).

    Raises
    ------
    DataError
        Limits that are not positive and ascending, text that is no printed number.

    References
    ----------
    Parmar MKB, Torri V, Stewart L. Stat Med 1998;17:2815. Tierney JF et al. Trials 2007;8:16,
    doi 10.1186/1745-6215-8-16.

    Examples
    --------
    >>> import mscsle as ms
    >>> hr = ms.stats.hr_from_ci(0.336, 0.794, p=0.003)
    >>> round(hr.hazard_ratio, 6), round(hr.standard_error, 6), hr.consistent
    (0.516511, 0.219385, True)
    """
    p_word = None if p is None else _text(p)
    n_events = None if events is None else count(events, "events")
    fields = _core.hr_from_ci(_text(lower), _text(upper), p_word, conf_level, n_events)
    return HazardRatioFromInterval(conf_level=conf_level, **fields)


def _text(value: float | str) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or not hasattr(value, "__float__"):
        raise TypeError(f"a printed number is a float or text, but this is {type(value).__name__}")
    text = repr(float(value))
    # 1e-05 stands for 0.00001
    return f"{float(value):.8f}".rstrip("0") if "e" in text else text
