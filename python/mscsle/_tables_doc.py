"""The page of the tables, made from the schema: ``python -m mscsle._tables_doc > docs/tables.md``."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence

from mscsle import _core
from mscsle.trial import lab_tests, rules, schema

__all__ = ["markdown_table", "page"]

_INTRODUCTION = """\
# Tables of a trial

<!-- Made by `make docs` from the schema; edit the schema, not this page. -->

A trial is a set of tables, one frame or one CSV file each. Only `subjects` is needed. Every table has the column
`usubjid`; assessments are placed in time by `visit` (joined to `visits`), by `date`, or by both (the date of the row then
wins). Columns that are not listed are kept as they are.

- **Dates** are ISO 8601 (`2009-03-14`) or date columns; they may be partial (`2009-03`, `2009`). The rule of imputation
  (`date_imputation`) and every imputed date stand in the findings.
- **Flags** are 0/1, true/false or Y/N; missing is allowed.
- **Results** of laboratory tests are numbers or texts: `<0.15` (below the limit of detection), `2+`, `trace`.
- **Missing** is an empty cell, `NA` or `.`; in items also `ND` (not done).
- Nothing is dropped and nothing is guessed: what is wrong is a finding with table, row, column, value and rule.

```python
import mscsle as ms
from mscsle.trial import schema

schema("infusions").to_frame()   # this page, as a frame
```
"""


def page() -> str:
    """The page as Markdown."""
    parts = [_INTRODUCTION]
    for name, meaning, key in _core.schema_tables():
        parts.append(f"## {name}\n\n{meaning}. Key: {', '.join(f'`{k}`' for k in key)}.\n\n{_columns_of(name)}")
    tests = lab_tests(library="numpy")
    rows = zip(tests.test, tests.name, tests.unit, tests.accepted, tests.low, tests.high, strict=True)
    parts.append(
        "## Laboratory tests\n\n"
        "Values of the column `test` of `labs`. Spellings of a unit do not matter (`µmol/L`, `umol/l`; `×10⁹/L`, `10*9/L`). "
        "Outside the plausible range, which is no reference range, a result is a finding and is not used.\n\n"
        + markdown_table(
            ("test", "meaning", "unit", "also accepted", "plausible"),
            (
                (f"`{test}`", name, unit, ", ".join(accepted.split(", ")[1:]), f"{_number(low)} to {_number(high)}")
                for test, name, unit, accepted, low, high in rows
            ),
        )
    )
    known = rules(library="numpy")
    parts.append(
        "## Rules of the checks\n\n"
        "An *error* cannot be right and is not used; a *warning* is contradictory or incomplete and stands; a *note* is worth "
        "knowing.\n\n"
        + markdown_table(
            ("rule", "severity", "finds"),
            ((f"`{r}`", s, m) for r, s, m in zip(known.rule, known.severity, known.meaning, strict=True)),
        )
    )
    return "\n".join(parts)


def _columns_of(name: str) -> str:
    columns = schema(name, library="numpy")
    rows = zip(
        columns.column, columns.kind, columns.unit, columns.required, columns.allowed, columns.meaning, strict=True
    )
    return markdown_table(
        ("column", "kind", "unit", "allowed", "meaning"),
        (
            (f"`{column}`{' (required)' if required else ''}", kind, unit, allowed, meaning)
            for column, kind, unit, required, allowed, meaning in rows
        ),
    )


def markdown_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = [_line(head), _line(["---"] * len(head)), *(_line(row) for row in rows)]
    return "\n".join(lines) + "\n"


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _number(x: float) -> str:
    return f"{x:g}" if abs(x) < 1e6 else f"{x:.0f}"


if __name__ == "__main__":
    sys.stdout.write(page())
