"""A file appears whole or not at all; its lengths, times and identifiers come back as they stood."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import mscsle as ms
from mscsle.exceptions import DataError, FileError, OptionError

OLD = {"A": [1.0, 2.0], "T": ["a", "b"]}
#: What is refused only when its row is reached.
BAD = {
    ".xpt": {"A": [*range(999), 1e80], "T": ["a"] * 1000},
    ".json": {"A": [float(i) for i in range(1000)], "T": ["a"] * 1000},
    ".csv": {"A": [1.0], "T": [b"x"]},
    ".parquet": {"A": [1.0], "T": [object()]},
    ".arrow": {"A": [np.inf], "T": ["a"]},
}


@pytest.mark.parametrize("suffix", [".xpt", ".json", ".csv", ".parquet", ".arrow"])
def test_a_refused_write_leaves_the_older_file(tmp_path: Path, suffix: str) -> None:
    path = ms.write(OLD, tmp_path / f"a{suffix}")
    before = path.read_bytes()
    bad: Any = BAD[suffix]
    if suffix == ".json":
        typed = ms.read(ms.write({"A": [1, 2]}, tmp_path / "typed.json"), metadata=True)
        bad = dataclasses.replace(
            typed, values={"A": np.asarray(["2020-01-01", "12020-01-01"], dtype="M8[D]")}, types={"A": "date"}
        )
        (tmp_path / "typed.json").unlink()
    with pytest.raises(DataError):
        ms.write(bad, path)
    assert path.read_bytes() == before
    assert [f.name for f in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("version", [5, 8])
def test_a_stream_that_fails_leaves_the_older_file(tmp_path: Path, version: Any) -> None:
    path = ms.write(OLD, tmp_path / "a.xpt")
    before = path.read_bytes()

    def stream(*chunks: Any, error: BaseException | None = None) -> None:
        with ms.io.XportWriter(path, lengths={"T": 1}, version=version) as out:
            for chunk in chunks:
                out.write(chunk)
                assert path.read_bytes() == before
            if error is not None:
                raise error

    with pytest.raises(DataError, match="1e80, which lies outside"):
        stream(OLD, {"A": [1e80], "T": ["x"]})
    with pytest.raises(KeyError):
        stream(OLD, error=KeyError("of the user"))
    with pytest.raises(DataError, match="nothing was written"):
        stream()
    out = ms.io.XportWriter(path, lengths={"T": 1}, version=version)
    out.write(OLD)
    del out
    assert path.read_bytes() == before
    assert [f.name for f in tmp_path.iterdir()] == ["a.xpt"]
    stream(OLD, OLD)
    assert len(ms.read(path, library="pandas")) == 4
    assert [f.name for f in tmp_path.iterdir()] == ["a.xpt"]


@pytest.mark.parametrize("suffix", [".json", ".ndjson"])
def test_a_stream_of_dataset_json_that_fails_leaves_the_older_file(tmp_path: Path, suffix: str) -> None:
    path = ms.write(OLD, tmp_path / f"a{suffix}")
    before = path.read_bytes()

    def stream(records: int | None, *chunks: Any) -> None:
        with ms.io.DatasetJsonWriter(path, records=records) as out:
            for chunk in chunks:
                out.write(chunk)
                assert path.read_bytes() == before

    with pytest.raises(DataError, match="the first chunk had the columns"):
        stream(None, OLD, {"A": [1.0]})
    with pytest.raises(DataError, match="5 rows were announced and 2 given"):
        stream(5, OLD)
    with pytest.raises(DataError, match="cannot be written"):
        stream(None, {"A": [1]}, {"A": [0.5]})
    assert path.read_bytes() == before
    assert [f.name for f in tmp_path.iterdir()] == [path.name]
    stream(None, OLD, OLD)
    assert len(ms.read(path, library="numpy")["A"]) == 4


@pytest.mark.parametrize("suffix", [".xpt", ".json", ".csv", ".parquet"])
def test_what_the_system_refuses_is_an_error_of_ours(tmp_path: Path, suffix: str) -> None:
    with pytest.raises(FileError, match="cannot be written"):
        ms.write(OLD, tmp_path / "none" / f"a{suffix}")
    path = ms.write(OLD, tmp_path / f"a{suffix}")
    path.chmod(0o444)
    before = path.read_bytes()
    with pytest.raises(FileError, match=r"cannot be written: [Pp]ermission denied"):
        ms.write({"A": [3.0]}, path)
    assert path.read_bytes() == before
    path.chmod(0o640)
    link = tmp_path / f"link{suffix}"
    link.symlink_to(path)
    ms.write({"A": [3.0]}, link)
    assert link.is_symlink() and path.stat().st_mode & 0o777 == 0o640
    assert [float(v) for v in ms.read(path, library="numpy")["A"]] == [3.0]
    folder = tmp_path / f"folder{suffix}"
    folder.mkdir()
    with pytest.raises(FileError, match=r"[Dd]irectory"):
        ms.write(OLD, folder)


def test_text_that_would_be_a_header_in_the_last_record_is_refused(tmp_path: Path) -> None:
    mark = "HEADER RECORD*******MEMBER  HEADER RECORD!!!!!!!"
    for version in (5, 8):
        with pytest.raises(DataError, match="the texts hold the beginning of a header record"):
            ms.write({"A": [mark]}, tmp_path / "h.xpt", version=version)  # type: ignore[arg-type]
    assert not (tmp_path / "h.xpt").exists()


def lengths_of(path: Path) -> dict[str, int]:
    return {name: int(a["length"]) for name, a in ms.read(path, metadata=True).column_attributes.items()}


def test_lengths_are_given_or_kept(tmp_path: Path, root: Path) -> None:
    path = ms.write(OLD, tmp_path / "a.xpt", lengths={"T": 20, "A": 4})
    assert lengths_of(path) == {"A": 4, "T": 20}
    dataset = ms.read(path, metadata=True)
    assert lengths_of(ms.write(dataset, tmp_path / "b.xpt")) == {"A": 4, "T": 20}
    assert lengths_of(ms.write(dataset, tmp_path / "b.xpt", lengths={"T": 3})) == {"A": 4, "T": 3}
    more = dataclasses.replace(dataset, values={"A": [0.1, 2.0], "T": ["x" * 30, "b"]})
    assert lengths_of(ms.write(more, tmp_path / "b.xpt")) == {"A": 8, "T": 30}
    with pytest.raises(DataError, match="`T`, row 0 has a text of 30 bytes; at most 20 fit"):
        ms.write(more, tmp_path / "b.xpt", lengths={"T": 20})
    with pytest.raises(DataError, match="`A`, row 0 is 1e-1, which is not exact in the length"):
        ms.write(more, tmp_path / "b.xpt", lengths={"A": 4})
    with pytest.raises(DataError, match="column `U` not found"):
        ms.write(OLD, tmp_path / "b.xpt", lengths={"U": 20})
    with pytest.raises(OptionError, match="the length of `T` must be a number of bytes, but is '20'"):
        ms.write(OLD, tmp_path / "b.xpt", lengths={"T": "20"})  # type: ignore[dict-item]
    with pytest.raises(OptionError, match="`lengths` is not an argument for a CSV file"):
        ms.write(OLD, tmp_path / "b.csv", lengths={"T": 20})
    pilot = root / "tests" / "data" / "cdisc" / "dm.xpt"
    assert lengths_of(ms.write(ms.read(pilot, metadata=True), tmp_path / "dm.xpt")) == lengths_of(pilot)
    with ms.io.XportWriter(tmp_path / "dm.xpt") as out:
        for chunk in ms.io.iter_xport(pilot, rows=100):
            out.write(chunk)
    assert lengths_of(tmp_path / "dm.xpt") == lengths_of(pilot)


def test_times_and_midnights_of_dataset_json_are_kept(tmp_path: Path) -> None:
    column = {"label": "", "targetDataType": "integer"}
    columns = [
        {"itemOID": "IT.ATM", "name": "ATM", "dataType": "time", **column},
        {"itemOID": "IT.ADTM", "name": "ADTM", "dataType": "datetime", **column},
    ]
    rows = [["08:30:00", "2020-01-01T00:00:00"], [None, None], ["23:59:59.5", "2020-02-01T00:00:00"]]
    head = {"datasetJSONCreationDateTime": "2020-01-01T00:00:00", "datasetJSONVersion": "1.1.0"}
    about = {"itemGroupOID": "IG.A", "records": 3, "name": "A", "label": "a", "columns": columns, "rows": rows}
    source = tmp_path / "source.json"
    source.write_text(json.dumps({**head, **about}))
    again = json.loads(ms.write(ms.read(source, metadata=True), tmp_path / "a.json").read_text())
    assert again["rows"] == rows
    assert [(c["dataType"], c["targetDataType"]) for c in again["columns"]] == [
        ("time", "integer"),
        ("datetime", "integer"),
    ]
    transport = ms.read(ms.write(ms.read(source, metadata=True), tmp_path / "a.xpt"), metadata=True)
    assert transport.formats == {"ATM": "TIME8.", "ADTM": "DATETIME20."}
    assert transport.values["ATM"].tolist()[0] == 30600.0
    assert [str(v) for v in transport.values["ADTM"]] == ["2020-01-01T00:00:00", "NaT", "2020-02-01T00:00:00"]


@pytest.mark.parametrize("format", ["DTDATE9.", "DTMONYY7.", "E8601DN10."])
def test_datetimes_shown_as_dates_are_datetimes(tmp_path: Path, format: str) -> None:
    stamps = np.asarray(["2020-01-01T08:30:00"], dtype="M8[s]")
    path = ms.write({"A": stamps}, tmp_path / "a.xpt", formats={"A": format})
    assert ms.read(path, metadata=True).values["A"].tolist() == stamps.tolist()


def test_long_identifiers_are_read_apart_or_refused(tmp_path: Path) -> None:
    ids = ["110105199001011234", "110105199001011235"]
    path = tmp_path / "a.csv"
    path.write_text("id,x\n" + "".join(f"{v},1\n" for v in ids))
    frame = ms.read(path, library="numpy")
    assert list(frame["id"]) == ids
    for word, wanted in (("integer", "not a whole number up to 2"), ("text", "")):
        if wanted:
            with pytest.raises(DataError, match=f"`id`, row 0 is `{ids[0]}`, {wanted}"):
                ms.read(path, schema={"id": word})
        else:
            assert list(ms.read(path, schema={"id": word}, library="numpy")["id"]) == ids
    source = ms.write({"ID": [9007199254740992]}, tmp_path / "a.json")
    assert ms.read(source, library="numpy")["ID"].tolist() == [9007199254740992]
    for long in ("9007199254740993", "110105199001011234"):
        source.write_text(source.read_text().replace("9007199254740992", long))
        with pytest.raises(DataError, match=rf"the cell is the number {long}, not a whole number up to 2\^53"):
            ms.read(source)
        source.write_text(source.read_text().replace(long, "9007199254740992"))
