"""The command line: what it prints, what it writes, its exit status."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import mscsle as ms
from mscsle.cli import main


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cli") / "data"
    ms.load("gu2014", library="numpy").write(folder)
    return folder


def test_run_writes_a_report_and_says_where(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "sun2012ln", "--out", str(tmp_path / "report")]) == 0
    out = capsys.readouterr().out
    assert "SYNTHETIC" in out and "index.html" in out
    assert (tmp_path / "report" / "index.html").is_file()


def test_run_takes_a_folder_of_tables(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "gu2014", "--data", str(data), "--out", str(tmp_path), "--quiet"]) == 0
    assert capsys.readouterr().out == ""
    assert (tmp_path / "manifest.json").is_file()


def test_studies_lists_the_published_reports(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["studies"]) == 0
    out = capsys.readouterr().out
    assert "gu2014" in out and "sun2012ln" in out


def test_check_of_clean_data_is_zero(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(data)]) == 0
    assert "0 errors" in capsys.readouterr().out


def test_check_of_wrong_data_is_one_and_names_the_row(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for file in data.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    text = (data / "subjects.csv").read_text().splitlines()
    (tmp_path / "subjects.csv").write_text("\n".join([*text, text[1]]) + "\n")
    assert main(["check", str(tmp_path), "--out", str(tmp_path / "findings.csv"), "--limit", "1"]) == 1
    out = capsys.readouterr().out
    assert "error: subjects, row 81" in out
    assert "severity" in (tmp_path / "findings.csv").read_text().splitlines()[0]


def test_check_says_how_rows_count_and_prints_subject_and_value(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for file in data.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    lines = (data / "subjects.csv").read_text().splitlines()
    header, cells = lines[0].split(","), lines[1].split(",")
    cells[header.index("sex")] = "X9"
    (tmp_path / "subjects.csv").write_text("\n".join([lines[0], ",".join(cells), *lines[2:]]) + "\n")
    main(["check", str(tmp_path)])
    out = capsys.readouterr().out
    assert out.count("Rows count from 0: row 0 is the first line of data") == 1
    assert f"subjects, row 0, subject {cells[header.index('usubjid')]}, sex = `X9`: " in out


@pytest.mark.parametrize("limit", ["-1", "1.5", "all"])
def test_check_refuses_a_limit_that_is_no_count(limit: str, data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["check", str(data), "--limit", limit])
    assert stop.value.code == 2
    assert f"must be a whole number >= 0, but is `{limit}`" in capsys.readouterr().err


def test_score_writes_one_row_an_assessment(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    assert main(["score", "sledai", str(data / "sledai.csv"), "--out", str(out)]) == 0
    lines = out.read_text().splitlines()
    assert len(lines) == len((data / "sledai.csv").read_text().splitlines())
    assert lines[0].startswith("usubjid,visit,date,total,")


def test_score_writes_to_standard_output(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["score", "sledai", str(data / "sledai.csv")]) == 0
    assert capsys.readouterr().out.startswith("usubjid,visit,date,total")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["run", "nowhere.toml", "--out", "x"], "plan file `nowhere.toml` not found"),
        (["run", "gu2013", "--out", "x"], "did you mean `gu2014`?"),
        (["check", "nowhere"], "nowhere"),
        (["score", "sledai", "nowhere.csv"], "file `nowhere.csv` not found"),
    ],
)
def test_input_that_cannot_be_used_is_status_two_on_stderr(
    arguments: list[str],
    words: str,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.err.startswith("mscsle: ") and words in captured.err
    assert captured.out == ""
    assert list(tmp_path.iterdir()) == []


def test_a_ragged_file_names_the_row(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "in.csv"
    file.write_text("usubjid,seizure\nA,1\nB\n")
    assert main(["score", "sledai", str(file)]) == 2
    assert "row 1 has 1 cells, but the header names 2 columns" in capsys.readouterr().err


def test_a_misused_command_line_is_status_two() -> None:
    with pytest.raises(SystemExit) as stop:
        main(["run", "gu2014"])
    assert stop.value.code == 2


def test_the_module_runs_and_knows_its_version() -> None:
    out = subprocess.run(
        [sys.executable, "-m", "mscsle", "--version"], capture_output=True, text=True, check=True
    ).stdout
    assert out.strip() == f"mscsle {ms.__version__}"


def test_no_progress_bar_without_a_terminal(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mscsle", "run", "sun2012ln", "--out", str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
