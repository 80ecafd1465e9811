"""The checks of an ADaM data set: what a transport file, a standard or a later analysis would stumble over."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from mscsle import _frame
from mscsle._columns import NAT, Columns, Days, as_day, is_sas_day
from mscsle._result import values_list
from mscsle.adam._table import required
from mscsle.exceptions import OptionError
from mscsle.io.dataset import SAS_DAYS
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
    "not_a_number": ("error", "AVAL, BASE, CHG or CNSR holds text"),
    "date_as_value": ("error", "AVAL, BASE or CHG holds dates, or text that is a date"),
    "bad_date": ("error", "A date (name ending in `DT`) is partial, no date, or no whole number of days"),
    "date_as_number": (
        "warning",
        "A date (name ending in `DT`) is a number without a date format: taken as days from 1960-01-01, as SAS counts",
    ),
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
_DATE = re.compile(r"^\d{4}-\d{2}-\d{2}(?:[T ]\d.*)?$")
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
        self._numbers: dict[str, tuple[NDArray[np.float64], NDArray[np.bool_]]] = {}
        self._days: dict[str, Days] = {}

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
            library=_frame.library_of(library or self.table.library),
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
            if name.endswith("DT"):
                self._dates(name)

    def _dates(self, name: str) -> Days:
        """The days of a date, NaT where missing or said to be none."""
        found = self._days.get(name)
        if found is not None:
            return found
        out = np.full(self.table.n, NAT, dtype="datetime64[D]")
        wrong, counts = [], []
        for row, value in enumerate(self.table.raw(name)):
            if _frame.is_missing(value) or value == "":
                continue
            if isinstance(value, (date, np.datetime64)):
                out[row] = as_day(value)
            elif is_sas_day(value):
                counts.append(row)
                out[row] = np.datetime64(int(value) - SAS_DAYS, "D")
            elif isinstance(value, str) and _DATE.match(value.strip()):
                try:
                    out[row] = np.datetime64(value.strip()[:10], "D")
                except ValueError:
                    wrong.append(row)
            else:
                wrong.append(row)
        self.add(
            "bad_date",
            f"`{name}` must hold whole dates; impute partial dates by a named rule with `ms.adam.impute_dates`",
            column=name,
            rows=wrong,
        )
        self.add(
            "date_as_number",
            f"`{name}` holds numbers, taken as days from 1960-01-01; a file read with `ms.read` has dates "
            "(pandas.read_sas leaves some as numbers)",
            column=name,
            rows=counts,
        )
        self._days[name] = out
        return out

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

    def _number(self, name: str) -> tuple[NDArray[np.float64], NDArray[np.bool_]] | None:
        """Numbers, NaN where missing, and the rows of which another rule says something; None without the variable."""
        if name not in self.table:
            return None
        found = self._numbers.get(name)
        if found is not None:
            return found
        out = np.full(self.table.n, np.nan)
        texts, dates, tiny = [], [], []
        for row, value in enumerate(self.table.raw(name)):
            if _frame.is_missing(value) or (isinstance(value, str) and not value.strip()):
                continue
            if isinstance(value, (date, np.datetime64)) or (isinstance(value, str) and _DATE.match(value.strip())):
                dates.append(row)
            elif isinstance(value, str):
                texts.append(row)
            else:
                number = float(value)
                if 0 < abs(number) < _frame.SMALLEST_MAGNITUDE:
                    tiny.append(row)  # said as `sas_zero`
                else:
                    out[row] = number
        self.add("not_a_number", f"`{name}` must be a number, but holds text", column=name, rows=texts)
        self.add("date_as_value", f"`{name}` holds dates; give a number", column=name, rows=dates)
        said = np.zeros(self.table.n, dtype=np.bool_)
        said[texts + dates + tiny] = True
        self._numbers[name] = out, said
        return out, said

    def times(self) -> None:
        found = self._number("CNSR")
        if found is not None:
            cnsr, said = found
            wrong = np.flatnonzero((np.isnan(cnsr) | (cnsr < 0) | (cnsr != np.floor(cnsr))) & ~said)
            self.add(
                "bad_cnsr",
                "`CNSR` must be 0 (event) or a whole number > 0 (censored)",
                column="CNSR",
                rows=wrong.tolist(),
            )
        found = self._number("AVAL")
        aval = None if found is None else found[0]
        if aval is not None:
            self.add(
                "aval_not_positive", "`AVAL` is 0 or negative", column="AVAL", rows=np.flatnonzero(aval <= 0).tolist()
            )
        if "STARTDT" not in self.table or "ADT" not in self.table:
            return
        start, end = self._dates("STARTDT"), self._dates("ADT")
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
        found = [self._number(n) for n in ("AVAL", "BASE", "CHG")]
        if any(f is None for f in found):
            return
        aval, base, chg = (f[0] for f in found if f is not None)
        with np.errstate(invalid="ignore"):
            wrong = np.abs(chg - (aval - base)) > 1e-9 * np.maximum(1.0, np.abs(aval))
        self.add(
            "change_contradicts", "`CHG` is not `AVAL` - `BASE`", column="CHG", rows=np.flatnonzero(wrong).tolist()
        )
