"""Dataset-JSON chunk by chunk: the same cells as in one piece, types of the first chunk, memory that does not grow."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import mscsle as ms
import mscsle.io
from mscsle.exceptions import DataError, DataWarning, MissingFileError, OptionError

pd, pl = (importlib.import_module(m) for m in ("pandas", "polars"))
PILOT = ["adtte", "adsl", "adcibc", "adae", "dm", "rs"]


@pytest.mark.parametrize("form", ["json", "ndjson", "dsjc"])
@pytest.mark.parametrize("name", PILOT)
def test_chunks_of_the_pilot_go_through_and_are_the_whole(name: str, form: str, root: Path, tmp_path: Path) -> None:
    source = root / "tests" / "data" / "cdisc" / f"{name}.json"
    whole = ms.read(source, metadata=True, library="numpy")
    path = tmp_path / f"{name}.{form}"
    with ms.io.DatasetJsonWriter(path, records=whole.n_rows if form == "dsjc" else None) as out:
        for chunk in ms.io.iter_dataset_json(source, rows=50):
            assert chunk.n_rows <= 50
            out.write(chunk)
    again = ms.read(path, metadata=True, library="numpy")
    assert ms.compare(whole, again).equal
    assert (again.name, again.label, again.labels, again.types) == (whole.name, whole.label, whole.labels, whole.types)
    assert again.column_attributes == whole.column_attributes
    assert again.attributes["studyOID"] == whole.attributes["studyOID"]


@pytest.mark.parametrize("form", ["json", "ndjson", "dsjc"])
def test_an_announced_file_is_the_same_as_one_in_a_piece(form: str, tmp_path: Path) -> None:
    chunks = [{"A": ["x", None], "B": [1.5, np.nan]}, {"A": ["", "y"], "B": [2.0, -0.25]}]
    with ms.io.DatasetJsonWriter(tmp_path / f"c.{form}", records=4, name="a", lengths={"A": 1}) as out:
        for chunk in chunks:
            out.write(chunk)
    whole = {"A": ["x", None, "", "y"], "B": [1.5, np.nan, 2.0, -0.25]}
    one = ms.write(whole, tmp_path / f"a.{form}")
    assert (tmp_path / f"c.{form}").read_bytes() == one.read_bytes()


def test_the_number_of_rows_is_written_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "a.ndjson"
    with ms.io.DatasetJsonWriter(path) as out:
        out.write({"A": [1, 2]})
        out.write({"A": [3]})
    assert json.loads(path.read_text().splitlines()[0])["records"] == 3
    unfinished = ms.io.DatasetJsonWriter(path)
    unfinished.write({"A": [1]})
    assert ms.read(path, library="numpy")["A"].tolist() == [1, 2, 3]  # until the file is whole


def test_what_a_compressed_file_and_other_forms_need() -> None:
    with pytest.raises(OptionError, match=r"give `records=`, or write `\.ndjson`"):
        ms.io.DatasetJsonWriter("a.dsjc")
    with pytest.raises(OptionError, match=r"unknown form `\.xpt`; use `json`, `ndjson`, `dsjc`"):
        ms.io.DatasetJsonWriter("a.xpt")
    with pytest.raises(OptionError, match="unknown type `number`; use `string`, `integer`"):
        ms.io.DatasetJsonWriter("a.json", types={"A": "number"})


def test_other_rows_than_announced_are_refused(tmp_path: Path) -> None:
    with (
        pytest.raises(DataError, match="3 rows were announced and 1 given"),
        ms.io.DatasetJsonWriter(tmp_path / "a.json", records=3) as out,
    ):
        out.write({"A": [1]})
    with pytest.raises(DataError, match="nothing was written"):
        ms.io.DatasetJsonWriter(tmp_path / "a.json").close()


def test_dates_are_what_the_first_chunk_or_the_declared_type_says(tmp_path: Path) -> None:
    midnight, later = datetime(2020, 1, 1), datetime(2020, 1, 2, 3)
    path = tmp_path / "a.json"
    for types in ({}, {"T": "datetime"}):
        with ms.io.DatasetJsonWriter(path, types=types) as out:
            for chunk in (pd.DataFrame({"T": [midnight]}), pl.DataFrame({"T": [later]}), {"T": [date(2020, 1, 3)]}):
                out.write(chunk)
        back = ms.read(path, metadata=True, library="numpy")
        assert back.types["T"] == "datetime"
        assert [str(v) for v in back.values["T"]] == [
            "2020-01-01T00:00:00",
            "2020-01-02T03:00:00",
            "2020-01-03T00:00:00",
        ]
    out = ms.io.DatasetJsonWriter(path, types={"T": "date"})
    out.write(pd.DataFrame({"T": [midnight]}))
    with pytest.raises(DataError, match=r"`T`, row 0 is 2020-01-02T03:00:00.*declare the column by `types=`"):
        out.write(pd.DataFrame({"T": [later]}))


def test_a_column_without_a_value_takes_its_declared_type(tmp_path: Path) -> None:
    path = tmp_path / "a.ndjson"
    with ms.io.DatasetJsonWriter(path, types={"N": "float", "S": "string", "D": "date"}) as out:
        out.write(pd.DataFrame({"N": [None], "S": [np.nan], "D": [None]}))
        out.write({"N": [1.5], "S": ["x"], "D": [date(2020, 1, 3)]})
    back = ms.read(path, metadata=True, library="numpy")
    assert [back.types[c] for c in "NSD"] == ["float", "string", "date"]
    assert (back.values["N"][1], back.values["S"][1], str(back.values["D"][1])) == (1.5, "x", "2020-01-03")


BAD: list[tuple[dict[str, Any], dict[str, Any], dict[str, Any], str]] = [
    ({}, {"A": [1]}, {"B": [1]}, "the first chunk had the columns `A`, this one `B`"),
    (
        {},
        {"A": [1]},
        {"A": ["x"]},
        "`A` holds texts, but the first chunk is for numbers; declare the column by `types=`",
    ),
    ({}, {"A": [1]}, {"A": [0.5]}, "`A`, row 1 is 0.5, which the type `integer` does not have"),
    ({"types": {"A": "float"}}, {"A": ["x"]}, {}, "column `A` holds texts, but its type is `float`"),
    ({"types": {"B": "float"}}, {"A": ["x"]}, {}, "there is no column `B`; the columns are `A`"),
    ({"lengths": {"A": 2}}, {"A": ["xy"]}, {"A": ["xyz"]}, "`A` holds a text of 3 characters, but its length is 2"),
]


@pytest.mark.parametrize(("options", "first", "second", "message"), BAD)
def test_what_contradicts_is_refused(
    options: dict[str, Any], first: dict[str, Any], second: dict[str, Any], message: str, tmp_path: Path
) -> None:
    out = ms.io.DatasetJsonWriter(tmp_path / "a.json", **options)
    with pytest.raises(DataError) as said:
        out.write(first)
        out.write(second)
    assert message in str(said.value)


def test_damage_and_misread_zeros_are_named_when_they_are_reached(tmp_path: Path) -> None:
    path = ms.write({"A": [0.25, 0.25, 1.0]}, tmp_path / "a.ndjson")
    text = path.read_text()
    path.write_text(text.replace("0.25", "5.397605346934028e-79"))
    with pytest.warns(DataWarning, match=r"column `A` .* in 1 row of these rows: a SAS zero") as said:
        assert sum(chunk.n_rows for chunk in ms.io.iter_dataset_json(path, rows=1)) == 3
    assert len(said) == 1
    path.write_text(text.rsplit("[", 1)[0])
    chunks = ms.io.iter_dataset_json(path, rows=1)
    next(chunks)
    with pytest.raises(DataError, match="`records` says 3 rows, but there are 2"):
        list(chunks)
    with pytest.raises(MissingFileError, match=r"nowhere\.json"):
        next(ms.io.iter_dataset_json("nowhere.json"))
    with pytest.raises(DataError, match="`rows` must be at least 1"):
        next(ms.io.iter_dataset_json(path, rows=0))


MEASURE = """
import resource, sys
import numpy as np
import mscsle as ms
path, n = sys.argv[1], int(sys.argv[2])
chunk = {"USUBJID": [f"S-{i:05d}" for i in range(5000)], "AVAL": np.arange(5000.0), "N": np.arange(5000)}
with ms.io.DatasetJsonWriter(path, records=5000 * n) as out:
    for _ in range(n):
        out.write(chunk)
rows = sum(part.n_rows for part in ms.io.iter_dataset_json(path, rows=5000, library="numpy"))
assert rows == 5000 * n
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""
#: KiB that a file of eight times the rows (8 MB more) may take beyond the small one: noise of the allocator.
MOST_GROWTH = 4096


@pytest.mark.parametrize("form", ["json", "ndjson", "dsjc"])
def test_memory_does_not_grow_with_the_file(form: str, tmp_path: Path) -> None:
    def peak(n: int) -> int:
        command = [sys.executable, "-c", MEASURE, str(tmp_path / f"a.{form}"), str(n)]
        return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)

    small, large = peak(8), peak(64)
    assert large - small < MOST_GROWTH, (small, large)
