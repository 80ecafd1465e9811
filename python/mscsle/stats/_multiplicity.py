"""p-values adjusted for several tests."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mscsle import _core
from mscsle.exceptions import DataError


def adjust_p(p: Any, *, method: str = "holm") -> NDArray[np.float64]:
    """p-values adjusted for several tests, in the order given.

    Parameters
    ----------
    p : array of numbers between 0 and 1
    method : {"holm", "hochberg", "hommel", "bonferroni", "benjamini-hochberg", "benjamini-yekutieli"}
        ``holm`` holds under any dependence of the tests.

    Examples
    --------
    >>> import mscsle as ms
    >>> [round(float(p), 2) for p in ms.stats.adjust_p([0.01, 0.02, 0.03, 0.04, 0.05])]
    [0.05, 0.08, 0.09, 0.09, 0.09]
    """
    values = np.ascontiguousarray(p, dtype=np.float64)
    if values.ndim != 1:
        raise DataError(f"`p` must be one-dimensional, but has shape {values.shape}")
    return _core.adjust_p(values, method)
