"""Two independent groups: t and rank sum tests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from mscsle import _core, _frame
from mscsle.exceptions import DataError, OptionError
from mscsle.stats._checks import OneRow, digits, interval_text, limits_note, p_text


@dataclass(frozen=True, kw_only=True)
class TwoSamples(OneRow):
    """Difference between two independent groups, ``group`` minus ``reference``.

    Attributes
    ----------
    n1, n0 : int
        Values in ``group`` and in ``reference``.
    estimate, lower, upper : float
        Difference of means (t) or median of all differences (rank sum); limits are None where there are too few values.
    note : str or None
        Why there are no limits.
    statistic, df, p_value : float or None
        t and its degrees of freedom, or the number of pairs in which ``group`` is higher and None.
    """

    group: str
    reference: str
    n1: int
    n0: int
    n_dropped: int
    estimate: float
    lower: float | None
    upper: float | None
    conf_level: float
    statistic: float
    df: float | None
    p_value: float
    alternative: str
    method: str
    note: str | None = None

    def _fields(self) -> Mapping[str, Any]:
        names = ("group", "reference", "n1", "n0", "n_dropped", "estimate", "lower", "upper", "conf_level")
        return {
            name: getattr(self, name)
            for name in (*names, "statistic", "df", "p_value", "alternative", "method", "note")
        }

    def _context(self) -> str:
        return "two-sample-test"

    def title(self) -> str:
        """Difference, interval and p-value."""
        return (
            f"{self.group} (n {self.n1}) - {self.reference} (n {self.n0}): {digits(self.estimate, 3)} "
            f"({interval_text(self.lower, self.upper, self.conf_level, self.note)}), {p_text(self.p_value)}: "
            f"{self.method}"
        )


def two_samples(
    values: Any,
    group: Any,
    *,
    data: Any = None,
    reference: str | None = None,
    test: str = "wilcoxon",
    variances: str = "unequal",
    distribution: str = "auto",
    alternative: str = "two-sided",
    conf_level: float = 0.95,
    missing: str = "error",
) -> TwoSamples:
    """Compares a measure between two independent groups.

    Parameters
    ----------
    values : column name with ``data``, else array of numbers
    group : column name with ``data``, else array of labels
        Exactly two groups.
    data : frame, optional
    reference : str, optional
        Group that is subtracted; by default the first in sorted order.
    test : {"wilcoxon", "t"}
        Rank sum (Mann-Whitney) test, exact up to 100 values, ties included; or t test.
    variances : {"unequal", "equal"}
        Welch's or Student's t test.
    distribution : {"auto", "exact", "normal-cc", "normal"}
    alternative : {"two-sided", "greater", "less"}
        ``greater``: the group is higher than the reference.
    conf_level : float
    missing : {"error", "drop"}

    Raises
    ------
    DataError
        Missing values, not exactly two groups.
    NotEstimableError
        Too few values for the t test.

    References
    ----------
    Mann HB, Whitney DR. Ann Math Stat 1947;18:50, doi 10.1214/aoms/1177730491. Welch BL. Biometrika 1947;34:28.

    Examples
    --------
    >>> import mscsle as ms
    >>> change = [-8, -4, -12, -6, -10, -5, -2, 0, -3, -7]
    >>> arm = ["cells"] * 6 + ["placebo"] * 4
    >>> found = ms.stats.two_samples(change, arm, reference="placebo")
    >>> found.estimate, found.lower, found.upper
    (-4.5, -10.0, 1.0)
    >>> round(found.p_value, 4)
    0.0667
    """
    if test not in ("wilcoxon", "t"):
        raise OptionError(f"unknown test `{test}`; use `t` or `wilcoxon`")
    selected = _frame.select(data, {"values": (values, "number"), "group": (group, "codes")}, missing=missing)
    levels, codes = selected.levels["group"], selected.arrays["group"]
    if len(levels) != 2:
        raise DataError(
            f"column `{selected.names['group']}` must hold two groups, but holds {len(levels)}: {', '.join(f'`{v}`' for v in levels)}"
        )
    base = levels[0] if reference is None else str(reference)
    if base not in levels:
        raise OptionError(f"unknown reference `{base}`; the groups are {', '.join(f'`{v}`' for v in levels)}")
    zero = levels.index(base)
    numbers = selected.arrays["values"]
    one, other = (np.ascontiguousarray(numbers[mask]) for mask in (codes != zero, codes == zero))
    if test == "t":
        fields = _core.two_sample_t(one, other, variances, alternative, conf_level)
        method = "Welch t test" if variances == "unequal" else "Student t test"
    else:
        fields = _core.rank_sum(one, other, distribution, alternative, conf_level)
        ties = " under ties" if fields["ties"] else ""
        if fields["exact"]:
            how = f"exact{ties}"
        else:
            how = "normal approximation" + (" without continuity correction" if distribution == "normal" else "")
        method = f"Wilcoxon rank sum test, {how}; Hodges-Lehmann estimate"
    largest = fields["conf_level_largest"]
    del fields["ties"], fields["exact"], fields["conf_level_largest"]
    note = limits_note(conf_level, largest, fields["n1"], fields["n0"]) if fields["lower"] is None else None
    return TwoSamples(
        group=levels[1 - zero],
        reference=base,
        n_dropped=selected.n_dropped,
        conf_level=conf_level,
        alternative=alternative,
        method=method,
        note=note,
        library=selected.library,
        **fields,
    )
