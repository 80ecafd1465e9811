"""Files cut off at every place and with single bits turned: read, or refused with file and place, and never anything else."""

from __future__ import annotations

import re
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import mscsle as ms
from mscsle.exceptions import DataError, DataWarning, FileError

#: Cuts and turned bits of a file; enough to meet every part of these small files.
N_CUTS, N_FLIPS = 120, 240

DATA: dict[str, list[Any]] = {
    "USUBJID": ["S-01", "S-02", 'Sjögren, "x"', "S-04"],
    "AVAL": [0.0, 1.5, -2.25e-5, 400.0],
    "ASEQ": [1, 2, 3, 4],
}
SCHEMA = {"USUBJID": "text", "AVAL": "number", "ASEQ": "integer"}


def sample(suffix: str, folder: Path, root: Path) -> Path:
    path = folder / f"sample{suffix}"
    if suffix == ".xml":
        path.write_bytes((root / "tests" / "data" / "cdisc" / "define.xml").read_bytes())
        return path
    return ms.write(DATA, path)


def read(path: Path) -> int:
    """Number of rows, or of data sets of a define.xml."""
    if path.suffix == ".xml":
        return len(ms.io.read_define(path).datasets)
    options: dict[str, Any] = {"schema": SCHEMA} if path.suffix == ".csv" else {}
    return int(ms.read(path, metadata=True, library="numpy", **options).n_rows)


#: What a message says about the place; a file that is empty, of another format or without a column as a whole has none.
PLACE = re.compile(r"byte \d+|line \d+|row \d+|is empty|is read as|has no (member|column)")


def damaged(path: Path, content: bytes) -> int | None:
    """Reads the bytes; the number of rows, or none when they are refused as they should be."""
    path.write_bytes(content)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        try:
            return read(path)
        except (DataError, FileError) as error:
            assert path.name in str(error), error
            assert PLACE.search(str(error)), error
            return None


@pytest.mark.parametrize("suffix", [".csv", ".json", ".ndjson", ".dsjc", ".xpt", ".xml"])
def test_a_file_cut_off_is_refused_with_file_and_place(tmp_path: Path, root: Path, suffix: str) -> None:
    path = sample(suffix, tmp_path, root)
    whole, n = path.read_bytes(), read(path)
    cuts = np.unique(np.linspace(0, len(whole) - 1, N_CUTS).astype(int)).tolist()
    found = {cut: damaged(path, whole[:cut]) for cut in cuts}
    refused = [cut for cut, rows in found.items() if rows is None]
    assert refused
    for cut, rows in found.items():
        if rows is not None and suffix != ".csv":
            # only what ends the file in white space may be lost
            assert whole[cut:].strip() == b"" and rows == n, (cut, rows)
        elif rows is not None:
            # a text file does not say where it ends: whole lines may be missing
            assert rows <= n, (cut, rows)


@pytest.mark.parametrize("suffix", [".csv", ".json", ".ndjson", ".dsjc", ".xpt", ".xml"])
def test_a_turned_bit_is_a_value_or_refused_with_file_and_place(tmp_path: Path, root: Path, suffix: str) -> None:
    path = sample(suffix, tmp_path, root)
    whole = path.read_bytes()
    random = np.random.default_rng(6)
    n = 60 if suffix == ".xml" else N_FLIPS  # a large file, slow to read
    places = random.integers(0, len(whole), n).tolist()
    refused = 0
    for place, bit in zip(places, random.integers(0, 8, n).tolist(), strict=True):
        content = bytearray(whole)
        content[place] ^= 1 << bit
        refused += damaged(path, bytes(content)) is None
    assert refused
