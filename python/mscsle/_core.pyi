"""Stub of the extension; every function takes contiguous arrays and returns arrays or plain objects."""

from collections.abc import Sequence
from os import PathLike
from typing import Any, Self, TypeAlias, final

import numpy as np
from numpy.typing import NDArray

__version__: str

# endpoints

@final
class EndpointDefinition:
    """A compiled definition."""

    @staticmethod
    def built_in(id: str, parameters: Sequence[tuple[str, float | str]]) -> EndpointDefinition:
        """A built-in definition with parameters overridden."""
    @staticmethod
    def from_toml(text: str, parameters: Sequence[tuple[str, float | str]]) -> EndpointDefinition:
        """A definition from its TOML text with parameters overridden."""
    def about(self) -> dict[str, Any]:
        """Texts that describe the definition."""
    def parameters(self) -> list[tuple[str, Any, Any, str, str, list[str]]]:
        """Name, value, default, unit, meaning and allowed words of each parameter."""

@final
class EndpointHistory:
    """The histories of a trial."""

    def __new__(cls, trial: Trial, *, same_visit: str = "mean", first_window_day: float = 8.0) -> EndpointHistory:
        """Reads visits, measures, baseline and events of every subject."""
    def subset(self, keep: Sequence[bool]) -> EndpointHistory:
        """The histories of the subjects kept: one flag a subject."""
    def events(self) -> dict[str, Any]:
        """Recorded events as columns: subject, name, day, table and row."""
    def follow_up(self) -> dict[str, Any]:
        """Day of death and last day known, by subject; NaN where there is none."""
    def courses(self) -> dict[str, Any]:
        """Courses of infusions as columns: subject, course, first and last day, infusions, cells, cumulative cells."""
    def subjects(self) -> list[str]:
        """Ids of the subjects."""
    def planned(self) -> list[tuple[str, float, float, float]]:
        """Label, month and window of each planned visit."""
    def findings(self) -> dict[str, Any]:
        """What could not be used, as columns."""
    def kept(self, name: str) -> NDArray[np.float64] | tuple[NDArray[np.int32], list[str]]:
        """A column with one value a subject: numbers, or codes into levels."""

@final
class EndpointResponse:
    """The responses of a cohort."""

    def __new__(
        cls,
        history: EndpointHistory,
        definition: EndpointDefinition,
        *,
        missing: str = "nri",
        source: str = "derived",
        what: str = "renal_response",
        intercurrent: Sequence[tuple[str, str]] = ...,
        confirm_days: float | None = None,
    ) -> EndpointResponse:
        """Derives the state of every visit."""
    def findings(self) -> dict[str, Any]:
        """Of the history, and limits of normal the definition needs and no row has."""
    @property
    def statement(self) -> str:
        """Definition, confidence, source and missing rule in one line."""
    def states(self) -> dict[str, Any]:
        """The states as columns."""
    def by_visit(self, denominator: str) -> dict[str, Any]:
        """Prevalence of each state at each planned visit."""
    def ever(self, denominator: str) -> dict[str, Any]:
        """Ever in response, by best state."""
    def lost(self, denominator: str) -> dict[str, Any]:
        """Responses lost."""
    def time_to(self, event: str, *, unit: str, clock: str, flares: EndpointFlares | None = None) -> dict[str, Any]:
        """Times to an event."""
    def why(self, subject: str, visit: str) -> dict[str, Any]:
        """Why a subject has its state at a visit."""

@final
class EndpointFlares:
    """The flares of a cohort."""

    def __new__(
        cls, history: EndpointHistory, definition: EndpointDefinition, *, response: EndpointResponse | None = None
    ) -> EndpointFlares:
        """Derives flares."""
    @property
    def statement(self) -> str:
        """Definition, confidence and the response it follows in one line."""
    @property
    def n_undecided(self) -> int:
        """Visits at risk at which a flare cannot be decided."""
    def flares(self) -> dict[str, Any]:
        """The flares as columns."""
    def count(self, denominator: str) -> dict[str, Any]:
        """Subjects with a flare."""
    def time_to(self, *, unit: str, clock: str) -> dict[str, Any]:
        """Times to the first flare."""
    def why(self, subject: str, visit: str) -> dict[str, Any]:
        """Why a subject has, or has not, a flare at a visit."""

def endpoint_definition_ids() -> list[str]:
    """Ids of the built-in definitions."""

def endpoint_measures() -> list[tuple[str, str, str, str]]:
    """Id, unit, table and meaning of the measures a definition can name."""

# scoring

def scoring_words(what: str) -> list[tuple[str, str]]:
    """The words of an option or of the notes of an instrument, with their sentence where there is one."""

def convert_values(test: str, values: NDArray[np.float64], from_unit: str, to_unit: str) -> NDArray[np.float64]:
    """Values of a laboratory test in another unit."""

def sledai_items() -> list[tuple[str, str, int]]:
    """Id, organ system and weight of the 24 descriptors."""

def sledai_version(version: str, bands: str) -> tuple[str, str, int, list[str]]:
    """Label, citation and window of a version, and the names of the bands from the lowest."""

def sledai_scores(
    columns: list[NDArray[np.int8]],
    recorded: NDArray[np.float64] | None,
    version: str,
    missing: str,
    bands: str,
) -> dict[str, Any]:
    """Scores of 24 byte columns: 1 present, 0 absent, -1 not done."""

def sledai_totals(columns: list[NDArray[np.int8]]) -> NDArray[np.int8]:
    """Totals of 24 byte columns and nothing else: -1 where a descriptor is missing."""

def sledai_carry(
    columns: list[NDArray[np.int8]], subject: NDArray[np.int32], day: NDArray[np.float64], max_age_days: float
) -> tuple[list[NDArray[np.int8]], NDArray[np.uint32]]:
    """The columns after carrying laboratory descriptors forward, and the bits of those carried."""

def sledai_why(
    items: list[int], recorded: float | None, version: str, missing: str, bands: str
) -> list[tuple[str, str, str, str | None, str, str | None, bool, str]]:
    """Why one assessment scored as it did."""

def sledai_labs_suggestions(
    n_rows: int,
    columns: list[NDArray[np.float64] | None],
    due_to_sle: list[NDArray[np.int8] | None],
    version: str,
    attribution: str,
    upcr_cut: str,
) -> tuple[list[NDArray[np.int8]], NDArray[np.uint8]]:
    """Suggested descriptors (1 present, 0 absent, -1 open) and the bits of the notes."""

def sledai_labs_why(
    values: list[float], due_to_sle: list[bool | None], version: str, attribution: str, upcr_cut: str
) -> list[tuple[str, str, str, str | None, str, str | None, bool, str]]:
    """Why the values of one visit suggest what they suggest."""

def bilag2004_items() -> list[tuple[int, str, str, str, str]]:
    """Number, id, system, kind (``clinical``, ``yes_no``, ``value``) and unit of the 97 items."""

def bilag2004_grades(arrays: dict[str, Any], missing: str, first_visit: str, white_cells: str) -> dict[str, Any]:
    """Grades of visits in rows as positions in A to E, -1 where open."""

def bilag2004_totals(
    grade: list[NDArray[np.int8]], mildest: list[NDArray[np.int8]], severest: list[NDArray[np.int8]], coding: str
) -> dict[str, Any]:
    """Numeric totals of graded visits by a coding, with bounds."""

def bilag2004_flares(
    arrays: dict[str, Any], missing: str, first_visit: str, white_cells: str, by_items: bool, flare_rule: str
) -> dict[str, Any]:
    """Flares of graded visits: none, mild, moderate, severe; -1 where not known."""

def bilag2004_why(
    arrays: dict[str, Any], row: int, missing: str, first_visit: str, white_cells: str
) -> list[tuple[str, str, str, str | None, str, str | None, bool, str]]:
    """Why the systems of a row have their grades."""

def form_info(id: str, option: str) -> tuple[str, list[tuple[str, str, int, str]], list[str], list[tuple[str, str]]]:
    """Citation, fields, labels and notes of an instrument."""

def form_scores(id: str, option: str, columns: list[NDArray[np.float64] | None]) -> dict[str, Any]:
    """Scores of an instrument from its fields as columns."""

def form_why(
    id: str, option: str, columns: list[NDArray[np.float64] | None], row: int
) -> list[tuple[str, str, str, str | None, str, str | None, bool, str]]:
    """Why one row of an instrument scored as it did."""

def sdi_falling(subject: NDArray[np.int32], day: NDArray[np.float64], value: NDArray[np.float64]) -> list[bool]:
    """Rows where a subject's damage index is below an earlier one."""

def ctcae_grades(arrays: dict[str, Any]) -> dict[str, Any]:
    """CTCAE grades of laboratory results, and the worst grade after baseline by subject and term."""

def ctcae_why(
    term: str, measured: tuple[float, float, float, float, float]
) -> list[tuple[str, str, str, str | None, str, str | None, bool, str]]:
    """Why a value has its CTCAE grade: value, LLN, ULN, baseline and ULN at baseline in the canonical unit."""

def bilag_systems(version: str) -> list[str]:
    """The organ systems of a version of BILAG."""

def bilag_totals(
    visit: NDArray[np.int32],
    n_visits: int,
    system: NDArray[np.int32],
    grade: NDArray[np.int8],
    coding: str,
    version: str,
    systems: list[str] | None,
) -> dict[str, Any]:
    """Numeric totals of BILAG letters in rows."""

def bilag_total_why(
    system: list[int], grade: list[int], coding: str, version: str, systems: list[str] | None
) -> list[tuple[str, str, str, str | None, str, str | None, bool, str]]:
    """Why one visit has its total: its rows of system and grade."""

def body_surface_area(weight_kg: NDArray[np.float64], height_cm: NDArray[np.float64]) -> NDArray[np.float64]:
    """Body surface areas by Du Bois, m2."""

def egfr_equation(equation: str) -> tuple[str, str, str]:
    """Label, unit and citation of an equation."""

def egfr_columns(arrays: dict[str, Any], equation: str, unit: str, under_18: str) -> dict[str, Any]:
    """Estimated filtration rates of columns."""

def egfr_why(
    arrays: dict[str, Any], row: int, equation: str, unit: str, under_18: str
) -> list[tuple[str, str, str, str | None, str, str | None, bool, str]]:
    """Why one row has its estimate."""

def prednisone_equivalents(arrays: dict[str, Any], pulse_from_mg: float, betamethasone_mg: float) -> dict[str, Any]:
    """Prednisone equivalents of prescriptions in rows."""

def glucocorticoid_perhaps(names: list[str]) -> list[str | None]: ...
def flag_words(texts: list[str]) -> list[int | None]: ...
def number_words(texts: list[str]) -> list[float | None]: ...
def prednisone_why(
    arrays: dict[str, Any], row: int, pulse_from_mg: float, betamethasone_mg: float
) -> list[tuple[str, str, str, str | None, str, str | None, bool, str]]:
    """Why one prescription has its equivalent."""

def prednisone_doses(
    arrays: dict[str, Any],
    subject: NDArray[np.int32],
    start: tuple[NDArray[np.int32], list[str]],
    end: tuple[NDArray[np.int32], list[str]] | None,
    at_subject: NDArray[np.int32],
    at_date: tuple[NDArray[np.int32], list[str]],
    days: int,
    pulse_from_mg: float,
    betamethasone_mg: float,
) -> dict[str, Any]:
    """The dose in force, or its mean over the days that end with the date, at each subject and date."""

# sim

def cohort_list() -> list[tuple[str, str, str, int]]:
    """Id, title, citation and stored seed of the embedded cohorts."""

def generate_cohort(id: str, seed: int) -> list[tuple[str, bytes]]:
    """Names and contents of the files of a cohort made from a seed."""

def simulate_cohort(spec: str, seed: int) -> dict[str, dict[str, Any]]:
    """The tables of a cohort simulated from a specification in JSON, as columns."""

# stats

def format_half_up(value: float, digits: int) -> str:
    """A number with ``digits`` decimals, half away from zero on the decimal it stands for."""

def format_ratio(numerator: int, denominator: int, digits: int) -> str:
    """A fraction with ``digits`` decimals, half away from zero, exactly."""

def describe(values: NDArray[np.float64], quantile_type: str) -> dict[str, Any]:
    """n, missing, mean, SD and quantiles of a column; NaN is missing."""

def quantile(values: NDArray[np.float64], p: float, quantile_type: str) -> float | None:
    """A sample quantile; None without values."""

def standardized_mean_difference(mean1: float, sd1: float, mean0: float, sd0: float) -> float | None:
    """Standardised mean difference; None when both spreads are 0."""

def standardized_proportion_difference(x1: int, n1: int, x0: int, n0: int) -> float | None:
    """Standardised difference of two proportions; None when neither varies."""

def proportion(x: int, n: int, denominator_rule: str, method: str, conf_level: float) -> dict[str, Any]:
    """One proportion: estimate, limits, the word of its denominator rule."""

def binomial_test(x: int, n: int, p0: float, alternative: str, two_sided: str) -> float:
    """p-value of the exact binomial test."""

def risk_difference(x1: int, n1: int, x0: int, n0: int, method: str, conf_level: float) -> dict[str, Any]:
    """Difference of two proportions."""

def fisher_exact(table: list[list[int]], alternative: str, conf_level: float) -> dict[str, Any]:
    """Fisher's exact test of a 2x2 table."""

def chi_squared_test(table: list[list[int]], continuity_correction: bool) -> dict[str, Any]:
    """Pearson's chi-squared test of a table."""

def mcnemar(b: int, c: int, method: str) -> dict[str, Any]:
    """McNemar's test from the discordant counts."""

def rate(events: int, person_time: float, method: str, conf_level: float) -> dict[str, Any]:
    """Events per person-time."""

def rate_ratio(
    events1: int, person_time1: float, events0: int, person_time0: float, conf_level: float
) -> dict[str, Any]:
    """Ratio of two rates."""

def hr_from_ci(lower: str, upper: str, p: str | None, conf_level: float, events: int | None) -> dict[str, Any]:
    """The hazard ratio behind a printed interval."""

def paired_t(change: NDArray[np.float64], alternative: str, conf_level: float) -> dict[str, Any]:
    """Paired t test of changes."""

def signed_rank(
    change: NDArray[np.float64], zeros: str, distribution: str, alternative: str, conf_level: float
) -> dict[str, Any]:
    """Wilcoxon's signed rank test of changes."""

def adjust_p(p: NDArray[np.float64], method: str) -> NDArray[np.float64]:
    """p-values adjusted for several tests."""

def feasible_sums(mean: str, n: int, low: int, high: int, rounding: str) -> list[int]:
    """Sums whose mean prints as given."""

def feasible_pairs(mean: str, sd: str, n: int, low: int, high: int, rounding: str) -> list[tuple[int, int]]:
    """Pairs (sum, sum of squares) whose mean and SD print as given."""

def percent_counts(parts: list[str], total: str | None, n: int, rounding: str) -> list[list[int]]:
    """Tuples of counts whose percentages print as given."""

def cochran_mantel_haenszel(
    x1: list[int], n1: list[int], x0: list[int], n0: list[int], continuity_correction: bool, conf_level: float
) -> dict[str, Any]:
    """Cochran-Mantel-Haenszel test over strata."""

def stratified_difference(
    x1: list[int], n1: list[int], x0: list[int], n0: list[int], method: str, conf_level: float
) -> dict[str, Any]:
    """Common risk difference over strata."""

def unconditional_test(x1: int, n1: int, x0: int, n0: int, method: str, alternative: str) -> dict[str, Any]:
    """Barnard's or Boschloo's exact test."""

def meta_analysis(
    effect: NDArray[np.float64], variance: NDArray[np.float64], tau_method: str, interval: str, conf_level: float
) -> dict[str, Any]:
    """Pooled mean of studies."""

def two_sample_t(
    group1: NDArray[np.float64], group0: NDArray[np.float64], variances: str, alternative: str, conf_level: float
) -> dict[str, Any]:
    """t test of two independent groups."""

def rank_sum(
    group1: NDArray[np.float64], group0: NDArray[np.float64], distribution: str, alternative: str, conf_level: float
) -> dict[str, Any]:
    """Rank sum test of two independent groups."""

def coding_counts(mean: str, sd: str, n: int, values: list[int], rounding: str) -> list[list[int]]:
    """Numbers of patients per value for which mean and SD print as given."""

# trial

@final
class Trial:
    """The typed, checked tables of one study."""

    def __new__(
        cls,
        tables: dict[str, dict[str, Any]],
        *,
        data_cutoff: str | None = None,
        date_imputation: str = "middle",
        files_not_read: list[str] = ...,
    ) -> Trial:
        """Tables of columns: ``int8`` flags, ``float64`` numbers, or codes into texts."""
    @property
    def n_subjects(self) -> int:
        """Number of subjects."""
    @property
    def subjects(self) -> list[str]:
        """The subjects in the order of the table ``subjects``."""
    @property
    def is_synthetic(self) -> bool:
        """Whether any subject is flagged as generated."""
    @property
    def table_names(self) -> list[str]:
        """Names of the tables given."""
    def n_rows(self, table: str) -> int | None:
        """Number of rows of a table; None when it was not given."""
    def findings(self) -> dict[str, Any]:
        """The findings as columns; a row of -1 is the whole table."""
    def texts(self, table: str, column: str) -> tuple[NDArray[np.int32], list[str]] | None:
        """A typed column as text: codes into levels; None when there is no such column."""
    def numbers(self, table: str, column: str) -> NDArray[np.float64] | None:
        """A typed column as numbers; None when there is no such column or it holds text or dates."""

def schema_columns(table: str) -> dict[str, Any] | None:
    """The columns of a table of the schema; None when there is no such table."""

def schema_tables() -> list[tuple[str, str, list[str]]]:
    """Name, meaning and key of every table of the schema."""

def check_rules() -> dict[str, list[str]]:
    """The rules of the checks as columns: rule, severity, meaning."""

def lab_test_columns() -> dict[str, Any]:
    """The laboratory tests as columns: test, name, unit, accepted units, limits of the plausible."""

# io

def read_tables(
    folder: str | PathLike[str],
    extensions: list[str],
    csv: tuple[str | None, str | None, str | None, list[str]],
    csv_of: dict[str, tuple[str | None, str | None, str | None, list[str]]],
) -> tuple[dict[str, dict[str, Any]], list[tuple[str, str | PathLike[str]]], list[str]]:
    """The tables of CSV files (written as encoding, separator, decimal sign, missing words say) as columns, the tables in files of other kinds with their paths, and the files not read."""

def write_tables(folder: str | PathLike[str], tables: dict[str, dict[str, Any]], overwrite: bool) -> None:
    """Writes tables of columns into a folder, one CSV file each."""

def format_kind(format: str) -> str:
    """What the numbers of a SAS format are: ``number``, ``date``, ``datetime`` or ``time``."""

def read_csv(
    path: str | PathLike[str],
    declared: list[tuple[str, str]],
    csv: tuple[str | None, str | None, str | None, list[str]],
) -> list[dict[str, Any]]:
    """The columns of a CSV file with declared types: name, type, kind, values and tags of missing numbers of each."""

def read_json(path: str | PathLike[str]) -> dict[str, Any]:
    """A Dataset-JSON file of any form: name, label, attributes as JSON, and the columns."""

def write_json(
    path: str | PathLike[str], form: str, name: str, label: str, attributes: str, columns: list[tuple[Any, ...]]
) -> None:
    """Writes a Dataset-JSON file in the form ``json``, ``ndjson`` or ``dsjc``.

    A column is a tuple of name, label, type, target type, format, OID, length and place in the key, and its values.
    """

@final
class JsonStream:
    """A Dataset-JSON file that is read chunk by chunk."""

    def __new__(cls, path: str | PathLike[str]) -> Self: ...
    def read_rows(self, most: int) -> dict[str, Any] | None:
        """At most so many rows, as ``read_json`` gives them; None when there are no more."""

@final
class JsonSink:
    """A Dataset-JSON file that is written chunk by chunk."""

    def __new__(
        cls,
        path: str | PathLike[str],
        form: str,
        name: str,
        label: str,
        attributes: str,
        columns: list[tuple[Any, ...]],
        records: int | None,
    ) -> Self: ...
    def write(self, columns: list[Any]) -> None:
        """Writes rows: the values of the columns in order."""

    def finish(self) -> None:
        """Ends the file, which then takes its place."""

    def abandon(self) -> None:
        """Gives the file up: nothing of it stays."""

def write_csv(path: str | PathLike[str], columns: dict[str, Any]) -> None:
    """Writes columns as a CSV file."""

def read_xport(path: str | PathLike[str], encoding: str | None = None) -> tuple[list[dict[str, Any]], str, bool]:
    """The members of a SAS transport file, the encoding, and whether it was assumed."""

def write_xport(
    path: str | PathLike[str],
    members: list[tuple[str, str, str, list[tuple[Any, ...]]]],
    version: int,
    encoding: str | None = None,
) -> None:
    """Writes members (name, label, time stamp, variables) as a SAS transport file.

    A variable is a tuple of name, label, format, informat, column, tags of missing numbers, and its length (0 for what
    the values need) with whether it is fixed.
    """

@final
class ArrowTexts:
    """A column of texts in the memory layout of Arrow, which other libraries take without a copy."""

    def __len__(self) -> int: ...
    def __arrow_c_array__(self, requested_schema: object = None) -> tuple[Any, Any]:
        """The capsules of schema and array of the Arrow PyCapsule interface; the schema asked for is not heeded."""

def arrow_texts(codes: NDArray[np.int32], levels: list[str], layout: str) -> ArrowTexts | None:
    """Texts of codes (-1 missing) into levels, laid out as ``string``, ``large_string`` or ``string_view`` of Arrow; None when
    the layout cannot hold that many bytes."""

@final
class XportStream:
    """A SAS transport file that is read member by member and chunk by chunk."""

    def __new__(cls, path: str | PathLike[str], encoding: str | None = None) -> Self: ...
    def next_member(self) -> dict[str, Any] | None:
        """Goes to the next member: its variables without rows; None at the end of the file."""

    def read_rows(self, most: int) -> tuple[dict[str, Any], str, bool] | None:
        """At most so many rows with the encoding and whether it was assumed; None when there are no more."""

@final
class XportSink:
    """A SAS transport file that is written chunk by chunk."""

    def __new__(cls, path: str | PathLike[str], version: int, created: str, encoding: str | None = None) -> Self: ...
    def begin(self, member: tuple[str, str, str, list[tuple[Any, ...]]]) -> None:
        """Begins a member of variables, whose rows are not written yet; texts need their length."""

    def write(self, member: tuple[str, str, str, list[tuple[Any, ...]]]) -> None:
        """Writes rows."""

    def end(self) -> None:
        """Ends the member."""

    def finish(self) -> None:
        """Ends the file, which then takes its place."""

    def abandon(self) -> None:
        """Gives the file up: nothing of it stays."""

# frames

def scan_numbers(values: NDArray[np.float64]) -> tuple[bool, bool, bool]:
    """Whether a column holds missing, infinite or misread (tiny) numbers."""

def small_codes(values: NDArray[np.int64], most: int) -> tuple[NDArray[np.uint32], list[int]] | None:
    """Codes and ascending levels of whole numbers that lie close together; None when their range reaches ``most``."""

# survival

def survival_kaplan_meier(
    time: NDArray[np.float64],
    event: NDArray[np.bool_],
    *,
    group: NDArray[np.uint32] | None = None,
    n_groups: int = 1,
    entry: NDArray[np.float64] | None = None,
    weights: NDArray[np.float64] | None = None,
    frequency: bool = True,
    cluster: NDArray[np.uint32] | None = None,
    interval: str,
    level: float,
    group_near_ties: bool,
) -> list[dict[str, Any]]:
    """One Kaplan-Meier curve per group."""

def survival_std_error(survival: NDArray[np.float64], log_variance: NDArray[np.float64]) -> NDArray[np.float64]:
    """Standard errors of a survival curve from the variance of its logarithm."""

def survival_limits(
    survival: NDArray[np.float64], log_variance: NDArray[np.float64], interval: str, level: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Lower and upper limits of a survival curve."""

def survival_quantile(
    time: NDArray[np.float64],
    survival: NDArray[np.float64],
    lower: NDArray[np.float64],
    upper: NDArray[np.float64],
    probabilities: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Quantiles with limits; NaN = not reached."""

def survival_steps(
    steps: NDArray[np.float64], times: NDArray[np.float64], tolerance: float, *, before: bool = False
) -> NDArray[np.int64]:
    """Number of steps of a curve at or before each time, or strictly before it."""

def survival_logrank(
    time: NDArray[np.float64],
    event: NDArray[np.bool_],
    group: NDArray[np.uint32],
    *,
    n_groups: int,
    strata: NDArray[np.uint32] | None = None,
    n_strata: int = 1,
    entry: NDArray[np.float64] | None = None,
    weights: NDArray[np.float64] | None = None,
    test: str,
    rho: float,
    gamma: float,
    group_near_ties: bool,
) -> dict[str, Any]:
    """A log-rank test."""

def survival_logrank_small(
    time: NDArray[np.float64],
    event: NDArray[np.bool_],
    group: NDArray[np.uint32],
    *,
    n_groups: int,
    strata: NDArray[np.uint32] | None = None,
    n_strata: int = 1,
    entry: NDArray[np.float64] | None = None,
    test: str,
    rho: float,
    gamma: float,
    group_near_ties: bool,
    permutations: int | None = None,
    seed: int = 0,
) -> dict[str, Any]:
    """The p-value of the exact conditional (``permutations`` None) or the permutation log-rank test."""

def survival_logrank_whole_days(
    time: NDArray[Any], event: NDArray[Any], group: NDArray[Any], *, test: str, rho: float, gamma: float
) -> tuple[dict[str, Any], list[int]] | None:
    """A log-rank test of whole days and the levels of the group; None when the columns are not of this kind."""

def survival_rmst(
    time: NDArray[np.float64],
    n_risk: NDArray[np.float64],
    n_event: NDArray[np.float64],
    survival: NDArray[np.float64],
    tau: float,
    tolerance: float,
) -> tuple[float, float]:
    """Restricted mean survival time of a curve and its standard error."""

def survival_contrast(
    kind: str, a: tuple[float, float], b: tuple[float, float], level: float
) -> tuple[float, float, float, float, float]:
    """A contrast of two independent estimates: estimate, standard error, limits, p."""

def survival_hybrid_difference(
    a: tuple[float, float, float], b: tuple[float, float, float], level: float
) -> tuple[float, float]:
    """Hybrid limits of a difference of survival probabilities (survival, standard error, number at risk)."""

@final
class Turnbull:
    left: NDArray[np.float64]
    right: NDArray[np.float64]
    mass: NDArray[np.float64]
    survival: NDArray[np.float64]
    n: float
    kinds: tuple[float, float, float, float]
    log_likelihood: float
    gap: float
    iterations: int
    converged: bool
    def __new__(
        cls,
        lower: NDArray[np.float64],
        upper: NDArray[np.float64],
        *,
        weights: NDArray[np.float64] | None = None,
        max_iterations: int,
        tolerance: float,
        group_near_ties: bool,
    ) -> Turnbull: ...
    def bounds(self, times: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]: ...
    def quantiles(self, fractions: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]: ...

def survival_turnbull_bootstrap(
    lower: NDArray[np.float64],
    upper: NDArray[np.float64],
    times: NDArray[np.float64],
    *,
    replicates: int,
    seed: int,
    level: float,
    group_near_ties: bool,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]: ...

_Term: TypeAlias = tuple[str, str, float | None, float | None, float | None, float | None, float | None, float | None]
_Four: TypeAlias = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]

@final
class ParametricFit:
    terms: list[_Term]
    ratios: list[_Term]
    covariance: NDArray[np.float64]
    naive_covariance: NDArray[np.float64] | None
    log_likelihood: tuple[float, float]
    likelihood_ratio: tuple[float, int, float]
    n: float
    kinds: tuple[float, float, float, float]
    iterations: int
    converged: bool
    notes: list[tuple[str, str]]
    knots: list[float]
    scale: float
    def survival(self, x: NDArray[np.float64], times: NDArray[np.float64], level: float) -> _Four: ...
    def quantile(self, x: NDArray[np.float64], fractions: NDArray[np.float64], level: float) -> _Four: ...
    def means(self, x: NDArray[np.float64], level: float) -> _Four | None: ...

def survival_parametric(
    lower: NDArray[np.float64],
    upper: NDArray[np.float64],
    x: NDArray[np.float64],
    *,
    distribution: str | None = None,
    scale: str | None = None,
    interior: int = 1,
    knots: NDArray[np.float64] | None = None,
    entry: NDArray[np.float64] | None = None,
    weights: NDArray[np.float64] | None = None,
    frequency: bool = True,
    cluster: NDArray[np.uint32] | None = None,
    offset: NDArray[np.float64] | None = None,
    names: list[str],
    conf_level: float,
    max_iterations: int,
) -> ParametricFit: ...

@final
class FrailtyFit:
    terms: list[_Term]
    covariance: NDArray[np.float64]
    theta: float
    frailty: NDArray[np.float64]
    group_events: NDArray[np.float64]
    log_likelihood: tuple[float, float, float]
    frailty_test: tuple[float, int, float] | None
    counts: tuple[float, float]
    iterations: int
    converged: bool
    def __new__(
        cls,
        time: NDArray[np.float64],
        event: NDArray[np.bool_],
        x: NDArray[np.float64],
        group: NDArray[np.uint32],
        *,
        theta: float | None = None,
        ties: str,
        entry: NDArray[np.float64] | None = None,
        strata: NDArray[np.uint32] | None = None,
        weights: NDArray[np.float64] | None = None,
        offset: NDArray[np.float64] | None = None,
        names: list[str],
        conf_level: float,
        max_iterations: int,
        group_near_ties: bool,
    ) -> FrailtyFit: ...

@final
class Reconstruction:
    time: NDArray[np.float64]
    event: NDArray[np.bool_]
    clicks: tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]
    intervals: tuple[
        NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]
    ]
    settled: bool
    cleaning: tuple[bool, int, int, int, float, int, int]
    quality: tuple[float, float, float, float, float]
    def __new__(
        cls,
        time: NDArray[np.float64],
        survival: NDArray[np.float64],
        risk_time: NDArray[np.float64],
        n_risk: NDArray[np.float64],
        total_events: int | None = None,
    ) -> Reconstruction: ...

def survival_critical_value(level: float) -> float:
    """The normal quantile of two-sided limits."""

def survival_incidence(
    time: NDArray[np.float64],
    cause: NDArray[np.uint32],
    *,
    n_causes: int,
    group: NDArray[np.uint32],
    n_groups: int,
    entry: NDArray[np.float64] | None = None,
    variance: str,
    interval: str,
    level: float,
    group_near_ties: bool,
) -> list[dict[str, Any]]:
    """Cumulative incidence of competing events, one curve per group."""

def survival_incidence_limits(
    incidence: NDArray[np.float64], variance: NDArray[np.float64], interval: str, level: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Lower and upper limits of a cumulative incidence."""

# competing risks

def survival_gray(
    time: NDArray[np.float64],
    cause: NDArray[np.uint32],
    group: NDArray[np.uint32],
    *,
    n_causes: int,
    of: int,
    n_groups: int,
    strata: NDArray[np.uint32] | None = None,
    n_strata: int = 1,
    rho: float,
    group_near_ties: bool,
) -> dict[str, Any]:
    """Gray's test of one cause between groups."""

@final
class CauseHazard:
    """The Cox model of one cause at its coefficients."""

def survival_cause_specific(
    causes: list[CauseHazard],
    x: list[NDArray[np.float64]],
    *,
    strata: NDArray[np.uint32] | None = None,
    times: NDArray[np.float64] | None = None,
    survival: str,
    conf_level: float,
) -> dict[str, Any]:
    """Cumulative incidence of new subjects from the Cox models of all causes, subjects x causes x times."""

@final
class FineGray:
    """A fitted Fine-Gray model."""

    def __new__(
        cls,
        time: NDArray[np.float64],
        cause: NDArray[np.uint32],
        x: NDArray[np.float64],
        *,
        n_causes: int,
        of: int,
        ties: str,
        variance: str,
        entry: NDArray[np.float64] | None = None,
        weights: NDArray[np.float64] | None = None,
        frequency: bool = True,
        cluster: NDArray[np.uint32] | None = None,
        n_clusters: int = 0,
        censoring_groups: NDArray[np.uint32] | None = None,
        n_censoring_groups: int = 1,
        names: list[str] | None = None,
        conf_level: float,
        max_iterations: int,
        group_near_ties: bool,
    ) -> FineGray:
        """Fits the model."""
    def fit(self) -> dict[str, Any]:
        """Everything the fit found; NaN where not estimable."""
    def predict(
        self, x: NDArray[np.float64], *, times: NDArray[np.float64] | None = None, limits: bool = True
    ) -> dict[str, Any]:
        """Cumulative incidence of new subjects, subjects x times."""

# survival: bands, hazards, follow-up, bootstrap, event tables

_Floats: TypeAlias = NDArray[np.float64]
_Codes: TypeAlias = NDArray[np.uint32]
_Flags: TypeAlias = NDArray[np.bool_]

def survival_band_critical(kind: str, critical: str, a: float, b: float, level: float) -> float:
    """The critical value of a simultaneous band between two places of the bridge."""

def survival_band(
    time: _Floats,
    survival: _Floats,
    log_variance: _Floats,
    *,
    n: float,
    kind: str,
    critical: str,
    interval: str,
    level: float,
    start: float | None = None,
    end: float | None = None,
) -> dict[str, Any]:
    """A simultaneous band of a Kaplan-Meier curve."""

def survival_hazard(
    time: _Floats,
    event: _Flags,
    group: _Codes,
    *,
    n_groups: int,
    estimator: str,
    entry: _Floats | None = None,
    weights: _Floats | None = None,
    frequency: bool = True,
    cluster: _Codes | None = None,
    group_near_ties: bool,
) -> list[dict[str, Any]]:
    """The cumulative hazard of each group."""

def survival_hazard_limits(hazard: _Floats, variance: _Floats, scale: str, level: float) -> tuple[_Floats, _Floats]:
    """Lower and upper limits of a cumulative hazard."""

def survival_follow_up(
    time: _Floats,
    event: _Flags,
    group: _Codes,
    *,
    n_groups: int,
    ties: str,
    entry: _Floats | None = None,
    weights: _Floats | None = None,
    group_near_ties: bool,
) -> list[dict[str, Any]]:
    """The reverse Kaplan-Meier curve of each group."""

def survival_landmark(
    time: _Floats, event: _Flags, *, landmark: float, entry: _Floats | None = None, group_near_ties: bool
) -> tuple[NDArray[np.int64], NDArray[np.int64], _Floats, _Floats | None]:
    """Rows at risk after a landmark: status of all rows, rows kept, their time and entry since."""

def survival_bootstrap(
    time: _Floats,
    event: _Flags,
    group: _Codes,
    *,
    n_groups: int,
    of: str,
    at: float,
    group_near_ties: bool,
    replicates: int,
    seed: int,
) -> list[_Floats]:
    """Bootstrap replicates of a quantile, of survival at a time or of a restricted mean, by group."""

def survival_bootstrap_limits(
    estimate: float, replicates: _Floats, interval: str, level: float
) -> tuple[float, float, float]:
    """Lower and upper limit and standard error from bootstrap replicates."""

@final
class EventTable:
    """Counts by stratum, arm and time."""

    @staticmethod
    def from_columns(
        time: _Floats,
        cause: _Codes,
        causes: int,
        strata: _Codes,
        n_strata: int,
        arm: _Codes,
        n_arms: int,
        *,
        entry: _Floats | None = None,
    ) -> EventTable:
        """The counts of rows: cause 0 = censored."""
    @staticmethod
    def from_cells(causes: int, cells: Sequence[tuple[Any, ...]]) -> EventTable:
        """A table from its cells (stratum, arm, start, time, events by cause, censored, entered)."""
    def cells(self) -> list[tuple[int, int, float, _Floats, list[_Floats], _Floats, _Floats]]:
        """The cells (stratum, arm, start, time, events by cause, censored, entered)."""
    def merged(self, other: EventTable, strata: _Codes, arms: _Codes) -> EventTable:
        """The sum of this and another table, whose codes of strata and arms become these."""
    def recoded(self, strata: _Codes, arms: _Codes) -> EventTable:
        """The same counts under other codes."""
    def grouped(self, group_near_ties: bool) -> EventTable:
        """Near ties grouped over all cells."""
    def kaplan_meier(self, stratum: int, arm: int) -> dict[str, Any]:
        """The Kaplan-Meier curve of a stratum and arm."""
    def logrank(self, test: str, rho: float, gamma: float) -> dict[str, Any]:
        """The log-rank test between arms."""
    def cumulative_incidence(self, stratum: int, arm: int, variance: str) -> dict[str, Any]:
        """The cumulative incidences of a stratum and arm."""
    def __eq__(self, value: object, /) -> bool: ...

def survival_logrank_trend(
    time: _Floats,
    event: _Flags,
    group: _Codes,
    *,
    scores: _Floats,
    strata: _Codes | None = None,
    n_strata: int = 1,
    entry: _Floats | None = None,
    weights: _Floats | None = None,
    test: str,
    rho: float,
    gamma: float,
    group_near_ties: bool,
) -> dict[str, Any]:
    """The log-rank test of all groups with a trend over scores of the groups."""

def survival_logrank_pairs(
    time: _Floats,
    event: _Flags,
    group: _Codes,
    *,
    n_groups: int,
    strata: _Codes | None = None,
    n_strata: int = 1,
    entry: _Floats | None = None,
    weights: _Floats | None = None,
    test: str,
    rho: float,
    gamma: float,
    group_near_ties: bool,
) -> list[tuple[int, int, dict[str, Any] | None, str | None]]:
    """The log-rank test of each pair of groups, or why there is none."""

def survival_max_combo(
    time: _Floats,
    event: _Flags,
    group: _Codes,
    *,
    tests: Sequence[tuple[str, float, float]],
    strata: _Codes | None = None,
    n_strata: int = 1,
    entry: _Floats | None = None,
    weights: _Floats | None = None,
    group_near_ties: bool,
) -> dict[str, Any]:
    """The max-combo test of two groups."""

def survival_concordance(
    time: NDArray[np.float64],
    event: NDArray[np.bool_],
    score: NDArray[np.float64],
    *,
    kind: str,
    tau: float | None = None,
    entry: NDArray[np.float64] | None = None,
    strata: NDArray[np.uint32] | None = None,
    weights: NDArray[np.float64] | None = None,
    frequency: bool = True,
    cluster: NDArray[np.uint32] | None = None,
    conf_level: float,
    group_near_ties: bool,
) -> dict[str, Any]:
    """Concordance of a score with the order of events."""

def survival_prediction_error(
    time: NDArray[np.float64],
    event: NDArray[np.bool_],
    survival: NDArray[np.float64],
    times: NDArray[np.float64],
    *,
    conf_level: float,
    group_near_ties: bool,
) -> dict[str, Any]:
    """Brier score and time-dependent AUC."""

# recurrent events and multi-state models

def survival_mean_cumulative(
    time: NDArray[np.float64],
    event: NDArray[np.bool_],
    subject: NDArray[np.uint32],
    *,
    n_subjects: int,
    entry: NDArray[np.float64] | None = None,
    death: NDArray[np.bool_] | None = None,
    group: NDArray[np.uint32] | None = None,
    n_groups: int = 1,
    group_near_ties: bool,
    test: bool = False,
) -> list[dict[str, Any]]:
    """Mean cumulative function by group, or (``test``) the comparison of the groups."""

def survival_multi_state(
    time: NDArray[np.float64],
    from_state: NDArray[np.uint32],
    to_state: NDArray[np.uint32],
    *,
    n_states: int,
    entry: NDArray[np.float64] | None = None,
    subject: NDArray[np.uint32] | None = None,
    n_subjects: int = 0,
    group: NDArray[np.uint32] | None = None,
    n_groups: int = 1,
    weights: NDArray[np.float64] | None = None,
    start: float | None = None,
    initial: NDArray[np.float64] | None = None,
    variance: str,
    mean_until: float | None = None,
    group_near_ties: bool,
) -> list[MultiState]:
    """One fitted model per group."""

@final
class MultiState:
    """State occupation probabilities of one group."""

    def columns(self) -> dict[str, Any]:
        """Times, numbers at risk, moves, occupation and variance."""
    def limits(
        self, state: int, interval: str, level: float
    ) -> tuple[tuple[float, float], NDArray[np.float64], NDArray[np.float64]]:
        """Limits of the occupation of a state at the start and at each time."""
    def mean_time(self) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
        """Mean time in each state until ``mean_until`` and its variance."""
    def transition_matrix(self, start: float, stop: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Transition probabilities between two times and their Greenwood variances, states x states."""

# Cox model

@final
class CoxFit:
    """A fitted Cox model; NaN where not estimable."""

    @property
    def status(self) -> list[str]:
        """``estimated``, ``constant``, ``aliased``, ``plus infinity``, ``minus infinity``, ``undetermined``, ``not converged`` by term."""
    @property
    def inference(self) -> list[str]:
        """What limits and p-value of each term rest on."""
    @property
    def coefficients(self) -> NDArray[np.float64]:
        """Log hazard ratios."""
    @property
    def standard_errors(self) -> NDArray[np.float64]:
        """Standard errors of the log hazard ratios."""
    @property
    def z(self) -> NDArray[np.float64]:
        """Wald z, or the signed root of the likelihood-ratio statistic."""
    @property
    def p_value(self) -> NDArray[np.float64]:
        """Two-sided p-values of z."""
    @property
    def lower(self) -> NDArray[np.float64]:
        """Lower limits of the log hazard ratios."""
    @property
    def upper(self) -> NDArray[np.float64]:
        """Upper limits of the log hazard ratios."""
    @property
    def covariance(self) -> NDArray[np.float64]:
        """Covariance of the log hazard ratios."""
    @property
    def naive_covariance(self) -> NDArray[np.float64] | None:
        """Inverse information, where the covariance is robust."""
    @property
    def information(self) -> NDArray[np.float64]:
        """Observed information at the solution."""
    @property
    def score(self) -> NDArray[np.float64]:
        """First derivative of the (penalised) log-likelihood at the solution."""
    @property
    def log_likelihood(self) -> tuple[float, float]:
        """At 0 and at the solution."""
    @property
    def wald(self) -> tuple[float, int, float] | None:
        """Statistic, degrees of freedom, p-value."""
    @property
    def score_test(self) -> tuple[float, int, float]:
        """Statistic, degrees of freedom, p-value."""
    @property
    def likelihood_ratio(self) -> tuple[float, int, float]:
        """Statistic, degrees of freedom, p-value."""
    @property
    def counts(self) -> tuple[float, float, int]:
        """Rows, events, strata."""
    @property
    def converged(self) -> bool:
        """Whether the maximum or its limit was reached."""
    @property
    def iterations(self) -> int:
        """Steps done."""
    @property
    def notes(self) -> list[tuple[str, str]]:
        """Kind and sentence of what a reader must know."""

@final
class CoxData:
    """The data of a fit, kept for what is computed after it."""

    def __new__(
        cls,
        time: NDArray[np.float64],
        event: NDArray[np.bool_],
        x: NDArray[np.float64],
        *,
        ties: str,
        entry: NDArray[np.float64] | None = None,
        strata: NDArray[np.uint32] | None = None,
        weights: NDArray[np.float64] | None = None,
        frequency: bool = True,
        cluster: NDArray[np.uint32] | None = None,
        offset: NDArray[np.float64] | None = None,
        names: list[str] | None = None,
        penalty: str,
        interval: str,
        conf_level: float,
        max_iterations: int,
        tolerance: float,
        group_near_ties: bool,
    ) -> CoxData:
        """Borrows the arrays."""
    def fit(self) -> CoxFit:
        """Fits the model."""
    def screen(self) -> dict[str, Any]:
        """One model a column; ``status`` holds codes."""
    def residuals(self, coefficients: NDArray[np.float64]) -> dict[str, Any]:
        """Residuals at given coefficients."""
    def arrays(self) -> dict[str, Any]:
        """The arrays of the fit by name; None for those it has not."""
    def concordance(self, coefficients: NDArray[np.float64], kind: str, tau: float | None = None) -> dict[str, Any]:
        """Concordance of the linear predictor, its standard error, limits and pairs."""
    def likelihood(
        self, coefficients: NDArray[np.float64]
    ) -> list[tuple[int, float, float, float, NDArray[np.float64], NDArray[np.float64]]]:
        """Code, rows, events, log-likelihood, score and information of each stratum."""
    def path(
        self,
        *,
        mix: float,
        n_strengths: int,
        standardise: bool,
        strengths: NDArray[np.float64] | None = None,
        smallest_ratio: float | None = None,
        factors: NDArray[np.float64] | None = None,
        fold: NDArray[np.uint32] | None = None,
    ) -> dict[str, Any]:
        """Coefficients along a path of penalties."""
    def baseline(self, coefficients: NDArray[np.float64], covariance: NDArray[np.float64], at: str) -> dict[str, Any]:
        """Baseline hazard by stratum."""
    def standardised(
        self,
        coefficients: NDArray[np.float64],
        covariance: NDArray[np.float64],
        settings: list[NDArray[np.float64]],
        *,
        times: NDArray[np.float64],
        interval: str,
        sampled: bool,
        strata: NDArray[np.uint32] | None = None,
        weights: NDArray[np.float64] | None = None,
    ) -> dict[str, Any]:
        """Survival standardised to a population."""
    def ph_test(
        self, coefficients: NDArray[np.float64], transform: str, terms: list[list[int]]
    ) -> tuple[list[tuple[float, int, float]], tuple[float, int, float]]:
        """Tests of proportional hazards by term, and of all."""
    def cause_hazard(self, coefficients: NDArray[np.float64], covariance: NDArray[np.float64]) -> CauseHazard:
        """The model as one of the causes of a cumulative incidence."""
    def survival(
        self,
        coefficients: NDArray[np.float64],
        covariance: NDArray[np.float64],
        x: NDArray[np.float64],
        *,
        strata: NDArray[np.uint32] | None = None,
        offset: NDArray[np.float64] | None = None,
        times: NDArray[np.float64] | None = None,
        interval: str = "log",
    ) -> dict[str, Any]:
        """Survival of new subjects."""
