"""What a define.xml defines: data sets, variables, and what a variable is where other variables have certain values."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from mscsle import _frame
from mscsle._result import Result, ard_row, values_list
from mscsle.exceptions import DataError

__all__ = ["Condition", "DefinedDataset", "DefinedValue", "DefinedVariable", "ValueLevel", "number_text"]

Comparator = Literal["EQ", "NE", "IN", "NOTIN", "LT", "LE", "GT", "GE"]
#: Comparators of a condition; the last four compare numbers.
COMPARATORS: tuple[Comparator, ...] = ("EQ", "NE", "IN", "NOTIN", "LT", "LE", "GT", "GE")
_ORDERED: Mapping[str, Callable[[Any, Any], Any]] = {
    "LT": operator.lt,
    "LE": operator.le,
    "GT": operator.gt,
    "GE": operator.ge,
}


def number_text(text: str) -> str:
    """A number in one spelling, another text as it is."""
    try:
        return f"{float(text):.15g}"
    except ValueError:
        return text


@dataclass(frozen=True)
class Condition:
    """One comparison of a where clause: ``PARAMCD EQ CRP``.

    Attributes
    ----------
    variable, dataset : str
        What is compared; the data set, where it is another than that of the value list.
    comparator : {"EQ", "NE", "IN", "NOTIN", "LT", "LE", "GT", "GE"}
    values : tuple of str
        What it is compared with.
    """

    variable: str
    dataset: str
    comparator: Comparator
    values: tuple[str, ...]

    def __str__(self) -> str:
        shown = f"({', '.join(self.values)})" if self.comparator in ("IN", "NOTIN") else ", ".join(self.values)
        return f"{self.variable} {self.comparator} {shown}"

    def rows(self, frame: _frame.Frame) -> NDArray[np.bool_]:
        """The rows of a frame that it holds for; a missing value fulfils only ``NE`` and ``NOTIN``."""
        texts = _frame.as_texts(values_list(frame.raw(self.variable)))
        if self.comparator in _ORDERED:
            compare, limit = _ORDERED[self.comparator], self.values[0]
            return np.asarray(
                [t is not None and t != "" and _ordered(compare, t, limit) for t in texts], dtype=np.bool_
            )
        wanted = {number_text(v) for v in self.values}
        found = np.asarray([number_text(t or "") in wanted for t in texts], dtype=np.bool_)
        return found if self.comparator in ("EQ", "IN") else ~found


def _ordered(compare: Callable[[Any, Any], Any], text: str, limit: str) -> bool:
    """Numbers as numbers, dates and other texts as texts."""
    try:
        return bool(compare(float(text), float(limit)))
    except ValueError:
        return bool(compare(text, limit))


@dataclass(frozen=True)
class DefinedValue:
    """What a variable is in the rows of a where clause: label, data type, length, display format, code list.

    Attributes
    ----------
    where : tuple of tuple of Condition
        The rows: one of the clauses, all conditions of the clause.
    name, label, type, length, format, codelist, mandatory, origin
        As of a variable.
    """

    where: tuple[tuple[Condition, ...], ...]
    name: str
    label: str
    type: str
    length: int | None
    format: str
    codelist: str | None
    mandatory: bool
    origin: str

    def __str__(self) -> str:
        return " or ".join(" and ".join(str(c) for c in clause) for clause in self.where)

    def rows(self, data: Any) -> NDArray[np.bool_]:
        """The rows of a frame that it is about.

        Raises
        ------
        DataError
            A variable of the where clause is not in the frame, or is of another data set.
        """
        frame = _frame.Frame(data)
        out = np.zeros(frame.n_rows, dtype=np.bool_)
        for clause in self.where:
            held = np.ones(frame.n_rows, dtype=np.bool_)
            for condition in clause:
                if condition.dataset:
                    raise DataError(
                        f"the where clause `{self}` compares `{condition.variable}` of `{condition.dataset}`; merge it first"
                    )
                frame.require(condition.variable)
                held &= condition.rows(frame)
            out |= held
        return out


@dataclass(frozen=True)
class DefinedVariable:
    """One variable: name, label, data type, length, display format, code list, whether mandatory, place in the key.

    ``values`` is its value-level metadata: what it is in the rows of each where clause, in the order of the value list.
    """

    name: str
    label: str
    type: str
    length: int | None
    format: str
    codelist: str | None
    mandatory: bool
    key: int | None
    origin: str
    values: tuple[DefinedValue, ...] = ()


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
class ValueLevel(Result):
    """The value-level metadata of a define.xml, one row a where clause."""

    dataset: list[str]
    variable: list[str]
    values: list[DefinedValue] = field(repr=False)

    def __len__(self) -> int:
        return len(self.values)

    def columns(self) -> Mapping[str, Any]:
        """Data set, variable, where clause, and what the variable is there."""
        return {
            "dataset": self.dataset,
            "variable": self.variable,
            "where": [str(v) for v in self.values],
            "label": [v.label for v in self.values],
            "type": [v.type for v in self.values],
            "length": np.asarray([np.nan if v.length is None else v.length for v in self.values], dtype=np.float64),
            "format": [v.format for v in self.values],
            "codelist": [v.codelist for v in self.values],
            "mandatory": [v.mandatory for v in self.values],
            "origin": [v.origin for v in self.values],
        }

    def ard_rows(self) -> list[dict[str, object]]:
        """Number of where clauses of each variable."""
        counted: dict[tuple[str, str], int] = {}
        for key in zip(self.dataset, self.variable, strict=True):
            counted[key] = counted.get(key, 0) + 1
        return [
            ard_row(
                group1="dataset",
                group1_level=dataset,
                variable=variable,
                context="value_level",
                stat_name="n",
                stat=float(n),
                method=self.title(),
            )
            for (dataset, variable), n in counted.items()
        ]

    def title(self) -> str:
        """Number of where clauses."""
        return f"Value-level metadata: {len(self)} where clauses"
