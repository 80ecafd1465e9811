"""Responses and states of systemic lupus erythematosus: SRI, BICLA, LLDAS, DORIS and any other definition."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from numpy.typing import ArrayLike

from mscsle.endpoints._definition import Definition
from mscsle.endpoints._response import Response, renal_response
from mscsle.exceptions import OptionError
from mscsle.trial import Trial

__all__ = ["bicla", "doris", "lldas", "response", "sri"]


def response(
    trial: Trial,
    definition: str | Path | Mapping[str, Any] | Definition,
    *,
    missing: str = "nri",
    source: str = "derived",
    what: str = "clinical_response",
    same_visit: str = "mean",
    intercurrent: str | Mapping[str, str] | None = None,
    confirm_days: float | None = None,
    analysis_set: str | ArrayLike | None = None,
    parameters: Mapping[str, float | str] | None = None,
    **overrides: float | str,
) -> Response:
    """Response or state of every subject at every visit by any definition of kind ``response``.

    Parameters are those of :func:`renal_response`; ``definition`` has no default, e.g. ``"msct_state"``, ``"bilag_state"``,
    ``"sat0244"``, ``"steroid_target"`` (see :func:`definitions`).

    Examples
    --------
    >>> import mscsle as ms
    >>> ms.endpoints.response(ms.load("gu2014"), "steroid_target", target=10).definition.statement
    'steroid_target version 1 (confidence H), with target = 10'
    """
    return renal_response(
        trial,
        definition,
        missing=missing,
        source=source,
        what=what,
        same_visit=same_visit,
        intercurrent=intercurrent,
        confirm_days=confirm_days,
        analysis_set=analysis_set,
        parameters=parameters,
        **overrides,
    )


def sri(
    trial: Trial,
    *,
    k: int = 4,
    missing: str = "nri",
    intercurrent: str | Mapping[str, str] | None = None,
    confirm_days: float | None = None,
    analysis_set: str | ArrayLike | None = None,
    **overrides: float | str,
) -> Response:
    """SLE responder index: SLEDAI falls by ``k`` points or more, no new BILAG A and fewer than two new B, physician global
    assessment not worse by 0.3, no intercurrent event.

    Parameters
    ----------
    trial : Trial
        Needs ``sledai``, ``bilag`` and ``pga``.
    k : {4, 5, 6, 7, 8}
        Least fall of SLEDAI.
    missing, intercurrent, confirm_days, analysis_set
        As in :func:`renal_response`.
    **overrides : float or str
        Parameters of the definition ``sri``.

    Notes
    -----
    A subject whose baseline SLEDAI is below ``k`` cannot respond: ``cr_evaluable`` is 0, the denominator keeps it.
    """
    if k not in (4, 5, 6, 7, 8):
        raise OptionError(f"unknown k `{k}`; use 4, 5, 6, 7 or 8")
    return response(
        trial,
        "sri",
        missing=missing,
        intercurrent=intercurrent,
        confirm_days=confirm_days,
        analysis_set=analysis_set,
        parameters={"fall": float(k), **overrides},
    )


def bicla(
    trial: Trial,
    *,
    missing: str = "nri",
    intercurrent: str | Mapping[str, str] | None = None,
    confirm_days: float | None = None,
    analysis_set: str | ArrayLike | None = None,
    **overrides: float | str,
) -> Response:
    """BILAG-based composite lupus assessment: every baseline A and B improved, no worsening of BILAG, SLEDAI and physician
    global assessment, no treatment failure.

    Parameters
    ----------
    trial : Trial
        Needs ``bilag``, ``sledai`` and ``pga``.
    missing, intercurrent, confirm_days, analysis_set
        As in :func:`renal_response`.
    **overrides : float or str
        Parameters of the definition ``bicla``, e.g. ``pga_rule="tulip"``.
    """
    return response(
        trial,
        "bicla",
        missing=missing,
        intercurrent=intercurrent,
        confirm_days=confirm_days,
        analysis_set=analysis_set,
        parameters=overrides,
    )


def lldas(
    trial: Trial,
    *,
    missing: str = "nri",
    intercurrent: str | Mapping[str, str] | None = None,
    confirm_days: float | None = None,
    analysis_set: str | ArrayLike | None = None,
    **overrides: float | str,
) -> Response:
    """Lupus low disease activity state at every visit.

    Parameters
    ----------
    trial : Trial
        Needs ``sledai`` with items, ``pga`` and ``medications``.
    missing, intercurrent, confirm_days, analysis_set
        As in :func:`renal_response`.
    **overrides : float or str
        Parameters of the definition ``lldas``.
    """
    return response(
        trial,
        "lldas",
        missing=missing,
        intercurrent=intercurrent,
        confirm_days=confirm_days,
        analysis_set=analysis_set,
        parameters=overrides,
    )


def doris(
    trial: Trial,
    *,
    missing: str = "nri",
    intercurrent: str | Mapping[str, str] | None = None,
    confirm_days: float | None = None,
    analysis_set: str | ArrayLike | None = None,
    **overrides: float | str,
) -> Response:
    """Remission of the DORIS task force (2021) at every visit.

    Parameters
    ----------
    trial : Trial
        Needs ``sledai`` with items, ``pga`` and ``medications``.
    missing, intercurrent, confirm_days, analysis_set
        As in :func:`renal_response`.
    **overrides : float or str
        Parameters of the definition ``doris2021``, e.g. ``steroid_edge="below"``.
    """
    return response(
        trial,
        "doris2021",
        missing=missing,
        intercurrent=intercurrent,
        confirm_days=confirm_days,
        analysis_set=analysis_set,
        parameters=overrides,
    )
