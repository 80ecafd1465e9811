"""The command line: run a study, list studies, check a folder of tables, score a file.

    mscsle run gu2014 --out report/
    mscsle run plan.toml --data data/ --out report/
    mscsle studies
    mscsle check data/
    mscsle score sledai in.csv --out out.csv    (and sixteen more, see `mscsle score --help`)

Exit status: 0 done, 1 done but with findings (`check` with errors in the data), 2 input that cannot be used.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from mscsle import __version__, _cli_score

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status.

    Examples
    --------
    >>> from mscsle.cli import main
    >>> main(["studies"])  # doctest: +ELLIPSIS
    gu2014 ...
    0
    """
    options = _parser().parse_args(arguments)
    try:
        return int(options.command(options))
    except (ValueError, TypeError, ArithmeticError, FileNotFoundError, ImportError) as e:
        print(f"mscsle: {e}", file=sys.stderr)
        return 2
    except OSError as e:
        print(f"mscsle: {e.strerror or e}{f': {e.filename}' if e.filename else ''}", file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="mscsle", description="From the patient tables of a lupus cell-therapy trial to the published table."
    )
    parser.add_argument("--version", action="version", version=f"mscsle {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    run = commands.add_parser("run", help="run a published study or your own plan and write its report")
    run.add_argument("plan", help="id of a study (see `mscsle studies`) or a plan file (*.toml)")
    run.add_argument("--data", metavar="FOLDER", help="folder of tables; without it the synthetic cohort of the study")
    run.add_argument("--out", metavar="FOLDER", required=True, help="where to write index.html and the other files")
    run.add_argument("--quiet", action="store_true", help="no progress bar and no summary")
    run.set_defaults(command=_run)

    studies = commands.add_parser("studies", help="the published studies that can be run")
    studies.set_defaults(command=_studies)

    check = commands.add_parser("check", help="check a folder of tables and print the findings")
    check.add_argument("data", metavar="FOLDER")
    check.add_argument("--out", metavar="FILE", help="write all findings as CSV")
    check.add_argument("--limit", type=_limit, default=50, metavar="N", help="print at most N findings (default 50)")
    check.set_defaults(command=_check)

    _cli_score.add_parser(commands)
    return parser


def _limit(text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise argparse.ArgumentTypeError(f"must be a whole number >= 0, but is `{text}`")
    return int(text)


def _run(options: argparse.Namespace) -> int:
    import mscsle as ms

    report = ms.run(options.plan, data=options.data, out=options.out, progress=False if options.quiet else None)
    if not options.quiet:
        page = Path(options.out) / "index.html"
        if report.synthetic:
            print("SYNTHETIC DATA: the patients are generated, not persons.")
        published = report.published_vs_computed()
        if published.rows:
            print(published.title())
        for identity, why in report.skipped.items():
            print(f"Not done: {identity}: {why}")
        print(f"The report is {page}")
    return 0


def _studies(options: argparse.Namespace) -> int:
    import mscsle as ms

    listed = ms.studies()
    width = max(len(i) for i in listed.ids)
    for plan in listed.plans:
        print(f"{plan.id:<{width}}  {plan.title}; {len(plan.published)} published figures")
    return 0


def _check(options: argparse.Namespace) -> int:
    import mscsle as ms
    from mscsle.report.report import table_csv

    trial = ms.read_trial(options.data)
    findings = trial.findings
    print(repr(trial).strip("<>"))
    order = {"error": 0, "warning": 1, "note": 2}
    rows = sorted(range(len(findings)), key=lambda i: order.get(findings.severity[i], 3))
    shown = rows[: options.limit]
    if any(findings.row[i] >= 0 for i in shown):
        print("Rows count from 0: row 0 is the first line of data below the header.")
    for i in shown:
        place = [findings.table[i]]
        place += [f"row {findings.row[i]}"] if findings.row[i] >= 0 else []
        place += [f"subject {findings.subject[i]}"] if findings.subject[i] else []
        place += [f"{findings.column[i]} = `{findings.value[i]}`"] if findings.column[i] and findings.value[i] else []
        print(f"{findings.severity[i]}: {', '.join(place)}: {findings.rule[i]}: {findings.message[i]}")
    if len(rows) > options.limit:
        print(f"... {len(rows) - options.limit} more; see --out or --limit")
    if options.out:
        Path(options.out).write_bytes(table_csv(findings.columns()))
    return 1 if findings.counts["error"] else 0
