"""The analysis results of a report as a file of the CDISC Analysis Results Standard."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from mscsle._files import write_bytes

if TYPE_CHECKING:
    from mscsle.report.report import Report

__all__ = ["write_ars"]


def write_ars(
    report: Report,
    path: str | Path,
    *,
    reason: str = "SPECIFIED IN SAP",
    purpose: str | Mapping[str, str] = "EXPLORATORY OUTCOME MEASURE",
) -> Path:
    """Write a report as a reporting event of the CDISC Analysis Results Standard version 1 (JSON).

    Parameters
    ----------
    report : Report
        What :func:`mscsle.run` returned.
    path : str or path
        The file.
    reason : str
        Why the analyses were done, in the words of the standard: ``SPECIFIED IN PROTOCOL``, ``SPECIFIED IN SAP``,
        ``DATA DRIVEN``, ``REQUESTED BY REGULATORY AGENCY``.
    purpose : str or mapping of analysis id to str
        ``PRIMARY OUTCOME MEASURE``, ``SECONDARY OUTCOME MEASURE``, ``EXPLORATORY OUTCOME MEASURE``.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    OptionError
        Another word, or an analysis that the plan does not have.
    TypeError
        ``report`` is no Report.
    FileError
        The file cannot be written.

    Examples
    --------
    >>> import json
    >>> import mscsle as ms
    >>> path = ms.io.write_ars(ms.run("gu2014"), "ars.json", purpose={"response": "PRIMARY OUTCOME MEASURE"})
    >>> json.loads(path.read_text())["id"]
    'RE_gu2014'
    """
    from mscsle.report.report import Report

    if not isinstance(report, Report):
        raise TypeError(
            f"`report` must be a Report of `ms.run`, but is {type(report).__name__}; `.to_ard()` of a result gives its statistics"
        )
    target = Path(path)
    event = report.to_ars(reason=reason, purpose=purpose)
    write_bytes(target, (json.dumps(event, indent=1, ensure_ascii=False) + "\n").encode())
    return target
