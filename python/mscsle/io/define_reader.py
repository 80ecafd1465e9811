"""The events of a define.xml collected while the parser walks through it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from mscsle.exceptions import DataError
from mscsle.io.define_parts import COMPARATORS, Condition, DefinedDataset, DefinedValue, DefinedVariable

__all__ = ["MOST_DEPTH", "Reader"]

#: Deepest nesting that is read.
MOST_DEPTH = 64
#: Elements whose text is used.
_TEXTS = ("TranslatedText", "StudyName", "CheckValue")


class Reader:
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
        self.orders: dict[str, dict[str, int]] = {}
        self.value_lists: dict[str, list[dict[str, Any]]] = {}
        self.value_list: list[dict[str, Any]] | None = None
        self.clauses: dict[str, list[dict[str, Any]]] = {}
        self.clause: list[dict[str, Any]] | None = None
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
        if element in _TEXTS:
            self.words = []
        if element == "MetaDataVersion":
            self.version = has.get("DefineVersion", "")
        elif element == "ItemGroupDef":
            self.group = {
                "name": has.get("Name", ""),
                "label": has.get("Label", ""),
                "structure": has.get("Structure", ""),
                "keys": has.get("DomainKeys", "").replace(",", " ").split(),  # version 1.0
                "line": str(self.line()),
                "items": [],
            }
            self.groups.append(self.group)
        elif element == "ItemRef" and self.group is not None:
            self.group["items"].append({**has, "line": str(self.line())})
        elif element == "ItemDef" and self.group is None:
            self.item = {**has, "label": has.get("Label", ""), "codelist": None, "origin": has.get("Origin", "")}
            self.items[self._new(has, "variable", self.items)] = {**self.item, "line": str(self.line())}
            self.item = self.items[has.get("OID", "")]
        elif element == "CodeListRef" and self.item is not None:
            self.item |= {"codelist": has.get("CodeListOID"), "codelist_line": str(self.line())}
        elif element == "ValueListRef" and self.item is not None:
            self.item |= {"values": has.get("ValueListOID", ""), "values_line": str(self.line())}
        else:
            self._start_values(element, has)

    def _start_values(self, element: str, has: Mapping[str, str]) -> None:
        """Code lists, value lists and where clauses."""
        line = str(self.line())
        if element == "ValueListDef":
            self.value_list = []
            self.value_lists[self._new(has, "value list", self.value_lists)] = self.value_list
        elif element == "ItemRef" and self.value_list is not None:
            self.value_list.append({**has, "line": line, "clauses": []})
        elif element == "WhereClauseRef" and self.value_list:
            self.value_list[-1]["clauses"].append((has.get("WhereClauseOID", ""), line))
        elif element == "WhereClauseDef":
            self.clause = []
            self.clauses[self._new(has, "where clause", self.clauses)] = self.clause
        elif element == "RangeCheck" and self.clause is not None:
            comparator = has.get("Comparator", "")
            if comparator not in COMPARATORS:
                raise DataError(
                    f"`{self.name}`, line {line}: unknown comparator `{comparator}` of a where clause; it is one of {', '.join(COMPARATORS)}"
                )
            self.clause.append({"item": has.get("ItemOID", ""), "comparator": comparator, "values": [], "line": line})
        elif element == "Origin" and self.item is not None:
            self.item["origin"] = has.get("Type", "")
        elif element == "CodeList":
            self.list = self._new(has, "code list", self.lists)
            self.lists[self.list] = {}
            self.orders[self.list] = {}
        elif element in ("CodeListItem", "EnumeratedItem") and self.list is not None:
            self.coded = has.get("CodedValue", "")
            self.lists[self.list][self.coded] = ""
            order = _whole(has.get("OrderNumber"))
            if order is not None:
                self.orders[self.list][self.coded] = order

    def _new(self, has: Mapping[str, str], what: str, known: Mapping[str, Any]) -> str:
        """The id of a definition, which may be there once."""
        oid = has.get("OID", "")
        if oid in known:
            raise DataError(f"`{self.name}`, line {self.line()} defines the {what} `{oid}` a second time")
        return oid

    def text(self, words: str) -> None:
        if self.path and self.path[-1] in _TEXTS:
            self.words.append(words)

    def end(self, tag: str) -> None:
        element = self.path.pop() if self.path else tag
        parent = self.path[-1] if self.path else ""
        if element == "StudyName":
            self.study = "".join(self.words).strip()
        elif element == "CheckValue" and self.clause:
            self.clause[-1]["values"].append("".join(self.words).strip())
        elif element == "ValueListDef":
            self.value_list = None
        elif element == "WhereClauseDef":
            self.clause = None
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

    def made(self) -> tuple[str, str, dict[str, DefinedDataset], dict[str, dict[str, str]]]:
        """Study, version, data sets and code lists."""
        if not self.groups:
            raise DataError(f"`{self.name}` defines no data set (no `ItemGroupDef`); it is no define.xml")
        datasets = {g["name"]: self._dataset(g) for g in self.groups}
        lists = {oid: self._ordered(oid, coded) for oid, coded in self.lists.items()}
        return self.study, self.version, datasets, lists

    def _ordered(self, oid: str, coded: dict[str, str]) -> dict[str, str]:
        """The coded values by their order numbers where all have one."""
        order = self.orders[oid]
        return {c: coded[c] for c in sorted(coded, key=order.__getitem__)} if len(order) == len(coded) else coded

    def _refuse(self, line: object, by: str, what: str, oid: str) -> DataError:
        return DataError(f"`{self.name}`, line {line}: {by} refers to the {what} `{oid}`, which is not defined")

    def _dataset(self, group: Mapping[str, Any]) -> DefinedDataset:
        found = []
        by = f"`{group['name']}`"
        names = {self.items[r["ItemOID"]].get("Name", "") for r in group["items"] if r.get("ItemOID") in self.items}
        keys = {key: place for place, key in enumerate(group["keys"], start=1)}
        absent = next((key for key in keys if key not in names), None)
        if absent is not None:
            raise self._refuse(group["line"], f"the key of {by}", "variable", absent)
        for place, reference in enumerate(group["items"]):
            item = self.items.get(reference.get("ItemOID", ""))
            if item is None:
                raise self._refuse(reference["line"], by, "variable", reference.get("ItemOID", ""))
            order = _whole(reference.get("OrderNumber"))
            variable = DefinedVariable(
                **self._properties(item),
                mandatory=reference.get("Mandatory") == "Yes",
                key=_whole(reference.get("KeySequence")) or keys.get(str(item.get("Name", ""))),
                values=self._values(item, group, names),
            )
            found.append((place if order is None else order, place, variable))
        found.sort(key=lambda f: (f[0], f[1]))
        return DefinedDataset(group["name"], group["label"], group["structure"], tuple(f[2] for f in found))

    def _values(self, item: Mapping[str, Any], group: Mapping[str, Any], names: set[str]) -> tuple[DefinedValue, ...]:
        """What a variable is where its value list says so."""
        if "values" not in item:
            return ()
        rows = self.value_lists.get(item["values"])
        if rows is None:
            raise self._refuse(item["values_line"], f"`{item.get('Name', '')}`", "value list", item["values"])
        out = []
        for place, reference in enumerate(rows):
            own = self.items.get(reference.get("ItemOID", ""))
            if own is None:
                raise self._refuse(reference["line"], "a value list", "variable", reference.get("ItemOID", ""))
            clauses = tuple(self._clause(oid, line, group, names) for oid, line in reference["clauses"])
            if not clauses and self.version.startswith("2"):
                raise DataError(
                    f"`{self.name}`, line {reference['line']}: `{reference['ItemOID']}` of a value list has no where clause"
                )
            # Version 1.0 has no where clauses: the name of the value is the code that the variable itself holds.
            code = str(own.get("Name", ""))
            where = clauses or ((Condition(str(item.get("Name", "")), "", "EQ", (code,)),),)
            mandatory = reference.get("Mandatory") == "Yes"
            order = _whole(reference.get("OrderNumber"))
            value = DefinedValue(**self._properties(own), where=where, mandatory=mandatory)
            out.append((place if order is None else order, place, value))
        out.sort(key=lambda f: (f[0], f[1]))
        return tuple(f[2] for f in out)

    def _clause(self, oid: str, line: str, group: Mapping[str, Any], names: set[str]) -> tuple[Condition, ...]:
        checks = self.clauses.get(oid)
        if checks is None:
            raise self._refuse(line, "a value list", "where clause", oid)
        out = []
        for check in checks:
            item = self.items.get(check["item"])
            if item is None:
                raise self._refuse(check["line"], f"the where clause `{oid}`", "variable", check["item"])
            if not check["values"]:
                raise DataError(f"`{self.name}`, line {check['line']}: the where clause `{oid}` compares with no value")
            name = str(item.get("Name", ""))
            inside = any(r.get("ItemOID") == check["item"] for r in group["items"]) or name in names
            other = "" if inside else self._dataset_of(check["item"])
            out.append(Condition(name, other, check["comparator"], tuple(check["values"])))
        return tuple(out)

    def _dataset_of(self, oid: str) -> str:
        """The data set that has a variable; `?` when none has it."""
        owners = (str(g["name"]) for g in self.groups if any(r.get("ItemOID") == oid for r in g["items"]))
        return next(owners, "?")

    def _properties(self, item: Mapping[str, Any]) -> dict[str, Any]:
        codelist = item["codelist"]
        if codelist is not None and codelist not in self.lists:
            raise self._refuse(item["codelist_line"], f"`{item.get('Name', '')}`", "code list", codelist)
        return {
            "name": str(item.get("Name", "")),
            "label": str(item["label"]),
            "type": str(item.get("DataType", "")),
            "length": _whole(item.get("Length")),
            "format": str(item.get("DisplayFormat", "")),
            "codelist": codelist,
            "origin": str(item["origin"]),
        }


def _whole(text: str | None) -> int | None:
    if text is None or not text.strip().isascii() or not text.strip().isdigit() or len(text) > 9:
        return None
    return int(text)
