"""Synthetic cohorts from a table of margins, for a planned trial or a published one."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from mscsle import _core, _frame
from mscsle.exceptions import DataError, MissingFileError, OptionError
from mscsle.io.folder import plain_columns
from mscsle.trial import Trial

__all__ = ["cohort"]


def cohort(spec: Mapping[str, Any] | str | Path, seed: int, *, library: _frame.Library | None = None) -> Trial:
    """A synthetic cohort whose tables have the margins of a specification.

    Parameters
    ----------
    spec : mapping, or path of a TOML file
        The margins. ``n`` (subjects) and ``months`` (planned visits, the first is 0) are needed, the rest may be left out:

        ``arms`` (name, n), ``centres``, ``period`` (first and last day of the first infusions), ``infusion_days``,
        ``sources`` (source, weight), ``female``, ``age`` (mean, sd, low, high): who takes part.
        ``deaths``, ``withdrawals`` (days after the first infusion), ``missing_visits`` (a number): who is not seen.
        ``responses`` (month, complete, partial, of) with ``ever``, or ``paths`` (path such as ``"NPC"``, n): who responds;
        written into the table ``assessments`` under the name ``response``.
        ``sledai`` (month, mean, sd, low, high, of): totals with their 24 items.
        ``markers`` (test, unit, month, mean, sd, above, activity): laboratory values above a bound.
        ``cox`` (test, unit, low, median, high, transform, lower, upper, p_value): baseline values whose Cox model of the
        time to the first response (planned days, death and withdrawal as censoring, ties by Efron) prints this interval.
        ``correlation`` (patient, decay_months) of the latent activity that orders the subjects.
        ``damage`` (wrong_units, duplicate_visits, missing_items, wrong_totals): errors put into the finished tables.

        Printed numbers are given as text, so that their digits count: ``"4.20"`` is met to two decimals.
    seed : int
        At least 0. The same specification and seed give the same tables on every machine.
    library : {"pandas", "polars", "pyarrow", "numpy"}, optional
        Library of the frames in ``.tables``; by default the one in use.

    Returns
    -------
    Trial
        Flagged as synthetic. Means and standard deviations are those printed, with halves rounded away from zero; counts
        are exact. Deaths, withdrawals and missing visits fall on subjects without response from then on (at that visit).

    Raises
    ------
    DataError
        The specification contradicts itself or names margins that no subjects can have; the part is named, such as
        ``sledai[1]``.
    MissingFileError
        There is no such file.
    OptionError
        A negative seed.

    Notes
    -----
    Integers that print as a mean and SD are found by exact arithmetic (the GRIM and GRIMMER conditions); scores are drawn
    with exactly these sums and handed out by the rank of a latent activity, so correlations arise and margins stay.
    Everything joint is an assumption.

    Examples
    --------
    >>> import mscsle as ms
    >>> spec = {
    ...     "n": 40,
    ...     "months": [0, 6, 12],
    ...     "deaths": [200],
    ...     "sledai": [{"month": 0, "mean": "10.83", "sd": "4.63", "low": 6}],
    ...     "responses": [
    ...         {"month": 6, "complete": 9, "partial": 8},
    ...         {"month": 12, "complete": 11, "partial": 6, "of": 39},
    ...     ],
    ...     "ever": 20,
    ... }
    >>> trial = ms.simulate.cohort(spec, seed=1, library="numpy")
    >>> totals = trial.tables["sledai"]["total"]
    >>> f"{totals.mean():.3f} {totals.std(ddof=1):.2f}"
    '10.825 4.63'
    >>> trial.is_synthetic, len(trial.findings)
    (True, 0)

    Margins that no subjects can have are refused:

    >>> ms.simulate.cohort({**spec, "n": 39, "deaths": []}, seed=1)
    Traceback (most recent call last):
    ...
    mscsle.exceptions.DataError: `sledai[0]`: no 39 integers from 6 to 105 have a mean printed 10.83 and a standard deviation printed 4.63
    """
    if seed < 0 or seed >= 2**64:
        raise OptionError(f"`seed` must be 0 to 2**64 - 1, but is {seed}")
    try:
        text = json.dumps(_mapping(spec), default=_iso)
    except (TypeError, ValueError) as error:
        raise DataError(f"`spec` cannot be read: {error}") from None
    tables = _core.simulate_cohort(text, seed)
    chosen = _frame.library_of(library)
    return Trial(**{name: _frame.native(plain_columns(columns), chosen) for name, columns in tables.items()})


def _mapping(spec: Mapping[str, Any] | str | Path) -> dict[str, Any]:
    if isinstance(spec, Mapping):
        return dict(spec)
    path = Path(spec)
    if not path.is_file():
        raise MissingFileError(f"there is no file `{path}`")
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise DataError(f"`{path}` is not TOML: {error}") from None


def _iso(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} is not a number, text, list or mapping")
