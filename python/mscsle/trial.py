"""The trial: the tables of one study, typed by a documented schema and checked."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from mscsle import _core, _frame
from mscsle._result import Result, ard_row, html_table
from mscsle.exceptions import DataError, OptionError

__all__ = ["Findings", "LabTests", "Rules", "Schema", "Trial", "lab_tests", "rules", "schema"]

Severity = Literal["error", "warning", "note"]

#: Severities from the gravest to the mildest.
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")


#: Rules of a reading by a mapping (``ms.io.from_sdtm``): rule, severity, meaning.
MAPPING_RULES = (
    (
        "unmapped_code",
        "warning",
        "A code that the mapping from SDTM does not have, or has only for another specimen; a laboratory result is kept as "
        "the test `LB.CODE`, another row is not read",
    ),
    ("unmapped_unit", "error", "A unit that the mapping from SDTM does not have; the value is missing"),
    ("unmapped_word", "warning", "A word that the mapping from SDTM does not have; the cell is missing"),
    ("domain_not_read", "note", "A domain or file beside those that the mapping from SDTM reads"),
    ("qualifier_not_read", "note", "A supplemental qualifier beside those that the mapping from SDTM reads"),
)


@dataclass(frozen=True, kw_only=True)
class Findings(Result):
    """What is wrong with the data of a trial: one row a finding, in the order of tables, rows and rules.

    Attributes
    ----------
    table, column, subject, value, rule, severity, message : list of str
        Where the finding is, the value as given, the rule that found it and what would be right. ``column``, ``subject``
        and ``value`` are None where they do not apply.
    row : array of int
        Row counted from 0 in the table as given; -1 when the finding concerns the whole table.
    """

    table: list[str]
    row: NDArray[np.int64]
    column: list[str | None]
    subject: list[str | None]
    value: list[str | None]
    rule: list[str]
    severity: list[str]
    message: list[str]

    def __len__(self) -> int:
        return len(self.table)

    def columns(self) -> Mapping[str, Any]:
        """Column name to array or list."""
        names = ("table", "row", "column", "subject", "value", "rule", "severity", "message")
        return {name: getattr(self, name) for name in names}

    @property
    def counts(self) -> dict[str, int]:
        """Number of findings by severity: ``error``, ``warning``, ``note``."""
        return {severity: self.severity.count(severity) for severity in SEVERITIES}

    def ard_rows(self) -> list[dict[str, object]]:
        """Number of findings by rule."""
        order = sorted(set(zip(self.rule, self.severity, strict=True)), key=lambda p: (SEVERITIES.index(p[1]), p[0]))
        return [
            ard_row(
                variable="findings",
                variable_level=rule,
                group1="severity",
                group1_level=severity,
                context="findings",
                stat_name="n",
                stat=float(self.rule.count(rule)),
                method="checks of the trial",
            )
            for rule, severity in order
        ]

    def title(self) -> str:
        """Counts by severity."""
        return f"Findings: {_counts_text(self.counts)}"

    def __repr__(self) -> str:
        lines = [self.title()]
        for i in range(min(len(self), 10)):
            place = self.table[i] if self.row[i] < 0 else f"{self.table[i]}, row {self.row[i]}"
            lines.append(f"  {self.severity[i]} {self.rule[i]} ({place}): {self.message[i]}")
        if len(self) > 10:
            lines.append(f"  ... {len(self) - 10} more; see `.to_frame()`")
        return "\n".join(lines)


@dataclass(frozen=True, kw_only=True)
class Schema(Result):
    """The columns of the tables of a trial: kind, unit, whether required, allowed values and meaning."""

    table: list[str]
    column: list[str]
    kind: list[str]
    unit: list[str]
    required: NDArray[np.bool_]
    allowed: list[str]
    meaning: list[str]
    about: str = field(default="", compare=False)

    def __len__(self) -> int:
        return len(self.column)

    def columns(self) -> Mapping[str, Any]:
        """Column name to array or list."""
        names = ("table", "column", "kind", "unit", "required", "allowed", "meaning")
        return {name: getattr(self, name) for name in names}

    def title(self) -> str:
        """Name of the table and what one of its rows is."""
        return self.about


def schema(table: str | None = None, *, library: _frame.Library | None = None) -> Schema:
    """The columns of one table of a trial, or of all of them.

    Parameters
    ----------
    table : str, optional
        Name of a table; without it, the columns of all tables.
    library : {"pandas", "polars", "pyarrow", "numpy"}, optional
        Library of ``.to_frame()``; by default the one in use.

    Raises
    ------
    OptionError
        There is no such table; the tables are named.

    Examples
    --------
    >>> from mscsle.trial import schema
    >>> infusions = schema("infusions")
    >>> infusions.column[:5]
    ['usubjid', 'date', 'course', 'source', 'cells_per_kg']
    >>> infusions.unit[4], infusions.allowed[3]
    ('cells/kg', 'BM, UC, AD, WJ, other')
    """
    known = {name: meaning for name, meaning, _key in _core.schema_tables()}
    if table is not None and table not in known:
        raise OptionError(f"unknown table `{table}`; the tables of a trial are {', '.join(f'`{t}`' for t in known)}")
    names = list(known) if table is None else [table]
    columns: dict[str, list[Any]] = {
        name: [] for name in ("table", "column", "kind", "unit", "required", "allowed", "meaning")
    }
    for name in names:
        part = _core.schema_columns(name)
        assert part is not None
        columns["table"] += [name] * len(part["column"])
        for key, values in part.items():
            columns[key] += list(values)
    required = np.asarray(columns.pop("required"), dtype=bool)
    return Schema(
        **columns,
        required=required,
        about="Tables of a trial" if table is None else f"{table}: {known[table][0].lower()}{known[table][1:]}",
        library=_frame.library_of(library),
    )


@dataclass(frozen=True, kw_only=True)
class Rules(Result):
    """The rules of the checks: id, severity, and what each finds and does to the value or the row."""

    rule: list[str]
    severity: list[str]
    meaning: list[str]

    def __len__(self) -> int:
        return len(self.rule)

    def columns(self) -> Mapping[str, Any]:
        """Column name to list."""
        return {name: getattr(self, name) for name in ("rule", "severity", "meaning")}

    def title(self) -> str:
        """Number of rules."""
        return f"{len(self)} rules of the checks of a trial"


def rules(*, library: _frame.Library | None = None) -> Rules:
    """The rules by which a trial is checked.

    An ``error`` cannot be right: the cell is missing, or the row is not used, in scores and endpoints. A ``warning`` is
    contradictory or incomplete; the value stands. A ``note`` is worth knowing.

    Parameters
    ----------
    library : {"pandas", "polars", "pyarrow", "numpy"}, optional
        Library of ``.to_frame()``; by default the one in use.

    Examples
    --------
    >>> from mscsle.trial import rules
    >>> known = rules()
    >>> known.severity[known.rule.index("unknown_unit")]
    'error'
    """
    own = _core.check_rules()
    return Rules(
        rule=[*own["rule"], *(r for r, _, _ in MAPPING_RULES)],
        severity=[*own["severity"], *(s for _, s, _ in MAPPING_RULES)],
        meaning=[*own["meaning"], *(m for _, _, m in MAPPING_RULES)],
        library=_frame.library_of(library),
    )


@dataclass(frozen=True, kw_only=True)
class LabTests(Result):
    """The laboratory tests of the catalogue: id, name, units, and limits of the plausible in the canonical unit."""

    test: list[str]
    name: list[str]
    unit: list[str]
    accepted: list[str]
    low: NDArray[np.float64]
    high: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.test)

    def columns(self) -> Mapping[str, Any]:
        """Column name to array or list."""
        return {name: getattr(self, name) for name in ("test", "name", "unit", "accepted", "low", "high")}

    def title(self) -> str:
        """Number of tests."""
        return f"{len(self)} laboratory tests"


def lab_tests(*, library: _frame.Library | None = None) -> LabTests:
    """The laboratory tests whose units are known: the values of the column ``test`` of ``labs``.

    Limits are not reference ranges: outside them a wrong unit is likelier than a patient.

    Parameters
    ----------
    library : {"pandas", "polars", "pyarrow", "numpy"}, optional
        Library of ``.to_frame()``; by default the one in use.

    Examples
    --------
    >>> from mscsle.trial import lab_tests
    >>> tests = lab_tests()
    >>> tests.unit[tests.test.index("creatinine")], tests.accepted[tests.test.index("creatinine")]
    ('umol/L', 'umol/L, mg/dL, mg/L, mmol/L')
    """
    return LabTests(**_core.lab_test_columns(), library=_frame.library_of(library))


class Trial:
    """The tables of one study, checked.

    Each table is a pandas, polars or pyarrow frame or a mapping of arrays; all but ``subjects`` may be left out. Columns
    are typed by :func:`schema`; columns it does not know are kept untouched. Dates are date columns or ISO text and may be
    partial (``2009-03``). Nothing is dropped: what is wrong is in :attr:`findings`; a cell with an error counts as missing
    in scores and endpoints, and so does a row whose subject or key is wrong.

    Parameters
    ----------
    subjects : frame
        One row a subject; needs the column ``usubjid``.
    infusions, visits, sledai, bilag, bilag_items, pga, vitals, labs, medications, adverse_events, assessments, status : frame, optional
        The other tables, one row as ``schema(name).title()`` says.
    data_cutoff : str or date, optional
        Records after this day are not used and are named in the findings.
    date_imputation : {"middle", "first", "last"}
        How a partial date becomes a day: day 15 of the month or 1 July of the year, the first day, the last day.

    Raises
    ------
    DataError
        No ``subjects``, a required column missing (the nearest name is given), a column twice, columns of unequal length.
    TypeError
        A table that is not a frame, or a lazy frame.
    OptionError
        An unknown word for ``date_imputation``, a ``data_cutoff`` that is not a date.

    Examples
    --------
    >>> import mscsle as ms
    >>> subjects = {"usubjid": ["S-01", "S-02"], "sex": ["F", "female"], "age": ["31", "thirty"]}
    >>> infusions = {"usubjid": ["S-01", "S-02"], "date": ["2009-03-14", "2009-04"], "source": ["UC", "BM"]}
    >>> trial = ms.Trial(subjects=subjects, infusions=infusions)
    >>> trial.n_subjects
    2
    >>> finding = next(i for i, rule in enumerate(trial.findings.rule) if rule == "not_a_number")
    >>> trial.findings.message[finding]
    '`age` must be a number in years'
    """

    def __init__(
        self,
        subjects: Any,
        *,
        infusions: Any = None,
        visits: Any = None,
        sledai: Any = None,
        bilag: Any = None,
        bilag_items: Any = None,
        pga: Any = None,
        vitals: Any = None,
        labs: Any = None,
        medications: Any = None,
        adverse_events: Any = None,
        assessments: Any = None,
        status: Any = None,
        data_cutoff: str | date | None = None,
        date_imputation: str = "middle",
    ) -> None:
        given = {
            "subjects": subjects,
            "infusions": infusions,
            "visits": visits,
            "sledai": sledai,
            "bilag": bilag,
            "bilag_items": bilag_items,
            "pga": pga,
            "vitals": vitals,
            "labs": labs,
            "medications": medications,
            "adverse_events": adverse_events,
            "assessments": assessments,
            "status": status,
        }
        self._read(given, data_cutoff=data_cutoff, date_imputation=date_imputation, files_not_read=[])

    @classmethod
    def _of_files(
        cls,
        tables: Mapping[str, Any],
        *,
        files_not_read: list[str],
        data_cutoff: str | date | None,
        date_imputation: str,
    ) -> Trial:
        """A trial of frames that were read from files, some of which were not."""
        trial = cls.__new__(cls)
        trial._read(tables, data_cutoff=data_cutoff, date_imputation=date_imputation, files_not_read=files_not_read)
        return trial

    def _read(
        self,
        given: Mapping[str, Any],
        *,
        data_cutoff: str | date | None,
        date_imputation: str,
        files_not_read: list[str],
    ) -> None:
        if given.get("subjects") is None:
            raise DataError("table `subjects` is missing; a trial needs it to know its subjects")
        frames = {name: _frame.Frame(t, what=f"table `{name}`") for name, t in given.items() if t is not None}
        self._tables = MappingProxyType({name: frame.native for name, frame in frames.items()})
        self.library: _frame.Library = frames["subjects"].library
        self._core = _core.Trial(
            {name: {c: frame.cells(c) for c in frame.names} for name, frame in frames.items()},
            data_cutoff=_cutoff_text(data_cutoff),
            date_imputation=date_imputation,
            files_not_read=files_not_read,
        )
        self._findings = Findings(**self._core.findings(), library=self.library)

    @property
    def tables(self) -> Mapping[str, Any]:
        """The frames as given, by name."""
        return self._tables

    @property
    def findings(self) -> Findings:
        """What is wrong with the data."""
        return self._findings

    @property
    def subjects(self) -> list[str]:
        """The subjects in the order of the table ``subjects``."""
        return self._core.subjects

    @property
    def n_subjects(self) -> int:
        """Number of subjects."""
        return self._core.n_subjects

    @property
    def is_synthetic(self) -> bool:
        """Whether the subjects are generated, not persons (column ``synthetic`` of ``subjects``)."""
        return self._core.is_synthetic

    def schema(self, table: str | None = None) -> Schema:
        """The columns of a table with meaning, unit and allowed values; see :func:`schema`."""
        return schema(table, library=self.library)

    def write(self, folder: str | Path, *, overwrite: bool = False) -> Path:
        """Write the tables as given into a folder, one CSV file each, for :func:`mscsle.read_trial`.

        Parameters
        ----------
        folder : str or path
            Made if it is not there.
        overwrite : bool
            Whether files that are there may be replaced.

        Returns
        -------
        pathlib.Path
            The folder.

        Raises
        ------
        FileError
            A file is there already, or the system refuses.

        Examples
        --------
        >>> import tempfile
        >>> import mscsle as ms
        >>> trial = ms.Trial(subjects={"usubjid": ["S-01"], "birth_date": ["1980-05"]})
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     (trial.write(folder) / "subjects.csv").read_text()
        'usubjid,birth_date\\nS-01,1980-05\\n'
        """
        columns = {}
        for name, native in self._tables.items():
            frame = _frame.Frame(native, what=f"table `{name}`")
            columns[name] = {column: frame.cells(column) for column in frame.names}
        _core.write_tables(folder, columns, overwrite)
        return Path(folder)

    def _n_rows(self) -> dict[str, int]:
        return {name: self._core.n_rows(name) or 0 for name in self._core.table_names}

    def __repr__(self) -> str:
        rows = self._n_rows()
        parts = [_count(self.n_subjects, "subject")]
        parts += [_count(rows[name], name[:-1]) for name in ("infusions", "visits") if name in rows]
        synthetic = "SYNTHETIC; " if self.is_synthetic else ""
        return f"<Trial: {synthetic}{', '.join(parts)}; findings: {_counts_text(self.findings.counts)}>"

    def _repr_html_(self) -> str:
        synthetic = "<p><strong>SYNTHETIC</strong>: generated subjects, not persons.</p>" if self.is_synthetic else ""
        rows = self._n_rows()
        tables = html_table(
            {
                "table": list(rows),
                "rows": list(rows.values()),
                **{f"{s}s": [_count_findings(self.findings, name, s) for name in rows] for s in SEVERITIES},
            },
            caption=f"Trial of {_count(self.n_subjects, 'subject')}",
        )
        return f"{synthetic}{tables}<p>{html.escape(self.findings.title())}</p>"


def _count_findings(findings: Findings, table: str, severity: str) -> int:
    return sum(t == table and s == severity for t, s in zip(findings.table, findings.severity, strict=True))


def _cutoff_text(data_cutoff: str | date | None) -> str | None:
    if data_cutoff is None:
        return None
    text = data_cutoff if isinstance(data_cutoff, str) else as_iso(data_cutoff)
    try:
        date.fromisoformat(text[:10])
    except ValueError:
        raise OptionError(f"`data_cutoff` must be a date such as `2010-12-31`, but is `{text}`") from None
    return text[:10]


def as_iso(day: object) -> str:
    """A date, datetime or numpy date as ISO text."""
    texts: Sequence[str | None] = _frame.as_texts([day])
    return texts[0] or ""


def _count(n: int, noun: str) -> str:
    return f"{n} {noun}{'' if n == 1 else 's'}"


def _counts_text(counts: Mapping[str, int]) -> str:
    return ", ".join(_count(counts[severity], severity) for severity in SEVERITIES)
