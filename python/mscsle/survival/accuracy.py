"""Brier score and time-dependent AUC of predicted survival."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mscsle import _core, _frame
from mscsle._result import Result, ard_row
from mscsle.exceptions import DataError
from mscsle.survival import _rows
from mscsle.survival._rows import Column, NearTies

__all__ = ["PredictionError", "prediction_error"]


@dataclass(frozen=True, kw_only=True, eq=False)
class PredictionError(Result):
    """Brier score and AUC: one row a time.

    Attributes
    ----------
    time, brier, brier_standard_error, brier_lower, brier_upper : arrays
    brier_null : array
        Brier score of the Kaplan-Meier curve of the same rows.
    ipa : array
        Index of prediction accuracy, 1 - brier / brier_null.
    auc, auc_standard_error, auc_lower, auc_upper : arrays
        Cumulative/dynamic AUC: events until the time against those followed beyond it; plain limits within 0 and 1.
    n_events, n_beyond : arrays of int
    integrated_brier, integrated_brier_null : float
        Mean over the span of the times, by trapezoids; NaN for one time.
    """

    time: NDArray[np.float64]
    brier: NDArray[np.float64]
    brier_standard_error: NDArray[np.float64]
    brier_lower: NDArray[np.float64]
    brier_upper: NDArray[np.float64]
    brier_null: NDArray[np.float64]
    auc: NDArray[np.float64]
    auc_standard_error: NDArray[np.float64]
    auc_lower: NDArray[np.float64]
    auc_upper: NDArray[np.float64]
    n_events: NDArray[np.int64]
    n_beyond: NDArray[np.int64]
    integrated_brier: float
    integrated_brier_null: float
    conf_level: float
    what: str
    method: str

    @property
    def ipa(self) -> NDArray[np.float64]:
        """Index of prediction accuracy, 1 - brier / brier_null; NaN where the score without covariates is 0."""
        with np.errstate(divide="ignore", invalid="ignore"):
            index = 1.0 - self.brier / self.brier_null
        return np.where(self.brier_null > 0, index, np.nan)

    def columns(self) -> Mapping[str, Any]:
        """Time, counts, Brier score with limits, that without covariates, accuracy index, AUC with limits."""
        names = ("time", "n_events", "n_beyond", "brier", "brier_standard_error", "brier_lower", "brier_upper")
        names += ("brier_null", "ipa", "auc", "auc_standard_error", "auc_lower", "auc_upper")  # type: ignore[assignment]
        return {name: getattr(self, name) for name in names}

    def title(self) -> str:
        """What predicted, and how it was judged."""
        return f"Prediction error of {self.what}, {self.method}, {100 * self.conf_level:g} % limits"

    def ard_rows(self) -> Iterator[dict[str, object]]:
        """Brier score and AUC with limits by time, and the integrated score."""
        stats = (
            ("brier", "Brier score", self.brier),
            ("brier.conf.low", "Lower limit of the Brier score", self.brier_lower),
            ("brier.conf.high", "Upper limit of the Brier score", self.brier_upper),
            ("brier.null", "Brier score without covariates", self.brier_null),
            ("auc", "Cumulative/dynamic AUC", self.auc),
            ("auc.conf.low", "Lower limit of the AUC", self.auc_lower),
            ("auc.conf.high", "Upper limit of the AUC", self.auc_upper),
        )
        for k, time in enumerate(self.time.tolist()):
            for name, label, values in stats:
                value = float(values[k])
                yield ard_row(
                    variable="time",
                    variable_level=f"{time:g}",
                    context="prediction error",
                    stat_name=name,
                    stat_label=label,
                    stat=None if np.isnan(value) else value,
                    method=self.title(),
                )
        if self.time.size > 1:
            yield ard_row(
                variable="time",
                context="prediction error",
                stat_name="integrated.brier",
                stat_label="Integrated Brier score",
                stat=self.integrated_brier,
                method=self.title(),
            )


def _predicted(survival: object, data: object | None) -> NDArray[np.float64]:
    """Predicted probabilities, given as numbers or as names of columns."""
    names = [survival] if isinstance(survival, str) else survival
    if isinstance(names, (list, tuple)) and names and all(isinstance(name, str) for name in names):
        if data is None:
            raise TypeError(f"`survival` is the name `{names[0]}` but no `data=` was given; give a frame, or an array")
        frame = _frame.Frame(data)
        return np.column_stack([frame.numbers(frame.require(name)) for name in names])
    try:
        return np.asarray(survival, dtype=np.float64)
    except (TypeError, ValueError):
        raise DataError("`survival` must hold numbers, one row a subject and one column a time") from None


def prediction_error(
    time: Column,
    *,
    event: Column | None = None,
    cnsr: Column | None = None,
    survival: ArrayLike | str | Sequence[str],
    times: float | ArrayLike,
    data: object | None = None,
    conf_level: float = 0.95,
    near_ties: NearTies = "group",
    missing: Literal["error", "drop"] = "error",
    what: str = "given survival probabilities",
) -> PredictionError:
    """Brier score and cumulative/dynamic AUC of predicted survival, weighted for censoring.

    Parameters
    ----------
    time, event, cnsr, data, near_ties, missing
        As in :func:`mscsle.cox`.
    survival : array (subjects x times), or with ``data`` a column name or a list of them, one a time
        Predicted probability of no event until each time.
    times : number or ascending array
        Each before the end of the follow-up.
    what : str
        What predicted, for the title.

    Returns
    -------
    PredictionError

    Notes
    -----
    Weights are inverse Kaplan-Meier probabilities of being uncensored, events before censorings at a tie; they assume
    censoring independent of covariates. Standard errors include the estimation of the weights and take the predictions as
    given. On the rows a model was fitted to, the errors are too small.

    References
    ----------
    Graf E, Schmoor C, Sauerbrei W, Schumacher M (1999) Stat Med 18:2529. Blanche P, Dartigues JF, Jacqmin-Gadda H (2013)
    Stat Med 32:5381, doi:10.1002/sim.5958.

    Examples
    --------
    >>> import mscsle as ms
    >>> found = ms.prediction_error([1, 2, 3, 4], event=[1, 1, 0, 0], survival=[[0.2], [0.4], [0.7], [0.9]], times=2.5)
    >>> round(float(found.brier[0]), 4), float(found.auc[0])
    (0.075, 1.0)
    """
    asked = _rows.time_points(times)
    rows = _rows.read(data, time=time, event=event, cnsr=cnsr, missing=missing)
    assert rows.event is not None
    predicted = _predicted(survival, data)
    if predicted.ndim == 1 and asked.size == 1:
        predicted = predicted.reshape(-1, 1)
    if predicted.shape != (rows.n + rows.n_dropped, asked.size):
        raise DataError(
            f"`survival` must have one row a subject and one column a time, {rows.n + rows.n_dropped} x {asked.size}, "
            f"but has shape {predicted.shape}"
        )
    if rows.kept is not None:
        predicted = predicted[rows.kept]
    level = _rows.level(conf_level)
    found = _core.survival_prediction_error(
        rows.time,
        rows.event,
        np.ascontiguousarray(predicted),
        asked,
        conf_level=level,
        group_near_ties=_rows.grouping(near_ties),
    )
    reach = found.pop("critical_value")
    limits: dict[str, Any] = {}
    for name in ("brier", "auc"):
        margin = reach * found[f"{name}_standard_error"]
        limits[f"{name}_lower"] = np.clip(found[name] - margin, 0.0, 1.0)
        limits[f"{name}_upper"] = np.clip(found[name] + margin, 0.0, 1.0)
    return PredictionError(library=rows.library, conf_level=level, what=what, **limits, **found)
