"""Transport files of `ms.write` as R, pyreadstat and pandas read them: `python test_xport_in_r.py` writes, `make.R` reads."""

from __future__ import annotations

import importlib
import json
import math
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import mscsle as ms
import mscsle.io

HERE = Path(__file__).parent
TAGS = ["", *"._", *(chr(c) for c in range(ord("A"), ord("Z") + 1))]
VALUES = [0.0, -0.0, 1.0, -1.0, 1 / 3, 0.1, 2.0**53, -123456.789, 1e-69, 7.2e75]
LONG = "LONG_VARIABLE_NAME_OF_32_LETTERS"


def dataset(version: int) -> mscsle.io.Dataset:
    """Each special missing value, numbers to the limits, dates, times, texts to the limit of the version."""
    n = len(VALUES) + len(TAGS) - 1
    known = len(VALUES)
    numbers = np.asarray([*VALUES, *[np.nan] * (n - known)])
    tags = np.asarray([0] * known + [ord(t) for t in TAGS[1:]], dtype=np.uint8)
    days = np.datetime64("1959-12-31") + np.arange(n) * 997
    days[3] = np.datetime64("NaT")
    stamps = np.datetime64("1960-01-01T00:00:01") + np.arange(n) * np.timedelta64(86_401, "s")
    notes: list[str | None] = [f"note {i}" for i in range(n)]
    notes[:6] = ["µmol/L", None, "  leading", "trailing", "x" * (200 if version == 5 else 300), "Ünïcödé €"]
    values: dict[str, Any] = {
        "USUBJID": [f"S-{i:03d}" for i in range(n)],
        "AVAL": numbers,
        "ADT": days,
        "ADTM": stamps,
        "NOTE": notes,
    }
    if version == 8:
        values[LONG] = np.arange(n, dtype=np.float64)
    return mscsle.io.Dataset(
        name="ADX",
        label="Hand-made data set",
        values=values,
        labels={c: f"Label of {c}" if c != LONG else "y" * 256 for c in values},
        formats={"ADT": "DATE9.", "ADTM": "DATETIME20."},
        missing={"AVAL": tags},
        library="numpy",
    )


def write(folder: Path) -> list[Path]:
    """Both files, with the time stamp of a fixed day."""
    created = datetime(2024, 2, 29, 12, 30)
    return [ms.write(dataset(v), folder / f"python_v{v}.xpt", version=v, created=created) for v in (5, 8)]


@pytest.mark.parametrize("version", [5, 8])
def test_the_writer_still_writes_the_bytes_that_r_has_read(version: int, tmp_path: Path) -> None:
    write(tmp_path)
    name = f"python_v{version}.xpt"
    assert (tmp_path / name).read_bytes() == (HERE / name).read_bytes()


@pytest.mark.parametrize(("version", "reader"), [(5, "haven"), (5, "foreign"), (8, "haven")])
def test_r_reads_every_value_tag_date_and_label(version: int, reader: str) -> None:
    read = json.loads((HERE / "reference_python.json").read_text(encoding="utf-8"))[f"v{version}_{reader}"]
    data = dataset(version)
    assert read["USUBJID"] == list(data.values["USUBJID"])
    numbers = [None if text is None else float(text) for text in read["AVAL"]]
    assert numbers[: len(VALUES)] == VALUES and all(v is None for v in numbers[len(VALUES) :])
    assert [v or "" for v in read["NOTE"]] == [v or "" for v in data.values["NOTE"]]
    if reader == "foreign":  # has neither tags nor dates nor labels of columns
        return
    # haven's tags are lower case; the ordinary missing value has none.
    tags = [None if t in ("", ".") else t.lower() for t in TAGS[1:]]
    assert read["tags"][len(VALUES) :] == tags
    assert read["ADT"] == [None if np.isnat(d) else str(d) for d in data.values["ADT"]]
    assert read["ADTM"] == [str(d).replace("T", " ") for d in data.values["ADTM"]]
    assert read["labels"] == list(data.labels.values()) and read["label"] == data.label
    if version == 8:
        assert read[LONG] == list(range(len(read[LONG])))


def test_pyreadstat_and_pandas_read_the_same_file() -> None:
    path, data = HERE / "python_v5.xpt", dataset(5)
    frame, meta = importlib.import_module("pyreadstat").read_xport(str(path))
    assert frame["AVAL"].tolist()[: len(VALUES)] == VALUES and frame["AVAL"].isna().sum() == len(TAGS) - 1
    assert meta.column_names_to_labels == dict(data.labels)
    assert [str(d) for d in frame["ADT"]][:3] == ["1959-12-31", "1962-09-23", "1965-06-16"]
    assert [v or "" for v in frame["NOTE"]] == [v or "" for v in data.values["NOTE"]]
    sas = importlib.import_module("pandas").read_sas(path, format="xport", encoding="utf-8")
    # pandas makes 5.4e-79 of each zero (pandas issue 50670); the rest agrees.
    for value, read in zip(VALUES[2:], sas["AVAL"].tolist()[2:], strict=False):
        assert math.isclose(value, read, rel_tol=1e-15)
    assert sas["USUBJID"].tolist() == list(data.values["USUBJID"])


if __name__ == "__main__":
    for written in write(HERE):
        print(written.name)
