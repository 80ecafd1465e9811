"""From a plan and the tables of a trial to a report: page, tables, figures, analysis results data, manifest."""

from mscsle.report.plan import Plan
from mscsle.report.plan_reader import parse_plan, read_plan
from mscsle.report.report import Report
from mscsle.report.runner import Studies, run, studies

__all__ = ["Plan", "Report", "Studies", "parse_plan", "read_plan", "run", "studies"]
