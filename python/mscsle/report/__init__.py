"""From a plan and the tables of a trial to a report: page, tables, figures, analysis results data, manifest."""

from mscsle.report.plan import Plan
from mscsle.report.plan_reader import parse_plan, read_plan
from mscsle.report.printed import PrintedTable, printed_table
from mscsle.report.report import Report
from mscsle.report.runner import Studies, run, studies
from mscsle.report.tables_out import write_table

__all__ = [
    "Plan",
    "PrintedTable",
    "Report",
    "Studies",
    "parse_plan",
    "printed_table",
    "read_plan",
    "run",
    "studies",
    "write_table",
]
