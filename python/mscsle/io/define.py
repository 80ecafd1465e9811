"""define.xml read: labels, types, lengths, code lists and keys of the data sets of a submission."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from xml.parsers import expat

import numpy as np

from mscsle import _frame
from mscsle._result import Result, ard_row, values_list
from mscsle.exceptions import DataError, MissingFileError, OptionError
from mscsle.io.dataset import Dataset
from mscsle.io.define_parts import DefinedDataset, DefinedValue, DefinedVariable, ValueLevel, number_text
from mscsle.io.define_reader import Reader
from mscsle.trial import Findings

__all__ = ["Define", "read_define"]

#: Limits against files made to exhaust a reader.
MOST_BYTES = 256 * 1024 * 1024
_CHUNK = 1 << 16
#: Types of define.xml whose values are numbers.
_NUMBERS = {"integer", "float", "double", "decimal"}
_RULES = {
    "missing_variable": "error",
    "variable_not_defined": "warning",
    "wrong_order": "note",
    "wrong_type": "error",
    "too_long": "error",
    "not_in_codelist": "error",
    "mandatory_missing": "error",
    "duplicate_key": "error",
}


@dataclass(frozen=True, kw_only=True)
class Define(Result):
    """What a define.xml says; ``to_frame()`` has one row a variable.

    Attributes
    ----------
    study, version : str
        Name of the study and version of the standard.
    datasets : mapping of name to DefinedDataset
    codelists : mapping of id to mapping
        Coded value to its meaning, in the order of the file.
    """

    study: str
    version: str
    datasets: Mapping[str, DefinedDataset] = field(repr=False)
    codelists: Mapping[str, Mapping[str, str]] = field(repr=False)

    def columns(self) -> Mapping[str, Any]:
        """One row a variable."""
        rows = [(d.name, v) for d in self.datasets.values() for v in d.variables]
        return {
            "dataset": [d for d, _ in rows],
            "variable": [v.name for _, v in rows],
            "label": [v.label for _, v in rows],
            "type": [v.type for _, v in rows],
            "length": np.asarray([np.nan if v.length is None else v.length for _, v in rows], dtype=np.float64),
            "format": [v.format for _, v in rows],
            "codelist": [v.codelist for _, v in rows],
            "mandatory": [v.mandatory for _, v in rows],
            "key": np.asarray([np.nan if v.key is None else v.key for _, v in rows], dtype=np.float64),
        }

    def ard_rows(self) -> Iterable[dict[str, object]]:
        """Number of variables of each data set."""
        for dataset in self.datasets.values():
            yield ard_row(
                variable=dataset.name,
                context="define",
                stat_name="n_variables",
                stat_label="Variables",
                stat=float(len(dataset.variables)),
                method=self.title(),
            )

    def title(self) -> str:
        """Study, version and counts."""
        return f"define.xml {self.version} of {self.study}: {len(self.datasets)} data sets, {len(self.codelists)} code lists"

    def __repr__(self) -> str:
        return f"<Define {self.title()}>"

    @property
    def value_level(self) -> ValueLevel:
        """What variables are where others have certain values (``AVAL`` where ``PARAMCD EQ CRP``), one row a where clause.

        Examples
        --------
        >>> import mscsle as ms
        >>> from pathlib import Path
        >>> _ = Path("define.xml").write_text('''<ODM xmlns:def="http://www.cdisc.org/ns/def/v2.1"><Study OID="S">
        ... <GlobalVariables><StudyName>S</StudyName></GlobalVariables>
        ... <MetaDataVersion OID="M" Name="m" def:DefineVersion="2.1.0">
        ... <def:ValueListDef OID="VL"><ItemRef ItemOID="V.ALB" Mandatory="No">
        ... <def:WhereClauseRef WhereClauseOID="WC"/></ItemRef></def:ValueListDef>
        ... <def:WhereClauseDef OID="WC"><RangeCheck Comparator="EQ" SoftHard="Soft" def:ItemOID="TESTCD">
        ... <CheckValue>ALB</CheckValue></RangeCheck></def:WhereClauseDef>
        ... <ItemGroupDef OID="LB" Name="LB"><ItemRef ItemOID="TESTCD" Mandatory="Yes"/><ItemRef ItemOID="RES" Mandatory="No"/>
        ... </ItemGroupDef><ItemDef OID="TESTCD" Name="LBTESTCD" DataType="text" Length="8"/>
        ... <ItemDef OID="RES" Name="LBORRES" DataType="text" Length="20"><def:ValueListRef ValueListOID="VL"/></ItemDef>
        ... <ItemDef OID="V.ALB" Name="ALB" DataType="float" Length="8"/></MetaDataVersion></Study></ODM>''')
        >>> found = ms.io.read_define("define.xml").value_level
        >>> found.columns()["where"], found.columns()["type"]
        (['LBTESTCD EQ ALB'], ['float'])
        """
        found = [(d.name, v.name, value) for d in self.datasets.values() for v in d.variables for value in v.values]
        return ValueLevel(
            dataset=[f[0] for f in found],
            variable=[f[1] for f in found],
            values=[f[2] for f in found],
            library=self.library,
        )

    def dataset(self, name: str) -> DefinedDataset:
        """The data set of this name.

        Raises
        ------
        OptionError
            There is none; those there are are named.
        """
        for known, dataset in self.datasets.items():
            if known.upper() == name.upper():
                return dataset
        raise OptionError(
            f"the define.xml has no data set `{name}`; it has {', '.join(f'`{d}`' for d in self.datasets)}"
        )

    def apply(self, data: Any, name: str) -> Dataset:
        """The frame as a data set with the labels, formats and lengths of the define.xml; its values are untouched."""
        defined = self.dataset(name)
        frame = _frame.Frame(data)
        known = {v.name: v for v in defined.variables}
        own = dict(getattr(data, "formats", None) or {})
        base = data if isinstance(data, Dataset) else None
        values = dict(base.values) if base is not None else {c: frame.raw(c) for c in frame.names}
        labels = {c: known[c].label if c in known else "" for c in values}
        formats = {c: (known[c].format if c in known else "") or own.get(c, "") for c in values}
        attributes = {
            c: {
                k: v
                for k, v in (
                    ("length", known[c].length),
                    ("keySequence", known[c].key),
                    ("codelist", known[c].codelist),
                )
                if v is not None
            }
            for c in values
            if c in known
        }
        if base is not None:
            return replace(
                base,
                name=defined.name,
                label=defined.label,
                labels=labels,
                formats=formats,
                column_attributes=attributes,
            )
        return Dataset(
            name=defined.name,
            label=defined.label,
            values=values,
            labels=labels,
            formats=formats,
            column_attributes=attributes,
            library=frame.library,
        )

    def check(self, data: Any, name: str) -> Findings:
        """What in a frame contradicts the define.xml: variables, types, lengths, code lists, mandatory values, keys, the same
        of the rows of each where clause."""
        defined = self.dataset(name)
        frame = _frame.Frame(data)
        made: list[tuple[int, str | None, str, str]] = []

        def add(rule: str, column: str | None, message: str, rows: Sequence[int] = (-1,)) -> None:
            if len(rows):
                more = f" ({len(rows)} rows)" if len(rows) > 1 else ""
                made.append((int(rows[0]), column, rule, message + more))

        names = frame.names
        for variable in defined.variables:
            if variable.name not in names:
                add("missing_variable", variable.name, f"`{defined.name}` has no variable `{variable.name}`")
                continue
            held = values_list(frame.raw(variable.name))
            self._check_variable(held, variable, add)
            for value in variable.values:
                self._check_value(frame, held, variable, value, add)
        for column in names:
            if defined.variable(column) is None:
                add("variable_not_defined", column, f"`{column}` is not in the define.xml")
        shared = [v.name for v in defined.variables if v.name in names]
        if shared != [c for c in names if c in shared]:
            add("wrong_order", None, "the variables are not in the order of the define.xml")
        keys = defined.keys
        if keys and all(k in names for k in keys):
            seen: set[tuple[object, ...]] = set()
            twice = []
            for row, cells in enumerate(zip(*(_frame.as_texts(values_list(frame.raw(k))) for k in keys), strict=True)):
                if cells in seen:
                    twice.append(row)
                seen.add(cells)
            add("duplicate_key", None, f"a second row of the same {', '.join(keys)}", twice)
        n = len(made)
        return Findings(
            table=[defined.name] * n,
            row=np.asarray([m[0] for m in made], dtype=np.int64),
            column=[m[1] for m in made],
            subject=[None] * n,
            value=[None] * n,
            rule=[m[2] for m in made],
            severity=[_RULES[m[2]] for m in made],
            message=[m[3] for m in made],
            library=frame.library,
        )

    def _check_value(
        self, frame: _frame.Frame, cells: Sequence[Any], variable: DefinedVariable, value: DefinedValue, add: Any
    ) -> None:
        """The rows of a where clause; one that concerns another data set or another variable's values is not checked."""
        conditions = [c for clause in value.where for c in clause]
        if any(c.dataset or c.variable not in frame.names or c.variable == variable.name for c in conditions):
            return
        rows = np.flatnonzero(value.rows(frame.native)).tolist()

        def place(rule: str, column: str | None, message: str, found: Sequence[int] = (-1,)) -> None:
            add(rule, column, f"{message} where {value}", [rows[i] for i in found])

        own = DefinedVariable(
            name=variable.name,
            label=value.label,
            type=value.type,
            length=value.length,
            format=value.format,
            codelist=value.codelist,
            mandatory=value.mandatory,
            key=None,
            origin=value.origin,
        )
        # A text variable holds the numbers of a value list as texts: SAS has one type a column.
        if variable.type == "text" and value.type in _NUMBERS:
            texts = [None if _frame.is_missing(cells[i]) or cells[i] == "" else str(cells[i]) for i in rows]
            broken = [i for i, t in enumerate(texts) if t is not None and not _is_number(t, value.type)]
            place("wrong_type", own.name, f"`{own.name}` is {value.type} in the define.xml but holds text", broken)
            own = replace(own, type="text")
        self._check_variable([cells[i] for i in rows], own, place)

    def _check_variable(self, cells: Sequence[Any], variable: DefinedVariable, add: Any) -> None:
        name = variable.name
        absent = [_frame.is_missing(v) or v == "" for v in cells]
        if variable.mandatory:
            add("mandatory_missing", name, f"`{name}` is mandatory but missing", [i for i, a in enumerate(absent) if a])
        present = [i for i, a in enumerate(absent) if not a]
        words = [i for i in present if isinstance(cells[i], str)]
        if variable.type in _NUMBERS:
            add("wrong_type", name, f"`{name}` is {variable.type} in the define.xml but holds text", words)
            numbers = [i for i in present if isinstance(cells[i], (int, float, np.number))]
            if variable.type == "integer":
                broken = [i for i in numbers if float(cells[i]) != np.floor(float(cells[i]))]
                add("wrong_type", name, f"`{name}` is integer in the define.xml but holds fractions", broken)
        elif variable.type == "text":
            numbers = [
                i for i in present if isinstance(cells[i], (int, float, np.number)) and not isinstance(cells[i], bool)
            ]
            add("wrong_type", name, f"`{name}` is text in the define.xml but holds numbers", numbers)
            if variable.length is not None:
                long = [i for i in words if len(cells[i].encode()) > (variable.length or 0)]
                add("too_long", name, f"`{name}` is longer than its length {variable.length}", long)
        allowed = self.codelists.get(variable.codelist or "")
        if allowed and variable.type in {"text", *_NUMBERS}:
            texts = _frame.as_texts([cells[i] for i in present])
            coded = {number_text(c) for c in allowed}
            outside = [i for i, t in zip(present, texts, strict=True) if number_text(t or "") not in coded]
            add("not_in_codelist", name, f"`{name}` holds a value that its code list does not have", outside)


def _is_number(text: str, kind: str) -> bool:
    try:
        value = float(text)
    except ValueError:
        return False
    return kind != "integer" or value == np.floor(value)


def read_define(path: str | Path) -> Define:
    """Read a define.xml (versions 1.0, 2.0 and 2.1): data sets, variables, code lists and keys.

    Document types and entities are refused, so that a file cannot reach other files or grow while it is read.

    Parameters
    ----------
    path : str or path
        The file.

    Returns
    -------
    Define
        ``.apply(frame, "ADTTE")`` puts labels and formats on a frame, ``.check(frame, "ADTTE")`` finds what contradicts,
        ``.value_level`` has a row for each where clause.

    Raises
    ------
    MissingFileError
        There is no such file.
    DataError
        It is not XML (line and column are named), declares entities, is larger than 256 MB or deeper than 64 elements,
        defines no data set, defines something twice, or refers to what is not defined (the line is named).

    Examples
    --------
    >>> import mscsle as ms
    >>> from pathlib import Path
    >>> _ = Path("define.xml").write_text('''<ODM xmlns:def="http://www.cdisc.org/ns/def/v2.1"><Study OID="S">
    ... <MetaDataVersion OID="M" Name="m" def:DefineVersion="2.1.0">
    ... <ItemGroupDef OID="IG.DM" Name="DM"><Description><TranslatedText>Demographics</TranslatedText></Description>
    ... <ItemRef ItemOID="IT.SEX" Mandatory="Yes" KeySequence="1"/></ItemGroupDef>
    ... <ItemDef OID="IT.SEX" Name="SEX" DataType="text" Length="1"><CodeListRef CodeListOID="CL.SEX"/></ItemDef>
    ... <CodeList OID="CL.SEX" Name="Sex" DataType="text"><EnumeratedItem CodedValue="F"/></CodeList>
    ... </MetaDataVersion></Study></ODM>''')
    >>> define = ms.io.read_define("define.xml")
    >>> define.datasets["DM"].keys, define.check({"SEX": ["F", "X"]}, "DM").rule
    (['SEX'], ['not_in_codelist'])
    """
    source = Path(path)
    if not source.is_file():
        raise MissingFileError(f"there is no file `{source}`")
    if source.stat().st_size > MOST_BYTES:
        raise DataError(f"`{source.name}` is larger than {MOST_BYTES >> 20} MB; it is not read as a define.xml")
    reader = Reader(source.name)
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    reader.line = lambda: parser.CurrentLineNumber
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    parser.StartDoctypeDeclHandler = reader.refuse
    parser.EntityDeclHandler = reader.refuse
    try:
        with source.open("rb") as file:
            while chunk := file.read(_CHUNK):
                parser.Parse(chunk, False)
            parser.Parse(b"", True)
    except expat.ExpatError as e:
        raise DataError(
            f"`{source.name}` is not XML: {expat.errors.messages[e.code]} in line {e.lineno}, column {e.offset}"
        ) from None
    except (ValueError, LookupError) as e:  # an unknown or wrong encoding
        if isinstance(e, DataError):
            raise
        raise DataError(f"`{source.name}` is not XML: {e}") from None
    study, version, datasets, codelists = reader.made()
    return Define(
        study=study, version=version, datasets=datasets, codelists=codelists, library=_frame.default_library()
    )
