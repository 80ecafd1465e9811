"""The lupus instruments in the domains QS and RS: SLEDAI, BILAG letters and items, PGA, recorded assessments."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from mscsle import _core
from mscsle._columns import Columns
from mscsle.io import sdtm_cells as cells

if TYPE_CHECKING:
    from mscsle.io.sdtm import _Reading

__all__ = ["Instruments", "bilag_columns"]


def bilag_columns() -> dict[str, tuple[str, str]]:
    """Of each item of BILAG-2004 its kind (``ordinal``, ``flag``, ``number``) and unit."""
    part = _core.schema_columns("bilag_items")
    assert part is not None
    return {
        name: (kind, unit)
        for name, kind, unit in zip(part["column"], part["kind"], part["unit"], strict=True)
        if name not in ("usubjid", "visit", "date") and not name.endswith("_due_to_sle")
    }


class Instruments:
    """One domain read; what the mapping does not have is a finding of the reading."""

    def __init__(
        self, reading: _Reading, domain: str, data: Columns, more: Mapping[tuple[str, str], Mapping[str, str]]
    ) -> None:
        self.reading = reading
        self.domain = domain
        self.data = data
        self.more = more
        self.used = reading.used
        self.sledai: dict[tuple[Any, ...], dict[str, float]] = {}
        self.items: dict[tuple[Any, ...], dict[str, float]] = {}
        self.lists: dict[str, dict[str, list[Any]]] = {
            "bilag": {n: [] for n in ("usubjid", "visit", "date", "version", "system", "grade")},
            "pga": {n: [] for n in ("usubjid", "visit", "date", "value", "scale_max")},
            "assessments": {n: [] for n in ("usubjid", "visit", "date", "what", "value")},
        }
        self.bilag = bilag_columns()

    def tables(self) -> dict[str, dict[str, Any]]:
        """The tables ``sledai``, ``bilag``, ``bilag_items``, ``pga`` and ``assessments``."""
        d, data = self.domain, self.data
        number, text, original = (
            data.optional_numbers(f"{d}STRESN"), data.texts(f"{d}STRESC"), data.texts(f"{d}ORRES"),
        )  # fmt: skip
        columns = (data.texts(name) for name in (f"{d}CAT", f"{d}TEST", f"{d}DTC", "VISIT", f"{d}SEQ"))
        categories, names, dates, visits, sequence = columns
        units = [s or o for s, o in zip(data.texts(f"{d}STRESU"), data.texts(f"{d}ORRESU"), strict=True)]
        for row, (subject, code) in enumerate(zip(data.texts("USUBJID"), data.texts(f"{d}TESTCD"), strict=True)):
            value = text[row] or original[row]
            score = float(number[row]) if not np.isnan(number[row]) else cells.number(value)
            key = (subject, self.reading.label(visits[row]), cells.day(dates[row]))
            due = self.more.get((subject or "", sequence[row] or ""), {}).get("DUESLE")
            self._row(row, key, (categories[row] or "").upper(), code, names[row], value, score, units[row], due)
        return self._made()

    def _row(
        self,
        row: int,
        key: tuple[Any, ...],
        category: str,
        code: str | None,
        name: str | None,
        value: str | None,
        score: float,
        unit: str | None,
        due: str | None,
    ) -> None:
        s, b, p, a = (self.used[k] for k in ("sledai", "bilag", "pga", "assessments"))
        if category in s["categories"] and code == s["total"]:
            self.sledai.setdefault((*key, s["categories"][category]), {})["total"] = score
        elif category in s["categories"] and code in s["items"]:
            held = self._flag(value, score, row)
            self.sledai.setdefault((*key, s["categories"][category]), {})[str(s["items"][code])] = held
        elif category in b["categories"] and code in b["systems"]:
            self._add("bilag", (*key, b["categories"][category], b["systems"][code], value))
        elif category in b["categories"] and code in b["items"] and b["categories"][category] == "bilag-2004":
            item = str(b["items"][code])
            of_visit = self.items.setdefault(key, {})
            of_visit[item] = self._item(item, value, score, unit, row)
            if due is not None:
                of_visit[f"{item}_due_to_sle"] = self.reading.flag(due, f"SUPP{self.domain}", "DUESLE")
        elif code == p["code"]:
            scale = re.search(r"\(0-(\d+(?:\.\d+)?)\)", name or "")
            self._add("pga", (*key, score, float(scale.group(1)) if scale else float("nan")))
        elif category == str(a["category"]).upper():
            self._add("assessments", (*key, str(a.get(code, name or code)), value))
        else:
            self.reading.not_known("unmapped_code", self.domain, f"{self.domain}TESTCD", code or "(none)", row)

    def _add(self, table: str, values: tuple[Any, ...]) -> None:
        for column, cell in zip(self.lists[table].values(), values, strict=True):
            column.append(cell)

    def _flag(self, value: str | None, score: float, row: int) -> float:
        """Present or not: Y, N, or a weight, of which 0 is not present."""
        if np.isnan(score):
            return self.reading.flag(value, self.domain, f"{self.domain}STRESC", row)
        return float(score > 0)

    def _item(self, item: str, value: str | None, score: float, unit: str | None, row: int) -> float:
        kind, wanted = self.bilag.get(item, ("number", ""))
        if kind == "flag":
            return self._flag(value, score, row)
        if value is not None and np.isnan(score):
            self.reading.not_known("unmapped_word", self.domain, f"{self.domain}STRESC", value, row)
        if unit is not None and kind == "number" and cells.unit_key(unit) != cells.unit_key(wanted):
            self.reading.not_known("unmapped_unit", self.domain, f"{self.domain}STRESU", unit, row)
            return float("nan")
        return score

    def _made(self) -> dict[str, dict[str, Any]]:
        keys = list(self.sledai)
        wide: dict[str, Any] = {n: [k[i] for k in keys] for i, n in enumerate(("usubjid", "visit", "date", "version"))}
        for item in (*self.used["sledai"]["items"].values(), "total"):
            wide[str(item)] = np.asarray([self.sledai[k].get(str(item), np.nan) for k in keys], dtype=np.float64)
        places = list(self.items)
        items: dict[str, Any] = {n: [k[i] for k in places] for i, n in enumerate(("usubjid", "visit", "date"))}
        for name in dict.fromkeys(name for held in self.items.values() for name in held):
            items[name] = np.asarray([self.items[k].get(name, np.nan) for k in places], dtype=np.float64)
        out = {"sledai": cells.filled(wide), "bilag_items": cells.filled(items)}
        for name, table in self.lists.items():
            numeric = {
                n: np.asarray(v, dtype=np.float64)
                for n, v in table.items()
                if name == "pga" and n in ("value", "scale_max")
            }
            out[name] = cells.filled({**table, **numeric})
        return out
