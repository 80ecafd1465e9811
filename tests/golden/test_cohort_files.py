"""The shipped cohorts are made from their stored seeds, byte for byte."""

from __future__ import annotations

from pathlib import Path

import pytest

from mscsle import _core

DATASETS = Path(_core.__file__).parent / "datasets"
COHORTS = {name: seed for name, _title, _citation, seed in _core.cohort_list()}


@pytest.mark.parametrize("cohort", COHORTS)
def test_files_regenerate_byte_for_byte_from_the_stored_seed(cohort: str) -> None:
    files = dict(_core.generate_cohort(cohort, COHORTS[cohort]))
    folder = DATASETS / cohort
    assert sorted(p.name for p in folder.iterdir()) == sorted(files)
    for name, content in files.items():
        assert (folder / name).read_bytes() == content, name


@pytest.mark.parametrize("cohort", COHORTS)
def test_every_file_set_says_that_it_is_synthetic(cohort: str) -> None:
    files = dict(_core.generate_cohort(cohort, COHORTS[cohort]))
    assert "SYNTHETIC, calibrated to published summaries, not patient data" in files["cohort.toml"].decode()
    header, *rows = files["subjects.csv"].decode().splitlines()
    position = header.split(",").index("synthetic")
    assert rows and all(row.split(",")[position] == "1" for row in rows)


def test_another_seed_gives_other_data_with_the_same_margins() -> None:
    first, second = (dict(_core.generate_cohort("gu2014", seed)) for seed in (1, 2))
    assert first["labs.csv"] != second["labs.csv"]
    assert len(first["subjects.csv"].splitlines()) == len(second["subjects.csv"].splitlines()) == 82


def test_an_unknown_cohort_is_refused_with_the_names_there_are() -> None:
    from mscsle.exceptions import OptionError

    with pytest.raises(OptionError, match="unknown cohort `gu2015`; use `gu2014`"):
        _core.generate_cohort("gu2015", 1)
