"""Pooling of studies."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mscsle import _core, _frame
from mscsle._result import Result, ard_row
from mscsle.exceptions import DataError, OptionError
from mscsle.stats._checks import count, digits, p_text

_SCALES = ("identity", "log", "logit")


@dataclass(frozen=True, kw_only=True)
class MetaAnalysis(Result):
    """Pooled mean of studies.

    Attributes
    ----------
    estimate, lower, upper, standard_error : float
        On the scale of the effects (logit for proportions, logarithm for ratios).
    pooled, pooled_lower, pooled_upper : float
        The same on the original scale: a proportion, a ratio or a difference.
    prediction : tuple of float or None
        Limits for a further study on the original scale; None below three studies.
    tau_squared, i_squared : float
        Variance between studies, and its share in percent.
    q, q_p_value : float
        Cochran's Q and its p-value.
    statistic, df, p_value : float or None
        Test of a mean of 0 on the scale of the effects.
    study, effect, variance, weights : per study
    notes : tuple of str
    """

    estimate: float
    standard_error: float
    lower: float
    upper: float
    pooled: float
    pooled_lower: float
    pooled_upper: float
    prediction: tuple[float, float] | None
    conf_level: float
    statistic: float
    df: float | None
    p_value: float
    tau_squared: float
    i_squared: float
    q: float
    q_p_value: float | None
    study: list[str]
    effect: NDArray[np.float64]
    variance: NDArray[np.float64]
    weights: NDArray[np.float64]
    scale: str
    method: str
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.study)

    def columns(self) -> Mapping[str, Any]:
        """One row a study: effect with limits, weight in percent; the last row is the pooled mean."""
        z = 1.959963984540054 if self.conf_level == 0.95 else _normal_quantile(self.conf_level)
        half = z * np.sqrt(self.variance)
        back = [_back(self.scale, v) for v in (self.effect, self.effect - half, self.effect + half)]
        pooled = (self.pooled, self.pooled_lower, self.pooled_upper)
        names = ("estimate", "lower", "upper")
        return {
            "study": [*self.study, "pooled"],
            **{name: np.append(column, value) for name, column, value in zip(names, back, pooled, strict=True)},
            "weight": np.append(self.weights, 100.0),
        }

    def ard_rows(self) -> Iterable[dict[str, object]]:
        """One row a statistic of the pooled mean."""
        low, high = self.prediction or (None, None)
        values = {
            "k": float(len(self)),
            "estimate": self.pooled,
            "lower": self.pooled_lower,
            "upper": self.pooled_upper,
            "prediction_lower": low,
            "prediction_upper": high,
            "tau_squared": self.tau_squared,
            "i_squared": self.i_squared,
            "q": self.q,
            "q_p_value": self.q_p_value,
            "p_value": self.p_value,
        }
        return [
            ard_row(variable="pooled", context="meta-analysis", stat_name=name, stat=value, method=self.method)
            for name, value in values.items()
        ]

    def title(self) -> str:
        """Pooled mean, interval, heterogeneity, method."""
        return (
            f"{len(self)} studies: {digits(self.pooled)} ({100 * self.conf_level:g} % CI {digits(self.pooled_lower)} to "
            f"{digits(self.pooled_upper)}), I² {digits(self.i_squared, 1)} %, heterogeneity {p_text(self.q_p_value)}; {self.method}"
        )


def _normal_quantile(conf_level: float) -> float:
    # the interval of one study with variance 1 around 0
    one = _core.meta_analysis(np.zeros(1), np.ones(1), "common", "wald", conf_level)
    return float(one["upper"])


def _back(scale: str, value: Any) -> Any:
    if scale == "log":
        return np.exp(value)
    if scale == "logit":
        return 1 / (1 + np.exp(-value))
    return value


def _labels(study: Any, data: Any, k: int) -> list[str]:
    if study is None:
        return [f"study {i + 1}" for i in range(k)]
    raw = _frame.Frame(data).texts(study) if data is not None else _frame.as_texts(_frame._as_sequence(study))
    if len(raw) != k:
        raise DataError(f"`study` has {len(raw)} values for {k} studies")
    return [text or f"study {i + 1}" for i, text in enumerate(raw)]


def _independent(labels: list[str], cohort: Any, data: Any) -> None:
    """Refuses two reports of one cohort."""
    if cohort is None:
        return
    cohorts = _frame.Frame(data).texts(cohort) if data is not None else _frame.as_texts(_frame._as_sequence(cohort))
    if len(cohorts) != len(labels):
        raise DataError(f"`cohort` has {len(cohorts)} values for {len(labels)} studies")
    first: dict[str, str] = {}
    for label, name in zip(labels, cohorts, strict=True):
        if name is None:
            continue
        if name in first:
            raise DataError(
                f"`{first[name]}` and `{label}` report the same cohort `{name}`; patients must not be counted twice: keep one"
            )
        first[name] = label


def _fit(
    effect: NDArray[np.float64],
    variance: NDArray[np.float64],
    labels: list[str],
    *,
    scale: str,
    tau_method: str,
    interval: str,
    conf_level: float,
    notes: tuple[str, ...],
    library: _frame.Library,
) -> MetaAnalysis:
    fields = _core.meta_analysis(effect, variance, tau_method, interval, conf_level)
    prediction = fields.pop("prediction")
    limits = None if prediction is None else tuple(float(_back(scale, v)) for v in prediction)
    model = "common effect" if tau_method == "common" else f"random effects, {tau_method}"
    return MetaAnalysis(
        pooled=float(_back(scale, fields["estimate"])),
        pooled_lower=float(_back(scale, fields["lower"])),
        pooled_upper=float(_back(scale, fields["upper"])),
        prediction=None if limits is None else (limits[0], limits[1]),
        conf_level=conf_level,
        study=labels,
        effect=effect,
        variance=variance,
        scale=scale,
        method=f"{model}, {interval} interval" + ("" if scale == "identity" else f", {scale} scale"),
        notes=notes,
        library=library,
        **fields,
    )


def meta_analysis(
    effect: Any,
    variance: Any,
    *,
    data: Any = None,
    study: Any = None,
    cohort: Any = None,
    scale: str = "identity",
    tau_method: str = "reml",
    interval: str = "hartung-knapp",
    conf_level: float = 0.95,
) -> MetaAnalysis:
    """Pools effects with known sampling variances, such as log hazard ratios recovered by :func:`hr_from_ci`.

    Parameters
    ----------
    effect, variance : column names with ``data``, else arrays
        Effects on an unbounded scale and their sampling variances.
    data : frame, optional
    study : column name or sequence of str, optional
        Labels.
    cohort : column name or sequence of str, optional
        Cohort of each report: two reports of one cohort are refused.
    scale : {"identity", "log", "logit"}
        Scale of the effects; the pooled mean is also given transformed back.
    tau_method : {"reml", "paule-mandel", "dersimonian-laird", "common"}
    interval : {"hartung-knapp", "hartung-knapp-ad-hoc", "wald"}
        ``hartung-knapp-ad-hoc`` is never narrower than ``wald``.
    conf_level : float

    References
    ----------
    DerSimonian R, Laird N. Control Clin Trials 1986;7:177, doi 10.1016/0197-2456(86)90046-2. Hartung J, Knapp G. Stat Med
    2001;20:3875, doi 10.1002/sim.1009. Higgins JPT, Thompson SG, Spiegelhalter DJ. J R Stat Soc A 2009;172:137.

    Examples
    --------
    >>> import mscsle as ms
    >>> hr = [ms.stats.hr_from_ci(0.336, 0.794), ms.stats.hr_from_ci("0.40", "1.10")]
    >>> pooled = ms.stats.meta_analysis(
    ...     [h.log_hazard_ratio for h in hr], [h.standard_error**2 for h in hr], scale="log", tau_method="common", interval="wald"
    ... )
    >>> round(pooled.pooled, 4)
    0.5737
    """
    if scale not in _SCALES:
        raise OptionError(f"unknown scale `{scale}`; use `identity`, `log` or `logit`")
    selected = _frame.select(data, {"effect": (effect, "number"), "variance": (variance, "number")})
    values, variances = selected.arrays["effect"], selected.arrays["variance"]
    labels = _labels(study, data, len(values))
    _independent(labels, cohort, data)
    return _fit(
        values,
        variances,
        labels,
        scale=scale,
        tau_method=tau_method,
        interval=interval,
        conf_level=conf_level,
        notes=(),
        library=selected.library,
    )


def pool_proportions(
    x: Any,
    n: Any,
    *,
    data: Any = None,
    study: Any = None,
    cohort: Any = None,
    tau_method: str = "reml",
    interval: str = "hartung-knapp",
    conf_level: float = 0.95,
) -> MetaAnalysis:
    """Pools proportions of single-arm studies on the logit scale.

    ln(x / (n - x)) with variance 1/x + 1/(n - x); studies without events or with events only get 1/2 added to both counts,
    and are named in the notes. With rare events the correction weighs: look at the studies themselves.

    Parameters
    ----------
    x, n : column names with ``data``, else arrays of counts
        Patients with the event and patients counted.
    data, study, cohort, tau_method, interval, conf_level
        As in :func:`meta_analysis`.

    Examples
    --------
    >>> import mscsle as ms
    >>> pooled = ms.stats.pool_proportions([3, 0], [12, 15], tau_method="common", interval="wald")
    >>> [round(float(v), 4) for v in (*pooled.effect, *pooled.variance)]
    [-1.0986, -3.434, 0.4444, 2.0645]
    >>> pooled.notes
    ('1/2 was added to both counts of study 2',)
    """
    selected = _frame.select(data, {"x": (x, "number"), "n": (n, "number")})
    counts = [
        (count(a, f"x[{i}]"), count(b, f"n[{i}]"))
        for i, (a, b) in enumerate(zip(selected.arrays["x"].tolist(), selected.arrays["n"].tolist(), strict=True))
    ]
    labels = _labels(study, data, len(counts))
    _independent(labels, cohort, data)
    effects, variances, corrected = [], [], []
    for label, (events, patients) in zip(labels, counts, strict=True):
        if patients == 0 or events > patients:
            raise DataError(f"`x` must be at most `n`, and `n` at least 1, but {label} is {events}/{patients}")
        a, b = float(events), float(patients - events)
        if a == 0 or b == 0:
            a, b = a + 0.5, b + 0.5
            corrected.append(label)
        effects.append(math.log(a / b))
        variances.append(1 / a + 1 / b)
    notes = (f"1/2 was added to both counts of {', '.join(corrected)}",) if corrected else ()
    return _fit(
        np.asarray(effects, dtype=np.float64),
        np.asarray(variances, dtype=np.float64),
        labels,
        scale="logit",
        tau_method=tau_method,
        interval=interval,
        conf_level=conf_level,
        notes=notes,
        library=selected.library,
    )
