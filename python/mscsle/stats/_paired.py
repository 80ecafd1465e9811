"""Change within patients: paired t and Wilcoxon signed rank tests of two columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mscsle import _core, _frame
from mscsle.exceptions import OptionError
from mscsle.stats._checks import OneRow, digits, interval_text, limits_note, p_text

#: Words of the paired tests.
TESTS = ("t", "wilcoxon")


@dataclass(frozen=True, kw_only=True)
class PairedTest(OneRow):
    """A paired test of change, after minus before.

    Attributes
    ----------
    n : int
        Complete pairs.
    n_dropped : int
        Rows without a pair.
    before_mean, before_sd, after_mean, after_sd, change_mean, change_sd : float or None
        Of the complete pairs; an SD of one pair is None.
    estimate, lower, upper : float or None
        Mean change (t) or Hodges-Lehmann estimate (Wilcoxon) with its interval; limits are None where there are too few
        pairs for the level.
    statistic, df, p_value : float or None
        t and n - 1, or the sum of the ranks of rises and None.
    n_zero : int
        Pairs without change.
    method : str
        Test, distribution, rules for zeros and ties.
    note : str or None
        Why there are no limits.
    """

    n: int
    n_dropped: int
    before_mean: float | None
    before_sd: float | None
    after_mean: float | None
    after_sd: float | None
    change_mean: float | None
    change_sd: float | None
    estimate: float | None
    lower: float | None
    upper: float | None
    conf_level: float
    statistic: float
    df: float | None
    p_value: float
    n_zero: int
    alternative: str
    method: str
    note: str | None = None

    def _fields(self) -> Mapping[str, Any]:
        names = ("n", "n_dropped", "before_mean", "before_sd", "after_mean", "after_sd", "change_mean", "change_sd")
        more = ("estimate", "lower", "upper", "conf_level", "statistic", "df", "p_value", "n_zero", "alternative")
        return {name: getattr(self, name) for name in (*names, *more, "method", "note")}

    def _context(self) -> str:
        return "paired-test"

    def title(self) -> str:
        """Change, interval and p-value."""
        return (
            f"{self.n} pair{'' if self.n == 1 else 's'}, change {digits(self.estimate, 3)} "
            f"({interval_text(self.lower, self.upper, self.conf_level, self.note)}), {p_text(self.p_value)}: {self.method}"
        )


def run_test(
    change: NDArray[np.float64], *, test: str, zeros: str, distribution: str, alternative: str, conf_level: float
) -> dict[str, Any]:
    """The test of an array of changes, with its method in words.

    Raises
    ------
    NotEstimableError
        Too few pairs for the test.
    OptionError
        An unknown test.
    """
    change = np.ascontiguousarray(change, dtype=np.float64)
    if test == "t":
        fields = _core.paired_t(change, alternative, conf_level)
        fields["method"] = "paired t test"
        fields["n_zero"] = int(np.count_nonzero(change == 0))
    elif test == "wilcoxon":
        fields = _core.signed_rank(change, zeros, distribution, alternative, conf_level)
        fields["method"] = _wilcoxon_method(fields, zeros)
        fields["df"] = None
        if fields["estimate"] is not None and fields["lower"] is None:
            used = fields["n_nonzero"] if zeros == "wilcoxon" else fields["n"]
            fields["note"] = limits_note(conf_level, fields["conf_level_attained"], used)
    else:
        raise OptionError(f"unknown test `{test}`; use `t` or `wilcoxon`")
    names = ("estimate", "lower", "upper", "statistic", "df", "p_value", "n_zero", "method")
    return {name: fields[name] for name in names} | {"note": fields.get("note")}


def _wilcoxon_method(fields: Mapping[str, Any], zeros: str) -> str:
    words = {
        "exact": "exact" + (" under ties" if fields["ties"] else ""),
        "normal-cc": "normal approximation with continuity correction",
        "normal": "normal approximation without continuity correction",
    }
    n_zero = fields["n_zero"]
    noun = "zero" if n_zero == 1 else "zeros"
    zero = f", {n_zero} {noun} {'dropped' if zeros == 'wilcoxon' else 'ranked (Pratt)'}" if n_zero else ""
    return f"Wilcoxon signed rank test, {words[fields['distribution']]}{zero}; Hodges-Lehmann estimate"


def paired_test(
    before: Any,
    after: Any,
    *,
    data: Any = None,
    test: str = "wilcoxon",
    zeros: str = "wilcoxon",
    distribution: str = "auto",
    alternative: str = "two-sided",
    conf_level: float = 0.95,
    missing: str = "error",
) -> PairedTest:
    """Test of the change from ``before`` to ``after`` in the same patients.

    Parameters
    ----------
    before, after : column names with ``data``, else arrays of numbers
        One row a patient.
    data : frame, optional
    test : {"wilcoxon", "t"}
    zeros : {"wilcoxon", "pratt"}
        Differences of zero dropped (R, SAS), or ranked and then dropped.
    distribution : {"auto", "exact", "normal-cc", "normal"}
        ``auto`` is exact up to 200 pairs, ties included.
    alternative : {"two-sided", "greater", "less"}
        ``greater``: values rise.
    conf_level : float
    missing : {"error", "drop"}
        Rows with one value missing.

    Raises
    ------
    NotEstimableError
        Fewer than two pairs or no variation (t), no pair at all (Wilcoxon).

    Examples
    --------
    >>> import mscsle as ms
    >>> before = [17, 12, 11, 9, 12, 14, 12, 34, 10, 10]
    >>> after = [6, 5, 11, 2, 9, 10, 5, 12, 3, 4]
    >>> ms.stats.paired_test(before, after).p_value
    0.00390625
    >>> round(ms.stats.paired_test(before, after, test="t").p_value, 7)
    0.0033081
    """
    if test not in TESTS:
        raise OptionError(f"unknown test `{test}`; use `t` or `wilcoxon`")
    selected = _frame.select(data, {"before": (before, "number"), "after": (after, "number")}, missing=missing)
    first, second = selected.arrays["before"], selected.arrays["after"]
    change = np.ascontiguousarray(second - first)
    fields = run_test(
        change, test=test, zeros=zeros, distribution=distribution, alternative=alternative, conf_level=conf_level
    )
    summaries = {
        name: _core.describe(x, "sas") for name, x in (("before", first), ("after", second), ("change", change))
    }
    moments = {f"{name}_{stat}": s[stat] for name, s in summaries.items() for stat in ("mean", "sd")}
    return PairedTest(
        n=len(change),
        n_dropped=selected.n_dropped,
        conf_level=conf_level,
        alternative=alternative,
        library=selected.library,
        **moments,
        **fields,
    )
