"""`mscsle score` for every instrument: the same numbers as the function, its help, its options, its errors."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest

import mscsle as ms
from mscsle import _core
from mscsle._cli_score import INSTRUMENTS
from mscsle.cli import main

KEYS = {"usubjid": ["007", "007"], "visit": ["M0", "M3"]}
SLEDAI = {item: ["0", "0"] for item, _, _ in _core.sledai_items()}
BILAG = {item: ["", ""] if kind == "value" else ["0", "0"] for _, item, _, kind, _ in _core.bilag2004_items()}

#: Instrument: columns of the file, options, a column of the result with what it holds.
CASES: dict[str, tuple[dict[str, list[str]], list[str], str, list[str]]] = {
    "sledai": (SLEDAI | {"arthritis": ["Y", "0"], "fever": ["", "1"]}, ["--missing", "absent"], "total", ["4", "1"]),
    "sledai-labs": (
        {"platelets": ["99.9", "100"]},
        ["--attribution", "assume"],
        "thrombocytopenia",
        ["1", "0"],
    ),
    "bilag2004": (
        BILAG
        | {"date": ["2010-01-01", "2010-04-01"], "arthritis_severe": ["4", "ND"], "arthritis_mild": ["0", "1"]}
        | {"upcr_mg_mmol": ["60", "20"]},
        ["--missing", "absent"],
        "musculoskeletal",
        ["A", "C"],
    ),
    "bilag-total": (
        {"visit": ["M0", "M0"], "system": ["renal", "general"], "grade": ["A", "C"]},
        ["--coding", "classic-9-3-1-0"],
        "lower",
        ["10"],
    ),
    "egfr": (
        {"creatinine": ["88.4", ""], "age": ["30", "30"], "sex": ["F", "M"]},
        ["--creatinine-unit", "umol/L"],
        "note",
        ["", "missing_creatinine"],
    ),
    "ctcae": (
        {"test": ["platelets", "platelets"], "value": ["150", "24"], "unit": ["10^9/L"] * 2, "lln": ["150"] * 2},
        [],
        "grade",
        ["0", "4"],
    ),
    "sdi": (
        {"cataract": ["1", "1"], "avascular_necrosis": ["0", "2"]},
        ["--version", "full-41"],
        "lower",
        ["1.0", "3.0"],
    ),
    "clasi-activity": ({"erythema_nose": ["2", "0"]}, [], "lower", ["2.0", "0.0"]),
    "clasi-damage": ({"scarring_scalp": ["3", "0"]}, [], "lower", ["3.0", "0.0"]),
    "pga": ({"value": ["1.5", "35"], "scale_max": ["3", "100"]}, [], "pga", ["1.5", "1.05"]),
    "sle-das": ({"total": ["2.08", "7.65"]}, [], "label", ["remission", "moderate or severe"]),
    "flare-index": (
        {"sledai": ["9", "13"], "sledai_previous": ["6", "10"]},
        ["--modified"],
        "label",
        ["mild/moderate", "mild/moderate"],
    ),
    "revised-flare-index": ({"renal": ["2", "3"]}, [], "lower", ["2.0", "3.0"]),
    "crs": (
        {"temperature": ["37", "38.5"], "hypotension": ["1", "1"], "vasopressors": ["1", "1"], "oxygen": ["0", "0"]},
        ["--fever-not-required"],
        "label",
        ["grade 3", "grade 3"],
    ),
    "icans": ({"ice": ["8", "1"]}, [], "lower", ["1.0", "3.0"]),
    "infusion-reaction": (
        {"interrupted": ["1", "1"], "hours_after_start": ["2", "30"]},
        ["--window-hours", "36"],
        "label",
        ["grade 2", "grade 2"],
    ),
    "prednisone": (
        {"drug": ["methylprednisolone"] * 2, "dose": ["16", "8"], "unit": ["mg"] * 2, "frequency": ["daily"] * 2},
        [],
        "prednisone_mg_per_day",
        ["20.0", "10.0"],
    ),
}


def write(path: Path, columns: dict[str, list[str]]) -> Path:
    lines = [",".join(columns), *(",".join(row) for row in zip(*columns.values(), strict=True))]
    path.write_text("\n".join(lines) + "\n")
    return path


def read(path: Path) -> dict[str, list[str]]:
    header, *rows = csv.reader(io.StringIO(path.read_text()))
    return {name: [row[k] for row in rows] for k, name in enumerate(header)}


@pytest.mark.parametrize("instrument", INSTRUMENTS)
def test_every_instrument_scores_a_file(instrument: str, tmp_path: Path) -> None:
    columns, options, name, expected = CASES[instrument]
    file = write(tmp_path / "in.csv", KEYS | columns)
    assert main(["score", instrument, str(file), "--out", str(tmp_path / "out.csv"), *options]) == 0
    found = read(tmp_path / "out.csv")
    assert found[name] == expected
    assert set(found["usubjid"]) == {"007"}, "subjects stay as they are written"
    assert found["visit"][0] == "M0"


@pytest.mark.parametrize("instrument", INSTRUMENTS)
def test_every_instrument_says_which_columns_it_reads(instrument: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["score", instrument, "--fields"])
    fields = capsys.readouterr().out
    assert stop.value.code == 0
    for name in CASES[instrument][0]:
        assert name in KEYS or name == "date" or name in fields, name
    with pytest.raises(SystemExit) as stop:
        main(["score", instrument, "--help"])
    assert stop.value.code == 0
    text = " ".join(capsys.readouterr().out.split())
    for option in INSTRUMENTS[instrument].options:
        assert option.flag in text
    assert "one row a" in text and "--column NAME=HEADER" in text


def test_columns_of_other_names_are_taken(tmp_path: Path) -> None:
    file = write(tmp_path / "in.csv", {"patient": ["1"], "PLT": ["80"]})
    out = tmp_path / "out.csv"
    arguments = ["score", "sledai-labs", str(file), "--out", str(out), "--attribution", "assume"]
    assert main([*arguments, "--column", "platelets=PLT", "--column", "usubjid=patient"]) == 0
    assert (read(out)["usubjid"], read(out)["thrombocytopenia"]) == (["1"], ["1"])


def test_an_absent_item_column_is_a_warning_on_stderr(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    columns = KEYS | {"date": ["2010-01-01", "2010-04-01"], "pyrexia": ["4", "1"]}
    assert main(["score", "bilag2004", str(write(tmp_path / "in.csv", columns))]) == 0
    captured = capsys.readouterr()
    assert captured.err.startswith("mscsle: warning: ") and captured.out.startswith("usubjid,visit,date,constitutional")


@pytest.mark.parametrize(
    ("instrument", "columns", "options", "says"),
    [
        ("bilag2004", {"date": ["2010-01-01"], "pyrexia": ["5"]}, [], "column `pyrexia` must be 0, 1, 2, 3 or 4, but row 0 is 5"),
        ("bilag-total", {"system": ["renal"], "grade": ["F"]}, ["--coding", "classic-9-3-1-0"], "`grade` must be A, B, C, D or E, but row 0 is 'F'"),
        ("bilag-total", {"system": ["renal"], "grade": ["A"]}, ["--coding", "9-3-1"], "unknown coding `9-3-1`"),
        ("clasi-activity", {"erythema_nose": ["4"]}, [], "`erythema_nose` must be a whole number from 0 to 3, but row 0 is 4"),
        ("sle-das", {"score": ["4"]}, [], "column `total` not found"),
        ("sledai", SLEDAI_ONE := {item: ["0"] for item in SLEDAI}, ["--missing", "locf"], "`--missing locf` needs `--max-age-days DAYS`"),
        ("sledai", SLEDAI_ONE, ["--max-age-days", "9"], "`--max-age-days` belongs to `--missing locf`"),
        ("sledai", SLEDAI_ONE, ["--column", "fever=Temp"], "has no column `Temp`"),
        ("sledai", SLEDAI_ONE, ["--column", "fever=rash"], "has two columns `fever`"),
        ("egfr", {"creatinine": ["88"], "age": ["30"], "sex": ["X"]}, ["--creatinine-unit", "umol/L"], "column `sex` must be `F` or `M`"),
    ],
)  # fmt: skip
def test_errors_name_column_row_and_value(
    instrument: str, columns: dict[str, Any], options: list[str], says: str, tmp_path: Path, capsys: Any
) -> None:
    file = write(tmp_path / "in.csv", {"usubjid": ["1"], "visit": ["M0"]} | columns)
    assert main(["score", instrument, str(file), "--out", str(tmp_path / "out.csv"), *options]) == 2
    assert says in capsys.readouterr().err
    assert not (tmp_path / "out.csv").exists()


def test_a_file_is_needed_and_a_renaming_has_two_sides(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["score", "sdi"])
    assert "the following arguments are required: FILE" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["score", "sdi", "in.csv", "--column", "cataract"])
    assert "must be NAME=HEADER" in capsys.readouterr().err


def test_the_file_gives_what_the_function_gives(tmp_path: Path) -> None:
    columns, _, _, _ = CASES["sledai"]
    assert (
        main(["score", "sledai", str(write(tmp_path / "in.csv", KEYS | columns)), "--out", str(tmp_path / "o.csv")])
        == 0
    )
    scores = ms.score.sledai(KEYS | columns)
    assert read(tmp_path / "o.csv")["lower"] == [str(x) for x in scores.lower]
