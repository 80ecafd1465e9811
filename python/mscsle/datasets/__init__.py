"""The embedded cohorts: synthetic patients whose summaries are those of published reports.

SYNTHETIC, calibrated to published summaries, not patient data. Each folder beside this file is one cohort: a CSV file a
table, and ``cohort.toml`` with seed, generator version and citation.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

from mscsle import _core, _frame
from mscsle.exceptions import OptionError
from mscsle.io import read_trial
from mscsle.trial import Trial

__all__ = ["Cohort", "ids", "info", "load"]

_FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Cohort:
    """What an embedded cohort imitates and how it is made again.

    Attributes
    ----------
    id, title, citation : str
        The word for :func:`load`, one line about it, the publications its margins were taken from.
    note : str
        Says that the cohort is synthetic.
    seed : int
        Seed of its files.
    generator_version : str
        Version of the generator.
    rows : dict of str to int
        Number of rows of each table.
    """

    id: str
    title: str
    citation: str
    note: str
    seed: int
    generator_version: str
    rows: dict[str, int]


def ids() -> list[str]:
    """The words :func:`load` knows.

    Examples
    --------
    >>> import mscsle as ms
    >>> ms.datasets.ids()[0]
    'gu2014'
    """
    return [cohort for cohort, _title, _citation, _seed in _core.cohort_list()]


def _known(cohort: str) -> str:
    if cohort not in ids():
        raise OptionError(f"unknown cohort `{cohort}`; use {', '.join(f'`{c}`' for c in ids())}")
    return cohort


def info(cohort: str) -> Cohort:
    """Title, citation, seed and size of an embedded cohort.

    Parameters
    ----------
    cohort : str
        One of :func:`ids`.

    Raises
    ------
    OptionError
        There is no such cohort; those there are are named.

    Examples
    --------
    >>> import mscsle as ms
    >>> ms.datasets.info("gu2014").note
    'SYNTHETIC, calibrated to published summaries, not patient data'
    """
    text = (_FOLDER / _known(cohort) / "cohort.toml").read_text(encoding="utf-8")
    data = tomllib.loads(text)
    return Cohort(**{name: data[name] for name in Cohort.__dataclass_fields__})


def load(cohort: str, *, library: _frame.Library | None = None) -> Trial:
    """An embedded synthetic cohort as a trial.

    Parameters
    ----------
    cohort : str
        ``"gu2014"``: lupus nephritis, n = 81, 12 months (Gu 2014; the same patients as Sun 2012, lupus nephritis).
        ``"wang2014"`` and ``"sun2012_1409"``: active lupus, n = 40, 12 months, one trial as its two reports have it.
        ``"sat0244"``: refractory lupus, n = 81, five years.
    library : {"pandas", "polars", "pyarrow", "numpy"}, optional
        Library of the frames in ``.tables``; by default the one in use.

    Returns
    -------
    Trial
        Its ``repr`` and every report made of it say SYNTHETIC.

    Raises
    ------
    OptionError
        There is no such cohort; those there are are named.

    Notes
    -----
    Counts, means and standard deviations named in the report are reproduced to the printed digits; everything joint is an
    assumption. See the page *Synthetic cohorts* of the documentation.

    Examples
    --------
    >>> import mscsle as ms
    >>> trial = ms.load("gu2014", library="numpy")
    >>> trial.n_subjects, trial.is_synthetic
    (81, True)
    """
    return read_trial(_FOLDER / _known(cohort), library=library)
