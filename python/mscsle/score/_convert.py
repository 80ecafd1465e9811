"""Laboratory values in another unit."""

from __future__ import annotations

from typing import Any

import numpy as np

from mscsle import _core, _frame

__all__ = ["convert"]


def convert(values: Any, *, test: str, from_unit: str, to_unit: str) -> Any:
    """A laboratory value, or an array of them, in another unit of its test.

    Factors are exact: creatinine 88.4 umol/L per mg/dL, ratios to creatinine 113.12 mg/mmol per g/g, urea nitrogen by its
    molar mass. Units are never guessed; units that need further data (cells/uL to /hpf) are refused.

    Parameters
    ----------
    values : number, array or column
        Missing values stay missing.
    test : str
        Laboratory test, as in the column ``test`` of the table ``labs``: ``creatinine``, ``upcr``, ``bun``, ``c3`` ...
    from_unit, to_unit : str
        Units of the test; spelling variants (``µmol/L``, ``umol/l``) are understood.

    Returns
    -------
    float or array of float

    Raises
    ------
    OptionError
        A test or unit that does not exist; the message lists those that do.

    Examples
    --------
    >>> import mscsle as ms
    >>> ms.score.convert(1.2, test="creatinine", from_unit="mg/dL", to_unit="umol/L")
    106.08
    >>> ms.score.convert([0.5, None], test="upcr", from_unit="g/g", to_unit="mg/mmol").round(2)
    array([56.56,   nan])
    """
    if isinstance(values, (int, float, np.number)):
        array = np.array([float(values)])
        return float(_core.convert_values(test, array, from_unit, to_unit)[0])
    array = _frame.as_numbers(_frame._as_sequence(values), test)
    return _core.convert_values(test, array, from_unit, to_unit)
