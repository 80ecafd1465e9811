"""Residuals of a Cox fit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mscsle import _frame
from mscsle.exceptions import DataError, OptionError
from mscsle.survival import _rows

if TYPE_CHECKING:
    from mscsle.survival.cox_fit import CoxFit

Floats: TypeAlias = NDArray[np.float64]
ResidualKind: TypeAlias = Literal[
    "martingale", "deviance", "score", "dfbeta", "dfbetas", "schoenfeld", "scaled-schoenfeld", "partial"
]

KINDS = ("martingale", "deviance", "score", "dfbeta", "dfbetas", "schoenfeld", "scaled-schoenfeld", "partial")


def residuals(fit: CoxFit, coefficients: Floats, kind: ResidualKind, collapse: ArrayLike | None) -> Floats:
    """Residuals of one kind, summed within the values of ``collapse`` if given."""
    _rows.one_of("kind", kind, KINDS)
    if kind in ("schoenfeld", "scaled-schoenfeld") and collapse is not None:
        raise OptionError(f"`{kind}` residuals belong to events, not to rows; leave out `collapse`")
    found = fit.source.residuals(coefficients)
    naive = np.nan_to_num(fit.naive_covariance)
    if kind == "scaled-schoenfeld":
        scaled: Floats = found["schoenfeld"] @ naive * fit.n_events + coefficients
        return scaled
    if kind == "deviance" and collapse is not None:
        event = fit.source.arrays()["event"].astype(np.float64)
        return _deviance(_summed(found["martingale"], collapse), _summed(event, collapse))
    if kind == "dfbetas":
        with np.errstate(divide="ignore", invalid="ignore"):
            rows: Floats = found["dfbeta"] / np.sqrt(np.diag(fit.naive_covariance))
    elif kind == "partial":
        source = fit.source.arrays()
        x = source["x"]
        rows = found["martingale"][:, None] + (x - np.average(x, axis=0, weights=source["weights"])) * coefficients
    else:
        rows = found[kind]
    return rows if collapse is None else _summed(rows, collapse)


def _summed(rows: Floats, collapse: ArrayLike) -> Floats:
    """Sums of the rows with the same value, in the order in which the values first appear."""
    codes, labels = _frame.as_codes(np.asarray(collapse))
    if len(codes) != len(rows):
        raise DataError(f"`collapse` has {len(codes)} values, but the fit used {len(rows)} rows")
    if (codes < 0).any():
        raise DataError(f"`collapse` must not be missing, but row {int(np.argmax(codes < 0))} is")
    _, first = np.unique(codes, return_index=True)
    place = np.empty(len(labels), dtype=np.int64)
    place[codes[np.sort(first)]] = np.arange(len(first))
    out = np.zeros((len(first), *rows.shape[1:]))
    np.add.at(out, place[codes], rows)
    return out


def _deviance(martingale: Floats, events: Floats) -> Floats:
    """Of a subject with several events e: sign(M) sqrt(-2 (M + e log((e - M) / e))).

    R 3.5-3 leaves out the division by e when it collapses, and gives NaN.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        log = np.where(events > 0, events * np.log((events - martingale) / events), 0.0)
    return np.sign(martingale) * np.sqrt(np.maximum(-2.0 * (martingale + log), 0.0))
