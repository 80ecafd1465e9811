"""Dataset-JSON in Python: the pilot's three files, the schema of the standard, and what the form cannot hold."""

from __future__ import annotations

import importlib
import json
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from jsonschema import Draft201909Validator

import mscsle as ms
import mscsle._frame
import mscsle.io
from mscsle.exceptions import DataError, DataWarning

PILOT = ["adtte", "adsl", "adcibc", "adae", "dm", "rs"]
#: SAS writes numbers into JSON with 15 digits: 8.549999999999999 of the transport file stands there as 8.55.
RTOL_15_DIGITS = 1e-15


def _same(a: Any, b: Any) -> bool:
    if isinstance(a, ms._frame.Texts):
        return [v or None for v in a] == [v or None for v in b]
    left, right = a.tolist(), b.tolist()
    return all(
        x == y or (ms._frame.is_missing(x) and ms._frame.is_missing(y)) for x, y in zip(left, right, strict=True)
    )


@pytest.mark.parametrize("name", [*PILOT, "vs"])
def test_the_three_files_of_a_data_set_are_the_same(root: Path, name: str) -> None:
    files = [
        ms.read(root / "tests" / "data" / "cdisc" / f"{name}{s}", metadata=True) for s in (".xpt", ".json", ".ndjson")
    ]
    for other in files[1:]:
        assert list(other.values) == list(files[0].values)
        for column, values in files[0].values.items():
            assert _same(values, other.values[column]), column


def test_laboratory_data_are_the_same_in_both_files_to_the_digits_of_the_json(root: Path) -> None:
    xpt, json_file = (
        ms.read(root / "tests" / "data" / "cdisc" / f"lb{s}", metadata=True, library="numpy") for s in (".xpt", ".json")
    )
    assert list(xpt.values) == list(json_file.values)
    for column, values in xpt.values.items():
        other = json_file.values[column]
        if isinstance(values, np.ndarray) and values.dtype.kind == "f":
            filled = np.ma.filled(np.ma.asarray(other, dtype=np.float64), np.nan)
            np.testing.assert_allclose(filled, values, rtol=RTOL_15_DIGITS, atol=0, err_msg=column)
        else:
            assert _same(values, other), column


@pytest.mark.parametrize("suffix", [".json", ".ndjson", ".dsjc"])
@pytest.mark.parametrize("name", PILOT)
def test_what_is_written_is_valid_by_the_schema_of_the_standard(
    root: Path, tmp_path: Path, name: str, suffix: str
) -> None:
    data = root / "tests" / "data" / "cdisc"
    given = ms.read(data / f"{name}.json", metadata=True)
    path = ms.write(given, tmp_path / f"{name}{suffix}")
    again = ms.read(path, metadata=True)
    assert all(_same(values, again.values[column]) for column, values in given.values.items())
    assert (again.labels, again.types, again.attributes, again.column_attributes) == (
        given.labels,
        given.types,
        given.attributes,
        given.column_attributes,
    )
    text = path.read_bytes()
    lines = (zlib.decompress(text) if suffix == ".dsjc" else text).decode().splitlines()
    original = json.loads((data / f"{name}.json").read_text())
    document = json.loads(lines[0])
    if suffix != ".json":
        document["rows"] = [json.loads(line) for line in lines[1:]]
    assert document == original
    schema = json.loads((data / "dataset.schema.json").read_text())
    Draft201909Validator(schema).validate({**document, "rows": document["rows"][:20]})


@pytest.mark.parametrize("library", ["pandas", "polars", "pyarrow"])
def test_transport_files_and_json_are_written_from_each_other(root: Path, tmp_path: Path, library: Any) -> None:
    given = ms.read(root / "tests" / "data" / "cdisc" / "adtte.xpt", metadata=True, library=library)
    from_json = ms.read(ms.write(given, tmp_path / "adtte.json"), metadata=True, library=library)
    again = ms.read(ms.write(from_json, tmp_path / "adtte.xpt"), metadata=True, library=library)
    assert all(_same(values, again.values[column]) for column, values in given.values.items())
    assert again.labels == given.labels
    frame = ms._frame.Frame(from_json.to_frame())
    assert frame.n_rows == 254 and frame.library == library


def test_special_missing_values_are_not_lost_in_silence(tmp_path: Path) -> None:
    tags = np.asarray([0, ord("A")], dtype=np.uint8)
    given = ms.io.Dataset(name="X", values={"X": np.asarray([1.0, np.nan])}, missing={"X": tags})
    with pytest.warns(
        DataWarning, match="column `X` holds the special missing values A, which Dataset-JSON does not have"
    ):
        ms.write(given, tmp_path / "x.json")


def test_whole_numbers_flags_and_nulls_have_their_types(tmp_path: Path) -> None:
    polars = importlib.import_module("polars")
    frame = polars.DataFrame({"N": [1, None], "F": [True, None], "T": ["", None], "X": [0.1, None]})
    path = ms.write(frame, tmp_path / "x.json")
    assert ms.read(path, library="polars").equals(frame)
    document = json.loads(path.read_text())
    assert document["rows"] == [[1, True, "", 0.1], [None, None, None, None]]
    assert [c["dataType"] for c in document["columns"]] == ["integer", "boolean", "string", "float"]


def test_a_damaged_file_names_byte_row_and_column(root: Path, tmp_path: Path) -> None:
    text = (root / "tests" / "data" / "cdisc" / "dm.ndjson").read_text()
    path = tmp_path / "dm.ndjson"
    path.write_text(text[: len(text) // 2])
    with pytest.raises(
        DataError, match=r"byte \d+, row \d+: the file ends inside a value that begins here; it is cut off"
    ):
        ms.read(path)
    lines = text.splitlines(keepends=True)
    path.write_text("".join(lines[:-1]))
    with pytest.raises(
        DataError, match=r"`records` says \d+ rows, but there are \d+; the file is cut off or was changed"
    ):
        ms.read(path)
    path.write_text(lines[0].replace('"dataType": "string"', '"dataType": "integer"', 1) + "".join(lines[1:]))
    with pytest.raises(DataError, match=r"row 0, column `STUDYID`: the cell is the text"):
        ms.read(path)
