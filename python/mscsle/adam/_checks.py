"""The checks of an ADaM data set: what a transport file, a standard or a later analysis would stumble over."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from mscsle import _frame
from mscsle._columns import Columns
from mscsle._result import values_list
from mscsle.adam._table import required
from mscsle.exceptions import OptionError
from mscsle.trial import Findings

__all__ = ["RULES", "check"]

#: Rules of the checks with severity and meaning.
RULES = {
    "bad_name": ("error", "A name is not 1 to 8 upper-case letters, digits and `_`, beginning with a letter or `_`"),
    "long_label": ("error", "A label has more than 40 characters"),
    "missing_label": ("warning", "A variable has no label"),
    "long_text": ("error", "A text has more than 200 bytes"),
    "missing_variable": ("error", "A variable that the structure requires is not there"),
    "missing_identifier": ("error", "USUBJID or PARAMCD is missing in a row"),
    "duplicate_key": (
        "error",
        "Two rows of ADSL of one subject, or two rows of a time to event of one subject and PARAMCD",
    ),
    "bad_flag": ("error", "A flag (name ending in `FL`) is neither `Y` nor `N`"),
    "bad_paramcd": ("error", "PARAMCD has more than 8 characters, or is not upper-case letters, digits and `_`"),
    "param_not_one_to_one": ("error", "A PARAMCD has two PARAM, or a PARAM two PARAMCD"),
    "bad_cnsr": ("error", "CNSR is missing or not a whole number >= 0"),
    "date_as_value": ("error", "AVAL holds dates"),
    "sas_zero": ("error", "A number of magnitude below 1e-70: a zero of a transport file misread by another reader"),
    "end_before_start": ("error", "ADT is before STARTDT"),
    "aval_contradicts_dates": (
        "warning",
        "AVAL is not ADT - STARTDT + 1 days, nor without the + 1, in days, weeks or months",
    ),
    "aval_not_positive": ("warning", "AVAL of a time to event is 0 or negative"),
    "two_baselines": ("error", "Two baseline records (ABLFL) of one subject, parameter and BASETYPE"),
    "change_contradicts": ("error", "CHG is not AVAL - BASE"),
}

_NAME = re.compile(r"^[A-Z_][A-Z0-9_]{0,7}$")
_PARAMCD = re.compile(r"^[A-Z][A-Z0-9_]{0,7}$")


def check(
    data: Any,
    *,
    structure: Literal["ADSL", "BDS", "TTE"] | str,
    name: str | None = None,
    library: _frame.Library | None = None,
) -> Findings:
    """Check a data set against the conventions of ADaM and the limits of a version 5 transport file.

    Parameters
    ----------
    data : frame or data set
        The columns; labels are checked where the data set has them.
    structure : {"ADSL", "BDS", "TTE"}
        What it should be.
    name : str, optional
        Name for the findings.
    library : str, optional
        Library of ``.to_frame()`` of the findings.

    Returns
    -------
    Findings
        One row a finding; rows count from 0. No subject and no value is named.

    Raises
    ------
    OptionError
        Another structure.

    Examples
    --------
    >>> import mscsle as ms
    >>> data = {"STUDYID": ["X"], "USUBJID": ["1"], "PARAM": ["Time"], "PARAMCD": ["TTE"], "AVAL": [5.0], "CNSR": [-1]}
    >>> [(r, c) for r, c in zip(*map(ms.adam.check(data, structure="TTE").columns().get, ("rule", "column")))]
    [('missing_variable', 'STARTDT'), ('missing_variable', 'ADT'), ('bad_cnsr', 'CNSR')]
    """
    if structure not in ("ADSL", "BDS", "TTE"):
        raise OptionError(f"unknown structure `{structure}`; use `ADSL`, `BDS` or `TTE`")
    made = _Check(data, name or str(getattr(data, "name", structure)))
    made.variables(structure)
    made.identifiers(structure)
    made.values()
    if structure == "TTE":
        made.times()
    if structure != "ADSL":
        made.parameters()
    if structure == "BDS":
        made.baseline()
    return made.findings(library)


class _Check:
    def __init__(self, data: Any, name: str) -> None:
        self.frame = _frame.Frame(data)
        self.table = Columns(data, f"`{name}`")
        self.name = name
        self.labels = getattr(data, "labels", None)
        self.rows: list[tuple[int, str | None, str, str]] = []

    def add(self, rule: str, message: str, *, column: str | None = None, rows: Sequence[int] = (-1,)) -> None:
        if len(rows) > 1:
            message = f"{message} ({len(rows)} rows)"
        if len(rows):
            self.rows.append((int(rows[0]), column, rule, message))

    def findings(self, library: _frame.Library | None) -> Findings:
        n = len(self.rows)
        return Findings(
            table=[self.name] * n,
            row=np.asarray([r[0] for r in self.rows], dtype=np.int64),
            column=[r[1] for r in self.rows],
            subject=[None] * n,
            value=[None] * n,
            rule=[r[2] for r in self.rows],
            severity=[RULES[r[2]][0] for r in self.rows],
            message=[r[3] for r in self.rows],
            library=library or self.table.library,
        )

    def variables(self, structure: str) -> None:
        names = self.frame.names
        for name in required(structure):
            if name not in names:
                self.add("missing_variable", f"`{self.name}` has no variable `{name}`", column=name)
        if structure == "BDS" and "AVAL" not in names and "AVALC" not in names:
            self.add("missing_variable", f"`{self.name}` has neither `AVAL` nor `AVALC`", column="AVAL")
        for name in names:
            if not _NAME.match(name):
                self.add(
                    "bad_name",
                    f"`{name}` must be at most 8 upper-case letters, digits and `_`, beginning with a letter or `_`",
                    column=name,
                )
            if self.labels is not None:
                label = self.labels.get(name, "")
                if len(label) > 40:
                    self.add(
                        "long_label", f"the label of `{name}` has {len(label)} characters; the limit is 40", column=name
                    )
                if not label:
                    self.add("missing_label", f"`{name}` has no label", column=name)

    def identifiers(self, structure: str) -> None:
        keys = [k for k in (("USUBJID",) if structure == "ADSL" else ("USUBJID", "PARAMCD")) if k in self.table]
        for key in keys:
            absent = [i for i, v in enumerate(self.table.texts(key)) if v is None]
            self.add("missing_identifier", f"`{key}` is missing", column=key, rows=absent)
        if structure == "BDS" or not keys:
            return
        seen: set[tuple[str | None, ...]] = set()
        twice = []
        for row, values in enumerate(zip(*(self.table.texts(k) for k in keys), strict=True)):
            if values in seen:
                twice.append(row)
            seen.add(values)
        self.add("duplicate_key", f"a second row of the same {' and '.join(keys)}", rows=twice)

    def values(self) -> None:
        for name in self.frame.names:
            raw = self.frame.raw(name)
            cells = values_list(raw)
            long = [i for i, v in enumerate(cells) if isinstance(v, str) and len(v.encode()) > 200]
            self.add("long_text", f"`{name}` holds a text of more than 200 bytes", column=name, rows=long)
            tiny = [i for i, v in enumerate(cells) if isinstance(v, float) and 0 < abs(v) < _frame.SMALLEST_MAGNITUDE]
            self.add(
                "sas_zero",
                f"`{name}` holds a number of magnitude below 1e-70: a zero of a transport file misread by another reader "
                "(pandas.read_sas); read it with `ms.read`",
                column=name,
                rows=tiny,
            )
            if name.endswith("FL"):
                wrong = [i for i, v in enumerate(cells) if not _frame.is_missing(v) and v not in ("Y", "N", "")]
                self.add("bad_flag", f"`{name}` must be `Y`, `N` or missing", column=name, rows=wrong)
        if "AVAL" in self.table:
            raw = self.frame.raw(self.table._own("AVAL"))
            kinds = {type(v).__name__ for v in values_list(raw) if not _frame.is_missing(v)}
            if kinds & {"date", "datetime", "Timestamp", "datetime64"}:
                self.add("date_as_value", "`AVAL` holds dates; give a duration as a number", column="AVAL")

    def parameters(self) -> None:
        if "PARAMCD" not in self.table:
            return
        codes = self.table.texts("PARAMCD")
        bad = [i for i, c in enumerate(codes) if c is not None and not _PARAMCD.match(c)]
        self.add(
            "bad_paramcd", "`PARAMCD` must be at most 8 upper-case letters, digits and `_`", column="PARAMCD", rows=bad
        )
        if "PARAM" not in self.table:
            return
        of_code: dict[str | None, str | None] = {}
        of_name: dict[str | None, str | None] = {}
        wrong = []
        for row, (code, name) in enumerate(zip(codes, self.table.texts("PARAM"), strict=True)):
            if of_code.setdefault(code, name) != name or of_name.setdefault(name, code) != code:
                wrong.append(row)
        self.add("param_not_one_to_one", "`PARAMCD` and `PARAM` are not one to one", column="PARAM", rows=wrong)

    def _number(self, name: str) -> np.ndarray[Any, np.dtype[np.float64]] | None:
        if name not in self.table:
            return None
        try:
            return self.table.numbers(name)
        except ValueError:
            return None  # said by another rule

    def times(self) -> None:
        cnsr = self._number("CNSR")
        if cnsr is not None:
            wrong = np.flatnonzero(np.isnan(cnsr) | (cnsr < 0) | (cnsr != np.floor(cnsr)))
            self.add(
                "bad_cnsr",
                "`CNSR` must be 0 (event) or a whole number > 0 (censored)",
                column="CNSR",
                rows=wrong.tolist(),
            )
        aval = self._number("AVAL")
        if aval is not None:
            self.add(
                "aval_not_positive", "`AVAL` is 0 or negative", column="AVAL", rows=np.flatnonzero(aval <= 0).tolist()
            )
        if "STARTDT" not in self.table or "ADT" not in self.table:
            return
        start, end = self.table.days("STARTDT"), self.table.days("ADT")
        self.add(
            "end_before_start", "`ADT` is before `STARTDT`", column="ADT", rows=np.flatnonzero(end < start).tolist()
        )
        if aval is None:
            return
        days = (end - start).astype("timedelta64[D]").astype(np.float64)
        days[np.isnat(start) | np.isnat(end)] = np.nan
        misfits = []
        for unit in (1.0, 7.0, 30.4375):
            for plus in (1.0, 0.0):
                with np.errstate(invalid="ignore"):
                    off = np.abs(aval - (days + plus) / unit) > 1e-6 * np.maximum(1.0, np.abs(aval))
                misfits.append(np.flatnonzero(off & ~np.isnan(days) & ~np.isnan(aval)))
        best = min(misfits, key=len)
        self.add(
            "aval_contradicts_dates",
            "`AVAL` is not `ADT` - `STARTDT` (+ 1) in days, weeks or months",
            column="AVAL",
            rows=best.tolist(),
        )

    def baseline(self) -> None:
        table = self.table
        if "ABLFL" in table and "USUBJID" in table and "PARAMCD" in table:
            seen: set[tuple[str | None, ...]] = set()
            twice = []
            keys = zip(table.texts("USUBJID"), table.texts("PARAMCD"), table.texts("BASETYPE"), strict=True)
            for row, (flag, key) in enumerate(zip(table.texts("ABLFL"), keys, strict=True)):
                if flag == "Y":
                    if key in seen:
                        twice.append(row)
                    seen.add(key)
            self.add("two_baselines", "a second baseline record", column="ABLFL", rows=twice)
        aval, base, chg = (self._number(n) for n in ("AVAL", "BASE", "CHG"))
        if aval is None or base is None or chg is None:
            return
        with np.errstate(invalid="ignore"):
            wrong = np.abs(chg - (aval - base)) > 1e-9 * np.maximum(1.0, np.abs(aval))
        self.add(
            "change_contradicts", "`CHG` is not `AVAL` - `BASE`", column="CHG", rows=np.flatnonzero(wrong).tolist()
        )
