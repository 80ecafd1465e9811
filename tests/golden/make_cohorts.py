"""Write the embedded cohorts again from their stored seeds: ``python tests/golden/make_cohorts.py``."""

from __future__ import annotations

from pathlib import Path

from mscsle import _core

DATASETS = Path(__file__).parents[2] / "python" / "mscsle" / "datasets"


def main() -> None:
    """One folder a cohort."""
    for cohort, _title, _citation, seed in _core.cohort_list():
        folder = DATASETS / cohort
        folder.mkdir(exist_ok=True)
        for name, content in _core.generate_cohort(cohort, seed):
            (folder / name).write_bytes(content)


if __name__ == "__main__":
    main()
