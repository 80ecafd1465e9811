"""define.xml read: labels, types, lengths, code lists and keys of the data sets of a submission."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from xml.parsers import expat

import numpy as np

from mscsle import _frame
from mscsle._result import Result, ard_row, values_list
from mscsle.exceptions import DataError, MissingFileError, OptionError
from mscsle.io.dataset import Dataset
from mscsle.trial import Findings

__all__ = ["Define", "DefinedDataset", "DefinedVariable", "read_define"]

#: Limits against files made to exhaust a reader.
MOST_BYTES = 256 * 1024 * 1024
MOST_DEPTH = 64
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


@dataclass(frozen=True)
class DefinedVariable:
    """One variable: name, label, data type, length, display format, code list, whether mandatory, place in the key."""

    name: str
    label: str
    type: str
    length: int | None
    format: str
    codelist: str | None
    mandatory: bool
    key: int | None
    origin: str


@dataclass(frozen=True)
class DefinedDataset:
    """One data set: name, label, structure and variables in their order."""

    name: str
    label: str
    structure: str
    variables: tuple[DefinedVariable, ...]

    @property
    def keys(self) -> list[str]:
        """The key variables in their order."""
        return [v.name for v in sorted((v for v in self.variables if v.key is not None), key=lambda v: v.key or 0)]

    def variable(self, name: str) -> DefinedVariable | None:
        """The variable of this name."""
        return next((v for v in self.variables if v.name == name), None)


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
        """What in a frame contradicts the define.xml: variables, types, lengths, code lists, mandatory values, keys."""
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
            self._check_variable(values_list(frame.raw(variable.name)), variable, add)
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
            coded = {_number_text(c) for c in allowed}
            outside = [i for i, t in zip(present, texts, strict=True) if _number_text(t or "") not in coded]
            add("not_in_codelist", name, f"`{name}` holds a value that its code list does not have", outside)


def _number_text(text: str) -> str:
    try:
        return f"{float(text):.15g}"
    except ValueError:
        return text


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
        ``.apply(frame, "ADTTE")`` puts labels and formats on a frame, ``.check(frame, "ADTTE")`` finds what contradicts.

    Raises
    ------
    MissingFileError
        There is no such file.
    DataError
        It is not XML (line and column are named), declares entities, is larger than 256 MB or deeper than 64 elements, or
        defines no data set.

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
    reader = _Reader(source.name)
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
    return reader.made()


class _Reader:
    """Collects what is needed while the parser walks through the file."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.line: Callable[[], int] = lambda: 0
        self.path: list[str] = []
        self.study = ""
        self.version = ""
        self.groups: list[dict[str, Any]] = []
        self.items: dict[str, dict[str, Any]] = {}
        self.lists: dict[str, dict[str, str]] = {}
        self.item: dict[str, Any] | None = None
        self.group: dict[str, Any] | None = None
        self.list: str | None = None
        self.coded: str | None = None
        self.words: list[str] = []

    def refuse(self, *_: Any) -> None:
        raise DataError(
            f"`{self.name}`, line {self.line()} declares a document type or entities, which a define.xml does not need; it is not read"
        )

    def start(self, tag: str, given: Mapping[str, str]) -> None:
        element = tag.rpartition(" ")[2]
        if len(self.path) >= MOST_DEPTH:
            raise DataError(f"`{self.name}`, line {self.line()} is nested deeper than {MOST_DEPTH} elements")
        self.path.append(element)
        has = {key.rpartition(" ")[2]: value for key, value in given.items()}
        if element in ("TranslatedText", "StudyName"):
            self.words = []
        if element == "MetaDataVersion":
            self.version = has.get("DefineVersion", "")
        elif element == "ItemGroupDef":
            self.group = {
                "name": has.get("Name", ""),
                "label": has.get("Label", ""),
                "structure": has.get("Structure", ""),
                "items": [],
            }
            self.groups.append(self.group)
        elif element == "ItemRef" and self.group is not None:
            self.group["items"].append({**has, "line": str(self.line())})
        elif element == "ItemDef" and self.group is None:
            self.item = {**has, "label": has.get("Label", ""), "codelist": None, "origin": has.get("Origin", "")}
            self.items[has.get("OID", "")] = self.item
        elif element == "CodeListRef" and self.item is not None:
            self.item["codelist"] = has.get("CodeListOID")
        elif element == "Origin" and self.item is not None:
            self.item["origin"] = has.get("Type", "")
        elif element == "CodeList":
            self.list = has.get("OID", "")
            self.lists.setdefault(self.list, {})
        elif element in ("CodeListItem", "EnumeratedItem") and self.list is not None:
            self.coded = has.get("CodedValue", "")
            self.lists[self.list][self.coded] = ""

    def text(self, words: str) -> None:
        if self.path and self.path[-1] in ("TranslatedText", "StudyName"):
            self.words.append(words)

    def end(self, tag: str) -> None:
        element = self.path.pop() if self.path else tag
        parent = self.path[-1] if self.path else ""
        if element == "StudyName":
            self.study = "".join(self.words).strip()
        elif element == "TranslatedText":
            self._translated("".join(self.words).strip(), parent)
        elif element == "ItemGroupDef":
            self.group = None
        elif element == "ItemDef":
            self.item = None
        elif element == "CodeList":
            self.list = None
        elif element in ("CodeListItem", "EnumeratedItem"):
            self.coded = None

    def _translated(self, words: str, parent: str) -> None:
        above = self.path[-2] if len(self.path) > 1 else ""
        if parent == "Description" and above == "ItemGroupDef" and self.group is not None:
            self.group["label"] = self.group["label"] or words
        elif parent == "Description" and above == "ItemDef" and self.item is not None:
            self.item["label"] = self.item["label"] or words
        elif parent == "Decode" and self.list is not None and self.coded is not None:
            self.lists[self.list][self.coded] = self.lists[self.list][self.coded] or words

    def made(self) -> Define:
        if not self.groups:
            raise DataError(f"`{self.name}` defines no data set (no `ItemGroupDef`); it is no define.xml")
        datasets = {g["name"]: self._dataset(g) for g in self.groups}
        return Define(
            study=self.study,
            version=self.version,
            datasets=datasets,
            codelists=self.lists,
            library=_frame.default_library(),
        )

    def _dataset(self, group: Mapping[str, Any]) -> DefinedDataset:
        found = []
        for place, reference in enumerate(group["items"]):
            item = self.items.get(reference.get("ItemOID", ""))
            if item is None:
                raise DataError(
                    f"`{self.name}`, line {reference['line']}: `{group['name']}` refers to the variable `{reference.get('ItemOID', '')}`, which is not defined"
                )
            order = _whole(reference.get("OrderNumber"))
            found.append((place if order is None else order, place, self._variable(reference, item)))
        found.sort(key=lambda f: (f[0], f[1]))
        return DefinedDataset(group["name"], group["label"], group["structure"], tuple(f[2] for f in found))

    def _variable(self, reference: Mapping[str, str], item: Mapping[str, Any]) -> DefinedVariable:
        return DefinedVariable(
            name=str(item.get("Name", "")),
            label=str(item["label"]),
            type=str(item.get("DataType", "")),
            length=_whole(item.get("Length")),
            format=str(item.get("DisplayFormat", "")),
            codelist=item["codelist"],
            mandatory=reference.get("Mandatory") == "Yes",
            key=_whole(reference.get("KeySequence")),
            origin=str(item["origin"]),
        )


def _whole(text: str | None) -> int | None:
    if text is None or not text.strip().isascii() or not text.strip().isdigit() or len(text) > 9:
        return None
    return int(text)
