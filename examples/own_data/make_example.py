"""Makes the folder `data/`: the synthetic cohort of Gu 2014 as CSV tables, damaged the way real tables are.

    python examples/own_data/make_example.py [folder]

Nothing is random: the same cohort gives the same files. The damages are listed in `README.md`; `trial.findings` names
each of them.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import mscsle as ms

HERE = Path(__file__).resolve().parent

Row = dict[str, str]


#: GU-020 came eleven weeks late to the last visit.
LATE = "2009-05-20"


def come_late(rows: list[Row]) -> None:
    for row in rows:
        if row["usubjid"] == "GU-020" and row["visit"] == "M12":
            row["date"] = LATE


def read(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write(path: Path, rows: list[Row]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def the(rows: list[Row], **key: str) -> Row:
    """The one row with these values."""
    (row,) = [r for r in rows if all(r[column] == value for column, value in key.items())]
    return row


def damage_subjects(rows: list[Row]) -> None:
    the(rows, usubjid="GU-033")["sex"] = "W"  # weiblich
    the(rows, usubjid="GU-061")["age"] = "thirty-one"


def damage_infusions(rows: list[Row]) -> None:
    row = the(rows, usubjid="GU-044")
    row["cells_per_kg"] = "1"  # million is meant
    rows[:] = [r for r in rows if r["usubjid"] != "GU-081"]


def damage_visits(rows: list[Row]) -> None:
    visit = the(rows, usubjid="GU-017", visit="M6")
    rows.insert(rows.index(visit) + 1, {**visit, "date": "2008-07-22"})  # entered twice
    the(rows, usubjid="GU-020", visit="M12")["date"] = LATE
    the(rows, usubjid="GU-026", visit="M3")["date"] = "31/05/2008"


def damage_sledai(rows: list[Row]) -> None:
    come_late(rows)
    row = the(rows, usubjid="GU-030", visit="M6")
    row.update(proteinuria="", pyuria="", increased_dna_binding="", total="")
    row = the(rows, usubjid="GU-009", visit="M3")
    row["total"] = str(int(row["total"]) + 4)  # summed by hand
    the(rows, usubjid="GU-050", visit="M0")["total"] = "113"


def damage_bilag(rows: list[Row]) -> None:
    come_late(rows)
    the(rows, usubjid="GU-001", visit="M12")["grade"] = "E"


def damage_labs(rows: list[Row]) -> None:
    come_late(rows)
    the(rows, usubjid="GU-005", visit="M12", test="protein_24h")["unit"] = "mg"  # 1.95 g
    the(rows, usubjid="GU-012", visit="M6", test="protein_24h")["value"] = "<0.15"  # no damage: below detection
    the(rows, usubjid="GU-012", visit="M12", test="creatinine")["value"] = "0.42"  # mg/dL
    the(rows, usubjid="GU-020", visit="M3", test="creatinine")["unit"] = ""
    the(rows, usubjid="GU-028", visit="M6", test="protein_24h")["unit"] = "g/mL"
    the(rows, usubjid="GU-035", visit="M3", test="protein_24h")["value"] = "2+"  # a dipstick
    the(rows, usubjid="GU-040", visit="M6", test="albumin")["usubjid"] = "GU-04O"  # letter O


def damage_medications(rows: list[Row]) -> None:
    first = next(r for r in rows if r["usubjid"] == "GU-007" and r["end_date"])
    first["start_date"], first["end_date"] = first["end_date"], first["start_date"]


def damage_status(rows: list[Row]) -> None:
    the(rows, usubjid="GU-020")["last_contact_date"] = LATE
    the(rows, usubjid="GU-055")["last_contact_date"] = "2010-02-01"  # after the death
    the(rows, usubjid="GU-063")["last_contact_date"] = the(rows, usubjid="GU-063")["last_contact_date"][:7]


def main(folder: Path) -> None:
    """Exports the cohort and damages it."""
    trial = ms.load("gu2014", library="numpy")
    trial.write(folder, overwrite=True)
    for table, damage in {
        "subjects": damage_subjects,
        "infusions": damage_infusions,
        "visits": damage_visits,
        "sledai": damage_sledai,
        "bilag": damage_bilag,
        "labs": damage_labs,
        "medications": damage_medications,
        "status": damage_status,
    }.items():
        rows = read(folder / f"{table}.csv")
        damage(rows)
        write(folder / f"{table}.csv", rows)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "data")
