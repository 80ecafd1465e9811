"""`mscsle score`: a file of assessments in, a file of scores out, one subcommand an instrument."""

from __future__ import annotations

import argparse
import csv
import sys
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

#: Columns that stay text whatever they hold: `007` is no number.
TEXTS = frozenset(("usubjid", "visit"))


@dataclass(frozen=True)
class Option:
    """An option of an instrument: its flag, the argument of the function it becomes, and how argparse reads it."""

    flag: str
    argument: str
    arguments: dict[str, Any]


def _option(flag: str, argument: str | None = None, **arguments: Any) -> Option:
    return Option(flag, argument or flag.removeprefix("--").replace("-", "_"), arguments)


@dataclass(frozen=True)
class Instrument:
    """An instrument of the command line: what its file holds, and the call that scores it."""

    help: str
    rows: str
    call: Callable[..., Any]
    options: tuple[Option, ...] = ()


def _scorer(name: str, **fixed: Any) -> Callable[..., Any]:
    """Call of `ms.score.<name>` on the columns of the file."""

    def call(table: dict[str, list[object]], **given: Any) -> Any:
        from mscsle import score

        return getattr(score, name)(table, **fixed, **given)

    return call


def _egfr(table: dict[str, list[object]], **given: Any) -> Any:
    from mscsle import score

    optional = ("weight", "height", "race_coefficient", "dialysis")
    found = {name: name for name in optional if name in table}
    return score.egfr(data=table, creatinine="creatinine", age="age", sex="sex", **found, **given)


def _sledai(table: dict[str, list[object]], **given: Any) -> Any:
    from mscsle import score

    missing, age = given["missing"], given.get("max_age_days")
    if missing == "locf" and age is None:
        raise ValueError("`--missing locf` needs `--max-age-days DAYS`: how old a carried value may be at most")
    if missing != "locf" and age is not None:
        raise ValueError("`--max-age-days` belongs to `--missing locf`")
    return score.sledai(table, **given)


_SLEDAI_VERSION = _option(
    "--version",
    default="sledai-2k",
    help="version of the instrument (default sledai-2k; sledai-1992, selena, sledai-2k-30, hybrid)",
)

#: Every instrument that takes a table.
INSTRUMENTS: dict[str, Instrument] = {
    "sledai": Instrument(
        "SLEDAI: total with bounds, clinical total, band, organ systems",
        "one row an assessment: the 24 items (0/1, Y/N, empty not done) and, if recorded, `total`",
        _sledai,
        (
            _SLEDAI_VERSION,
            _option(
                "--missing",
                default="strict",
                choices=("strict", "absent", "locf"),
                help="a missing item: no total but its bounds (strict, default), absent, or the patient's last value (locf)",
            ),
            _option(
                "--max-age-days",
                type=float,
                metavar="DAYS",
                help="with --missing locf: how old a carried value may be at most",
            ),
            _option("--bands", default="mosca", help="bands of activity: mosca (default), polachek or bsr2018"),
        ),
    ),
    "sledai-labs": Instrument(
        "SLEDAI items that laboratory values suggest",
        "one row a visit: platelets, leucocytes, urine_rbc, protein_24h, c3, c3_lln ... and `<item>_due_to_sle`",
        _scorer("sledai_items_from_labs"),
        (
            _SLEDAI_VERSION,
            _option(
                "--attribution", default="require", help="abnormal values without a cause: require (default) or assume"
            ),
            _option("--upcr-cut", default="0.5 g/g", metavar="CUT", help="`0.5 g/g` (default) or `50 mg/mmol`"),
        ),
    ),
    "bilag2004": Instrument(
        "BILAG-2004: grades A to E of nine systems from 97 items",
        "one row a visit: usubjid, date, the items (0 to 4, Y/N, values, ND or empty not done) and `<item>_due_to_sle`",
        _scorer("bilag2004"),
        (
            _option(
                "--missing", default="strict", choices=("strict", "absent"), help="items not done (default strict)"
            ),
            _option(
                "--first-visit",
                default="written",
                choices=("written", "legacy_jsle"),
                help="renal criteria without a previous visit (default written)",
            ),
            _option(
                "--white-cells",
                default="w2-unverified",
                choices=("w2-unverified", "w1", "w2"),
                help="white cell cut-offs, none of them verified (default w2-unverified: W2, with bounds where W1 differs)",
            ),
        ),
    ),
    "bilag-total": Instrument(
        "numeric BILAG total from letters",
        "one row a subject, visit and system: usubjid, visit, system, grade",
        _scorer("bilag_total"),
        (
            _option(
                "--coding",
                required=True,
                help="classic-9-3-1-0, classic-12-5-1-0 or bilag2004-12-8-1-0; totals of different codings are not comparable",
            ),
        ),
    ),
    "egfr": Instrument(
        "glomerular filtration rate by an estimating equation",
        "one row a measurement: creatinine, age, sex (F/M) and, where the equation needs them, weight, height, dialysis",
        _egfr,
        (
            _option("--creatinine-unit", required=True, choices=("umol/L", "mg/dL"), help="unit of `creatinine`"),
            _option("--equation", default="ckd-epi-2021", help="equation (default ckd-epi-2021)"),
        ),
    ),
    "ctcae": Instrument(
        "CTCAE version 5 laboratory grades with the grade at baseline",
        "one row a result: usubjid, visit, test, value, unit, lln, uln",
        _scorer("ctcae"),
        (_option("--baseline-visit", default="M0", metavar="VISIT", help="label of the baseline visit (default M0)"),),
    ),
    "sdi": Instrument(
        "SLICC/ACR damage index",
        "one row an assessment: the items (see `--fields`)",
        _scorer("sdi"),
        (_option("--version", default="full-41", help="full-41 (0 to 47, default) or original-39 (0 to 45)"),),
    ),
    "clasi-activity": Instrument(
        "CLASI activity, 0 to 70", "one row an assessment: the items (see `--fields`)", _scorer("clasi_activity")
    ),
    "clasi-damage": Instrument(
        "CLASI damage, 0 to 56", "one row an assessment: the items (see `--fields`)", _scorer("clasi_damage")
    ),
    "pga": Instrument(
        "physician global assessment on the scale of 0 to 3",
        "one row an assessment: value, scale_max (3, 10, 100 or the length of the line in mm)",
        _scorer("pga"),
    ),
    "sle-das": Instrument(
        "state of the SLE-DAS from its total", "one row an assessment: total", _scorer("sle_das_state")
    ),
    "flare-index": Instrument(
        "SELENA-SLEDAI flare index",
        "one row an assessment with the values before it (see `--fields`)",
        _scorer("flare_index"),
        (
            _option(
                "--modified",
                action="store_true",
                help="form of the belimumab trials: SLEDAI above 12 alone is not severe",
            ),
            _option(
                "--severe-sledai",
                default="any-increase",
                choices=("any-increase", "crossing-12", "increase-3"),
                help="when a SLEDAI above 12 is severe (default any-increase)",
            ),
            _option("--mycophenolate-severe", action="store_true", help="a new mycophenolate is a severe criterion"),
        ),
    ),
    "revised-flare-index": Instrument(
        "revised SELENA flare index from grades by organ",
        "one row an assessment: one column an organ, 0 none to 3 severe (see `--fields`)",
        _scorer("revised_flare_index"),
    ),
    "crs": Instrument(
        "cytokine release syndrome, ASTCT consensus",
        "one row an assessment (see `--fields`)",
        _scorer("crs"),
        (
            _option(
                "--fever-not-required",
                "fever_required",
                action="store_false",
                help="steroids or antipyretics may mask fever",
            ),
        ),
    ),
    "icans": Instrument(
        "neurotoxicity of immune effector cells, ASTCT consensus",
        "one row an assessment (see `--fields`)",
        _scorer("icans"),
    ),
    "infusion-reaction": Instrument(
        "infusion-related reaction by CTCAE version 5",
        "one row an infusion (see `--fields`)",
        _scorer("infusion_reaction"),
        (
            _option(
                "--window-hours", type=float, default=24.0, metavar="HOURS", help="onset counts within (default 24)"
            ),
        ),
    ),
    "prednisone": Instrument(
        "daily prednisone equivalents of prescriptions",
        "one row a prescription: drug, dose, unit, route, frequency",
        _scorer("prednisone_equivalent"),
    ),
}

_FIELDS = {"sle-das": "sle_das_state"}


def add_parser(commands: Any) -> None:
    """Adds `score` with one subcommand an instrument."""
    score = commands.add_parser(
        "score",
        help="score the rows of a file",
        description="Score the rows of a CSV file; each instrument has its own help.",
    )
    instruments = score.add_subparsers(title="instruments", required=True, metavar="INSTRUMENT", dest="instrument")
    for name, instrument in INSTRUMENTS.items():
        parser = instruments.add_parser(
            name, help=instrument.help, description=f"{instrument.help[0].upper()}{instrument.help[1:]}."
        )
        parser.add_argument("file", metavar="FILE", help=f"CSV with {instrument.rows}")
        parser.add_argument("--out", metavar="FILE", help="CSV to write; standard output without it")
        parser.add_argument(
            "--column",
            action="append",
            default=[],
            type=_renamed,
            metavar="NAME=HEADER",
            help="take NAME from the column HEADER of the file; may be given again",
        )
        parser.add_argument("--fields", action=_Fields, help="print the columns that are read, and stop")
        for option in instrument.options:
            given = dict(option.arguments)
            if "action" not in given and "choices" not in given:
                given.setdefault("metavar", option.argument.upper())
            parser.add_argument(option.flag, dest=f"option_{option.argument}", **given)
        parser.set_defaults(command=run)


def run(options: argparse.Namespace) -> int:
    """Scores the file of parsed arguments."""
    instrument = INSTRUMENTS[options.instrument]
    from mscsle.report.report import table_csv

    table = read_csv(Path(options.file), options.column)
    given = {name.removeprefix("option_"): value for name, value in vars(options).items() if name.startswith("option_")}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        scored = instrument.call(table, **given)
    for warning in caught:
        sys.stderr.write(f"mscsle: warning: {warning.message}\n")
    content = table_csv(scored.columns())
    if options.out:
        Path(options.out).write_bytes(content)
    else:
        sys.stdout.write(content.decode())
    return 0


class _Fields(argparse.Action):
    """Prints the columns of an instrument and stops, as `--help` does."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**(given | {"nargs": 0, "dest": argparse.SUPPRESS, "default": argparse.SUPPRESS}))

    def __call__(self, parser: argparse.ArgumentParser, *given: object) -> None:
        sys.stdout.write(_fields(parser.prog.split()[-1]))
        parser.exit()


def _fields(name: str) -> str:
    from mscsle import _core, score

    form = _FIELDS.get(name, name.replace("-", "_"))
    rows: list[tuple[str, str]] = []
    if name == "sledai":
        rows = [(item, f"{weight} points, 0/1") for item, _, weight in _core.sledai_items()]
        rows += [("total", "total as recorded, where there is one")]
    elif name == "sledai-labs":
        rows = [(column, "value") for column, _ in _core.scoring_words("sledai_labs_column")]
        rows += [(f"{item}_due_to_sle", "Y/N") for item, _ in _core.scoring_words("sledai_labs_item")]
    elif name == "bilag2004":
        scale = {"clinical": "0 to 4, ND", "yes_no": "Y/N, ND"}
        for _, item, system, kind, unit in _core.bilag2004_items():
            rows.append((item, f"{system}, {scale.get(kind, f'value in {unit}' if unit else 'value')}"))
            rows += [(f"{item}_due_to_sle", f"{system}, Y/N")] if kind == "value" else []
    elif form in score._forms.FORMS:
        fields = score.fields(form)
        rows = [
            (str(field), f"{scale}{f' up to {most}' if most else ''}: {meaning}")
            for field, scale, most, meaning in zip(*fields.values(), strict=True)
        ]
    else:
        return f"{INSTRUMENTS[name].rows}\n"
    width = max(len(field) for field, _ in rows)
    return "".join(f"{field:<{width}}  {meaning}\n" for field, meaning in rows)


def _renamed(text: str) -> tuple[str, str]:
    name, equals, header = text.partition("=")
    if not (name and equals and header):
        raise argparse.ArgumentTypeError(f"must be NAME=HEADER, such as `platelets=PLT`, but is `{text}`")
    return name, header


def read_csv(path: Path, renamed: Sequence[tuple[str, str]] = ()) -> dict[str, list[object]]:
    """Columns of a CSV file: numbers where every cell is one, empty cells missing; subjects and visits stay text."""
    if not path.is_file():
        raise FileNotFoundError(f"file `{path}` not found")
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    if not rows:
        raise ValueError(f"file `{path}` is empty; a header and one row an assessment are needed")
    header, *body = rows
    for i, row in enumerate(body):
        if len(row) != len(header):
            raise ValueError(f"file `{path}`, row {i} has {len(row)} cells, but the header names {len(header)} columns")
    for _, wanted in renamed:
        if wanted not in header:
            raise ValueError(
                f"file `{path}` has no column `{wanted}`; its columns are {', '.join(f'`{h}`' for h in header)}"
            )
    names = {wanted: name for name, wanted in renamed}
    header = [names.get(name, name) for name in header]
    twice = next((name for name in header if header.count(name) > 1), None)
    if twice is not None:
        raise ValueError(f"file `{path}` has two columns `{twice}`")
    return {name: _typed(name, [row[k] for row in body]) for k, name in enumerate(header)}


def _typed(name: str, cells: list[str]) -> list[object]:
    if name not in TEXTS:
        try:
            return [float(c) if c.strip() else float("nan") for c in cells]
        except ValueError:
            pass
    return [c or None for c in cells]
