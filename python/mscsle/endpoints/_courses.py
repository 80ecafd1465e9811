"""Courses of infusions: exposures with dates of their own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mscsle._result import Result, ard_row
from mscsle.endpoints._response import history
from mscsle.trial import Trial

__all__ = ["Courses", "courses"]


@dataclass(frozen=True, kw_only=True)
class Courses(Result):
    """Courses of infusions, one row each.

    Attributes
    ----------
    usubjid : list of str
    course : array of int
        The recorded number; otherwise infusions at most 30 days apart are one course.
    first_day, last_day : array of float
        Days since time zero. A course after the first is an exposure from its own day on, never a baseline covariate.
    infusions : array of int
    cells, cumulative : array of float
        Cells of the course and up to its end: ``total_cells``, else ``cells_per_kg`` times ``weight_kg``; NaN where unknown.
    """

    usubjid: list[str]
    course: NDArray[np.int64]
    first_day: NDArray[np.float64]
    last_day: NDArray[np.float64]
    infusions: NDArray[np.int64]
    cells: NDArray[np.float64]
    cumulative: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.usubjid)

    def columns(self) -> Mapping[str, Any]:
        """One row a course."""
        names = ("usubjid", "course", "first_day", "last_day", "infusions", "cells", "cumulative")
        return {name: getattr(self, name) for name in names}

    def title(self) -> str:
        """How many courses of how many subjects."""
        return f"Courses of infusions: {len(self)} of {len({*self.usubjid})} subjects"

    def ard_rows(self) -> list[dict[str, object]]:
        """Subjects by number of courses."""
        per_subject = [self.usubjid.count(s) for s in dict.fromkeys(self.usubjid)]
        return [
            ard_row(
                variable="courses",
                variable_level=str(n),
                context="courses",
                stat_name="n",
                stat=float(per_subject.count(n)),
                method="recorded course number, else infusions at most 30 days apart",
            )
            for n in sorted(set(per_subject))
        ]


def courses(trial: Trial) -> Courses:
    """Courses of infusions of every subject, with cells per course and in all.

    Parameters
    ----------
    trial : Trial
        Needs ``infusions``.

    Examples
    --------
    >>> import mscsle as ms
    >>> found = ms.endpoints.courses(ms.load("gu2014"))
    >>> len(found), found.course.max().item()
    (81, 1)
    """
    of, _ = history(trial, same_visit="mean")
    columns = of.courses()
    ids = of.subjects()
    return Courses(
        usubjid=[ids[i] for i in columns.pop("subject").tolist()],
        course=columns.pop("course").astype(np.int64),
        **columns,
        library=trial.library,
    )
