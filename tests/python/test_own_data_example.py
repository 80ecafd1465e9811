"""The example of own data: its files are what its script makes, and the findings name every damage it lists."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

import mscsle as ms
from mscsle.report.plan_reader import read_plan


@pytest.fixture(scope="module")
def example(root: Path) -> Path:
    return root / "examples" / "own_data"


def _script(example: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_example", example / "make_example.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_files_are_what_the_script_makes(example: Path, tmp_path: Path) -> None:
    _script(example).main(tmp_path)
    made = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    kept = {path.name: path.read_bytes() for path in (example / "data").iterdir()}
    assert made == kept, "run `python examples/own_data/make_example.py`"


def test_the_findings_name_every_damage_and_nothing_else(example: Path) -> None:
    trial = ms.read_trial(example / "data", library="numpy")
    listed = []
    for line in (example / "README.md").read_text(encoding="utf-8").splitlines():
        row = re.match(r"\| (\w+) \| (.*) \| (`.*`) \|$", line)
        if row and row[1] != "table":
            subject = re.search(r"GU-\d+", row[2])
            assert subject is not None
            rules = re.findall(r"`(\w+)`", row[3])
            listed += [(rule, subject[0]) for rule in rules]
    found = [
        (rule, (subject or "").replace("04O", "040"))
        for rule, subject in zip(trial.findings.rule, trial.findings.subject, strict=True)
    ]
    assert sorted(found) == sorted(listed)


def test_the_plan_is_a_plan(example: Path) -> None:
    plan = read_plan(example / "plan.toml")
    assert [visit.label for visit in plan.visits] == ["M0", "M3", "M6", "M12"]
    assert not plan.published


def test_the_report_comes_out_and_names_what_was_left_out(example: Path, tmp_path: Path) -> None:
    trial = ms.read_trial(example / "data", library="numpy")
    ms.run(example / "plan.toml", data=example / "data", out=tmp_path)
    findings = (tmp_path / "tables" / "data_findings.csv").read_text(encoding="utf-8")
    for table, rule in zip(trial.findings.table, trial.findings.rule, strict=True):
        assert re.search(rf"{table}.*{rule}|{rule}.*{table}", findings), f"{table} {rule}"
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert "SYNTHETIC" in page and "15 errors, 5 warnings, 1 note" in page
