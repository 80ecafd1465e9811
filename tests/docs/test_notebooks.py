"""The notebooks of the documentation: stored without outputs, executed, and what they show is what their text says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import pytest

NOTEBOOKS = sorted((Path(__file__).resolve().parents[2] / "docs" / "notebooks").glob("*.ipynb"))

#: What the text of a notebook says, as expressions over its names.
SAYS: dict[str, tuple[str, ...]] = {
    "one_patient.ipynb": (
        "scores.total.tolist() == [18, 16, 4, 14, 0]",
        "len(form) == 97",
        "grades.grade('renal').tolist() == ['A', 'B', 'C', 'A', 'C']",
        "grades.grade('mucocutaneous').tolist() == ['B', 'C', 'D', 'B', 'C']",
        "grades.grade('musculoskeletal').tolist() == ['B', 'B', 'D', 'D', 'D']",
        "responses['M6'] == 'R' and responses['M9'] == 'R' and responses['M3'] == 'NR'",
        "list(found['visit']) == ['M9'] and 'new A' in found['label'][0]",
        "grades.flares()['flare'].tolist()[3] == 'severe'",
        "index.label.tolist()[3] == 'severe'",
        "trial.findings.counts['error'] == 0 and trial.findings.counts['warning'] == 0",
    ),
    "published_trial.ipynb": (
        "trial.findings.counts['error'] == 0",
        "renal.by_visit(denominator='alive_at_visit').columns()['denominator'].tolist() == [78] * 3 + [77] * 6",
        "report.published_vs_computed().counts()['differs'] == 0",
    ),
}


def read(path: Path) -> Any:
    return nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.name)
def test_notebook_is_stored_small_and_without_outputs(path: Path) -> None:
    notebook = read(path)
    nbformat.validate(notebook)
    assert path.stat().st_size < 100_000
    for cell in notebook.cells:
        if cell.cell_type == "code":
            assert cell.outputs == [] and cell.execution_count is None


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.name)
def test_notebook_runs_and_shows_what_it_says(path: Path) -> None:
    from nbclient import NotebookClient

    notebook = read(path)
    assert path.name in SAYS, "say in `SAYS` what the notebook shows"
    checks = "\n".join(f"assert {says}, {says!r}" for says in SAYS[path.name])
    strict = nbformat.v4.new_code_cell("import warnings\nwarnings.simplefilter('error')")  # type: ignore[no-untyped-call]
    notebook.cells = [strict, *notebook.cells, nbformat.v4.new_code_cell(checks)]  # type: ignore[no-untyped-call]
    NotebookClient(notebook, timeout=300, kernel_name="python3").execute()
    shown = [cell for cell in notebook.cells if cell.cell_type == "code" and cell.outputs]
    assert len(shown) >= 8
