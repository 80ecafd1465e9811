"""Formulas: ``Surv(...)`` and the terms strata(), cluster() and offset() read here, covariates by formulaic."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mscsle import _frame
from mscsle.exceptions import DataError, OptionError
from mscsle.survival import _rows
from mscsle.survival._cox_rows import CoxRows, Encoding

#: Terms of the right-hand side that are no covariates.
SPECIAL = ("strata", "cluster", "offset")
#: Terms of R's survival that have a call of their own here, and which.
ELSEWHERE = {
    "frailty": "use `ms.cox_frailty(formula=..., group=...)`",
    "tt": "use start/stop rows: `Surv(start, stop, event)`",
    "pspline": "use `bs(x, df=4)` (a regression spline) or columns of your own",
    "ridge": 'use `penalty="ridge"`',
    "hashed": "use `C()`",
    "lag": "make the column before the call",
}
_NAME = r"(?:`[^`]+`|[A-Za-z_][A-Za-z0-9_.]*)"
_COMPARISON = re.compile(rf"({_NAME})\s*(==|!=)\s*(.+)")
_KNOWN = "terms are columns, C(), interactions (`a:b`, `a*b`) and functions of numbers (`log`, `exp`, `np.sqrt`, `poly`, `bs`, `scale`)"
_EXAMPLE = 'as in "Surv(time, event) ~ age + C(source) + strata(centre)"'


@dataclass(frozen=True)
class Formula:
    """A formula taken apart, with the frame its names refer to."""

    text: str
    data: object
    time: str
    event: str | None
    entry: str | None
    upper: str | None
    right: list[str]
    strata: list[str]
    cluster: str | None
    offset: str | None

    @property
    def by(self) -> list[str] | None:
        """The right-hand side as grouping columns; None for ``~ 1``."""
        names = []
        for term in self.right:
            bare = re.fullmatch(rf"(?:C|factor)\(\s*({_NAME})\s*\)", term)
            name = bare.group(1) if bare else term
            if not re.fullmatch(_NAME, name):
                raise OptionError(f"`{term}` is no group; the right-hand side here is columns joined by `+`, or 1")
            names.append(_unquoted(name))
        return names or None

    def no_special(self, *allowed: str) -> None:
        """Refuses terms that this call has no use for."""
        for name in SPECIAL:
            if getattr(self, name) and name not in allowed:
                raise OptionError(f"`{name}()` has no meaning in this call")


def parse(formula: str, data: object | None, **others: object) -> Formula:
    """A formula and its frame; nothing of it may be given twice.

    Parameters
    ----------
    formula : str
    data : frame
    **others
        Arguments that a formula says, which must be None.
    """
    if not isinstance(formula, str):
        raise TypeError(f"`formula` is a text, {_EXAMPLE}, but this is {type(formula).__name__}")
    if data is None:
        raise TypeError("`formula` names columns; give the frame that holds them as `data=`")
    for name, value in others.items():
        if value is not None:
            raise TypeError(f"`formula` says everything but weights; leave out `{name}`")
    sides = formula.split("~")
    if len(sides) != 2:
        raise OptionError(f"a formula has two sides with `~` between, {_EXAMPLE}; this is `{formula}`")
    frame = _frame.Frame(data)
    response = _response(sides[0].strip(), frame)
    right, special = _right(sides[1].strip())
    strata = [name for inner in special["strata"] for name in inner]
    one: dict[str, str | None] = {}
    for name in ("cluster", "offset"):
        given = [inside for inner in special[name] for inside in inner]
        if len(given) > 1:
            raise OptionError(f"`{name}()` takes one column, but the formula has {', '.join(f'`{g}`' for g in given)}")
        one[name] = given[0] if given else None
    for column in (*strata, *one.values()):
        if column is not None:
            frame.require(column)
    return Formula(text=formula, right=right, strata=strata, cluster=one["cluster"], offset=one["offset"], **response)


def _response(left: str, frame: _frame.Frame) -> dict[str, Any]:
    inner = re.fullmatch(r"Surv\s*\((.*)\)", left, flags=re.S)
    if inner is None:
        raise OptionError(
            f"the left-hand side is `Surv(time, event)` or `Surv(start, stop, event)`, but this is `{left}`"
        )
    parts = _split(inner.group(1), ",")
    interval = False
    if parts and (kind := re.fullmatch(r"type\s*=\s*['\"](\w+)['\"]", parts[-1])):
        if kind.group(1) not in ("right", "counting", "interval2"):
            raise OptionError(f'unknown type `{kind.group(1)}` of Surv(); use `type="interval2"` for intervals')
        interval = kind.group(1) == "interval2"
        parts = parts[:-1]
    if interval:
        if len(parts) != 2:
            raise OptionError('intervals are `Surv(lower, upper, type="interval2")`')
        lower, upper = (frame.require(_unquoted(part)) for part in parts)
        return {"data": frame.native, "time": lower, "upper": upper, "event": None, "entry": None}
    if len(parts) not in (2, 3):
        raise OptionError(
            f"Surv() takes time and event, or start, stop and event, but here it has {len(parts)}: `{left}`; an event is "
            "never guessed"
        )
    names = [frame.require(_unquoted(part)) for part in parts[:-1]]
    data, event = _event(parts[-1], frame)
    return {
        "data": data,
        "time": names[-1],
        "event": event,
        "entry": names[0] if len(names) == 2 else None,
        "upper": None,
    }


def _event(part: str, frame: _frame.Frame) -> tuple[object, str]:
    """The event column; of a comparison (``status == 2``) a new column of that name."""
    comparison = _COMPARISON.fullmatch(part)
    if comparison is None:
        return frame.native, frame.require(_unquoted(part))
    column, sign, given = comparison.groups()
    value = given.strip().strip("'\"")
    codes, levels = frame.codes(frame.require(_unquoted(column)))
    if value not in levels:
        known = ", ".join(f"`{level}`" for level in levels[:12])
        raise DataError(f"column `{_unquoted(column)}` holds no `{value}`; its values are {known}")
    happened = (codes == levels.index(value)) == (sign == "==")
    flags = np.where(codes < 0, np.nan, happened.astype(np.float64))
    return _frame.with_column(frame, part, flags), part


def _right(side: str) -> tuple[list[str], dict[str, list[list[str]]]]:
    """Covariate terms, and the columns inside each special term."""
    special: dict[str, list[list[str]]] = {name: [] for name in SPECIAL}
    right: list[str] = []
    if not side:
        raise OptionError("the right-hand side is empty; write `~ 1` for none")
    for term in _split(side, "+"):
        call = re.fullmatch(r"(\w+)\s*\((.*)\)", term, flags=re.S)
        if call is not None and call.group(1) in SPECIAL and _closes_at_end(term):
            columns = _split(call.group(2), ",")
            for column in columns:
                if not re.fullmatch(_NAME, column):
                    raise OptionError(f"`{call.group(1)}()` takes column names, but holds `{column}`")
            special[call.group(1)].append([_unquoted(column) for column in columns])
            continue
        if term in ("0", "-1") or re.search(r"-\s*[01]\s*$", term):
            raise OptionError("the intercept (or baseline hazard) always belongs to the model; leave out `0` and `- 1`")
        if term == ".":
            raise OptionError("`.` is not taken; name the covariates")
        for name in (*SPECIAL, *ELSEWHERE):
            if re.search(rf"\b{name}\s*\(", term):
                hint = ELSEWHERE.get(name, f"write `+ {name}(...)` as a term of its own")
                raise OptionError(f"`{term}` is not taken; {hint}")
        if term != "1":
            right.append(term)
    return right, special


def _split(text: str, separator: str) -> list[str]:
    """Parts between separators that stand outside parentheses and quotes."""
    parts, depth, quote, start = [], 0, "", 0
    for i, letter in enumerate(text):
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "'\"`":
            quote = letter
        elif letter in "([{":
            depth += 1
        elif letter in ")]}":
            depth -= 1
        elif letter == separator and depth == 0:
            parts.append(text[start:i].strip())
            start = i + 1
    parts.append(text[start:].strip())
    if depth != 0 or quote:
        raise OptionError(f"parentheses or quotes are not closed in `{text}`")
    if "" in parts:
        raise OptionError(f"something is missing beside `{separator}` in `{text}`")
    return parts


def _closes_at_end(term: str) -> bool:
    depth = 0
    for i, letter in enumerate(term):
        depth += (letter == "(") - (letter == ")")
        if depth == 0 and letter == ")" and i < len(term) - 1:
            return False
    return True


def _unquoted(name: str) -> str:
    return name.strip().strip("`")


def groups(formula: Formula, *allowed: str) -> tuple[str, str, str | None, list[str] | None]:
    """Time, event, entry and grouping columns of a call without covariates."""
    formula.no_special(*allowed)
    if formula.event is None:
        raise OptionError('intervals (`type="interval2"`) are for `ms.turnbull`, `ms.aft` and `ms.royston_parmar`')
    return formula.time, formula.event, formula.entry, formula.by


@dataclass(frozen=True, eq=False)
class Variable:
    """A column of the right-hand side: numbers, or levels in their order (the reference first)."""

    name: str
    levels: list[str] | None

    def values(self, frame: _frame.Frame) -> NDArray[np.float64] | _frame.Coded:
        """The column of new data."""
        if self.levels is None:
            values = frame.numbers(self.name)
            if np.isnan(values).any():
                row = int(np.argmax(np.isnan(values)))
                raise DataError(
                    f"column `{self.name}` holds missing values (first in row {row}); a prediction needs all"
                )
            return values
        texts = [text and text.strip() for text in frame.texts(self.name)]
        for row, text in enumerate(texts):
            if text not in self.levels:
                known = ", ".join(f"`{level}`" for level in self.levels)
                raise DataError(f"column `{self.name}`, row {row} is {text!r}; the levels of the fit are {known}")
        return _frame.Coded(np.array([self.levels.index(str(text)) for text in texts]), self.levels)


@dataclass(frozen=True, eq=False)
class Design:
    """The covariates of a formula as columns."""

    spec: Any
    variables: list[Variable]
    terms: list[str]
    groups: list[tuple[str, list[int]]]
    values: Mapping[str, NDArray[np.float64] | _frame.Coded] = field(default_factory=dict, repr=False)

    def read(self, frame: _frame.Frame) -> dict[str, NDArray[np.float64] | _frame.Coded]:
        """The variables of the right-hand side in new data."""
        for variable in self.variables:
            frame.require(variable.name)
        return {variable.name: variable.values(frame) for variable in self.variables}

    def matrix(self, values: Mapping[str, NDArray[np.float64] | _frame.Coded]) -> NDArray[np.float64]:
        """The columns for these values of the variables, rows x terms; knots, means and the like are those of the fit."""
        return _matrix(self.spec, values)

    def settings(self, covariate: str, at: Sequence[float] | None) -> list[tuple[str, float | int]]:
        """What a variable is set to in turn: label and number (or code of the level)."""
        variable = self.variable(covariate)
        name = variable.name
        if variable.levels is not None:
            if at is not None:
                raise OptionError(f"`{name}` has levels; all are shown, so leave `at` out")
            return [(level, code) for code, level in enumerate(variable.levels)]
        present = np.unique(np.asarray(self.values[name]))
        as_levels = any(re.search(rf"\b(?:C|factor)\(\s*`?{re.escape(name)}`?\s*[,)]", term) for term, _ in self.groups)
        if at is None:
            if not as_levels and present.tolist() != [0.0, 1.0]:
                raise OptionError(f"`{name}` holds {present.size} numbers; say by `at=` which of them to compare")
            return [(f"{value:.15g}", value) for value in present.tolist()]
        chosen = [float(value) for value in at]
        if not chosen or not np.isfinite(chosen).all():
            raise OptionError(f"`at` must be numbers, the values of `{name}` to compare")
        if as_levels and not np.isin(chosen, present).all():
            known = ", ".join(f"{value:g}" for value in present.tolist())
            raise OptionError(f"`at` must be levels of `{covariate}`, which are {known}")
        return [(f"{value:.15g}", value) for value in chosen]

    def variable(self, name: str) -> Variable:
        """A variable by its name, which may stand in `C()`."""
        bare = re.fullmatch(rf"(?:C|factor)\(\s*({_NAME})\s*\)", name)
        for variable in self.variables:
            if variable.name == _unquoted(bare.group(1) if bare else name):
                return variable
        known = ", ".join(f"`{variable.name}`" for variable in self.variables)
        raise OptionError(f"`{name}` is not a covariate of the fit; these are {known}")

    def matrix_at(
        self, values: Mapping[str, NDArray[np.float64] | _frame.Coded], name: str, value: float
    ) -> NDArray[np.float64]:
        """The columns when a variable has one value (or code of a level) in all rows."""
        variable = self.variable(name)
        n = next(len(v.codes) if isinstance(v, _frame.Coded) else len(v) for v in values.values())
        one: NDArray[np.float64] | _frame.Coded = np.full(n, value, dtype=np.float64)
        if variable.levels is not None:
            one = _frame.Coded(np.full(n, int(value)), variable.levels)
        return self.matrix({**values, variable.name: one})

    @property
    def encoding(self) -> list[Encoding]:
        """Each term of the formula with its columns."""
        return [FormulaTerm(name, design=self, columns_of_term=columns) for name, columns in self.groups]


@dataclass(frozen=True, eq=False)
class FormulaTerm(Encoding):
    """A term of a formula and its columns in the design."""

    design: Design = field(kw_only=True)
    columns_of_term: list[int] = field(kw_only=True)

    @property
    def terms(self) -> list[str]:
        """Names of the columns."""
        return [self.design.terms[j] for j in self.columns_of_term]

    def columns(self, frame: _frame.Frame) -> list[NDArray[np.float64]]:
        """The columns of new data."""
        matrix = self.design.matrix(self.design.read(frame))
        return [np.ascontiguousarray(matrix[:, j]) for j in self.columns_of_term]


def required(formula: Formula) -> dict[str, tuple[object, _frame.Kind]]:
    """The columns of the covariates as roles of a call: numbers, or codes for text and categories."""
    if not formula.right:
        return {}
    parsed = _parsed(formula)
    frame = _frame.Frame(formula.data)
    roles: dict[str, tuple[object, _frame.Kind]] = {}
    for name in sorted({str(name) for name in parsed.required_variables} | _names_in_functions(parsed)):
        if name not in frame.names and re.search(rf"(?<![\w.]){re.escape(name)}\s*\(", formula.text):
            raise OptionError(f"unknown function `{name}()` in `{formula.text}`; {_KNOWN}")
        frame.require(name)
        text = frame.is_text(name) or frame.categories(name) is not None
        roles[f"variable {name}"] = (name, "codes" if text else "number")
    return roles


def _names_in_functions(parsed: Any) -> set[str]:
    """Columns that stand inside functions. formulaic names none of those inside `poly()`, `bs()`, `scale()` and the like."""
    names: set[str] = set()
    for factor in {str(factor.expr) for term in parsed for factor in term.factors}:
        quoted = re.findall(r"`([^`]+)`", factor)
        text = factor
        for i, name in enumerate(quoted):
            text = text.replace(f"`{name}`", f"_quoted_{i}")
        try:
            tree = ast.parse(text, mode="eval")
        except SyntaxError:  # a bare column of an unusual name, which formulaic names itself
            continue
        if not any(isinstance(node, ast.Call) for node in ast.walk(tree)):
            continue
        others = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
        others |= {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        found = [node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and id(node) not in others]
        stand_in = {f"_quoted_{i}": name for i, name in enumerate(quoted)}
        names |= {stand_in.get(name, name) for name in found}
    return names


def design(
    formula: Formula, rows: _rows.Rows, ref: Mapping[str, object] | None
) -> tuple[Design, NDArray[np.float64], dict[str, str]]:
    """Columns of the covariates, the matrix (rows x terms) and the reference levels."""
    if not formula.right:
        return Design(None, [], [], []), np.empty((rows.n, 0)), {}
    values: dict[str, NDArray[np.float64] | _frame.Coded] = {}
    variables: list[Variable] = []
    references: dict[str, str] = {}
    for role, column in rows.extra.items():
        if not role.startswith("variable "):
            continue
        name = role.removeprefix("variable ")
        levels = rows.extra_levels.get(role)
        if levels is None and ref and name in ref:
            column, levels = _frame.as_codes(column)
        if levels is None:
            values[name] = column
            variables.append(Variable(name, None))
            continue
        present, compact = np.unique(column, return_inverse=True)
        ordered = [levels[code] for code in present.tolist()]
        if len(ordered) < 2:
            raise DataError(f"covariate `{name}` has the one level `{ordered[0]}`; a contrast needs two")
        if ref and name in ref:
            reference = _rows.level_text(ref[name])
            if reference not in ordered:
                known = ", ".join(f"`{level}`" for level in ordered)
                raise OptionError(f"reference `{ref[name]}` is not a level of `{name}`; the levels are {known}")
            order = [reference, *(level for level in ordered if level != reference)]
            compact = np.array([order.index(level) for level in ordered])[compact]
            ordered = order
        references[name] = ordered[0]
        values[name] = _frame.Coded(compact, ordered)
        variables.append(Variable(name, ordered))
    unknown = set(ref or {}) - set(values)
    if unknown:
        raise OptionError(f"`ref` names `{min(unknown)}`, which is not in the formula")
    spec, structure = _fitted(formula, values)
    numeric = {variable.name for variable in variables if variable.levels is None}
    terms: list[str] = []
    groups: list[tuple[str, list[int]]] = []
    for name, columns in structure:
        groups.append((name, list(range(len(terms), len(terms) + len(columns)))))
        terms += [_r_name(column, numeric) for column in columns]
    found = Design(spec, variables, terms, groups, values)
    return found, _matrix(spec, values), references


def _formulaic() -> Any:
    try:
        import formulaic
    except ImportError:
        raise ImportError(
            "covariates of a formula are read by formulaic; install it with `pip install mscsle[formula]`, or give "
            "`covariates=` as a list of columns"
        ) from None
    return formulaic


def _parsed(formula: Formula) -> Any:
    formulaic = _formulaic()
    try:
        return formulaic.Formula("1 + " + " + ".join(formula.right))
    except formulaic.errors.FormulaicError as error:
        text = re.sub(r"[⧛⧚]|\[[0-9;]*m|\x1b", "", str(error)).split("\n")[0]
        raise OptionError(f"the formula `{formula.text}` cannot be read: {text}") from None


def _fitted(
    formula: Formula, values: Mapping[str, NDArray[np.float64] | _frame.Coded]
) -> tuple[Any, list[tuple[str, list[str]]]]:
    formulaic = _formulaic()
    parsed = _parsed(formula)
    try:
        with np.errstate(all="ignore"):  # a logarithm of 0 is refused below, by term and row
            spec = parsed.get_model_matrix(
                _frame.pandas_frame(values), context={}, output="pandas", na_action="ignore"
            ).model_spec
    except formulaic.errors.FormulaicError as error:
        raise OptionError(
            f"the formula `{formula.text}` cannot be evaluated: {str(error).split(chr(10))[0]} {_KNOWN}"
        ) from None
    structure = [
        (str(part.term), [str(column) for column in part.columns])
        for part in spec.structure
        if str(part.term) != "1" and part.columns
    ]
    return spec, structure


def _matrix(spec: Any, values: Mapping[str, NDArray[np.float64] | _frame.Coded]) -> NDArray[np.float64]:
    if spec is None:
        return np.empty((0, 0))
    with np.errstate(all="ignore"):
        frame = spec.get_model_matrix(_frame.pandas_frame(values), context={}, output="pandas", na_action="ignore")
    columns = [str(name) for name in frame.columns]
    kept = [j for j, name in enumerate(columns) if name != "Intercept"]
    x = np.empty((len(kept), len(frame)), dtype=np.float64)
    for i, j in enumerate(kept):
        x[i] = np.asarray(frame.iloc[:, j], dtype=np.float64)
    return x.T


def _r_name(column: str, numeric: set[str]) -> str:
    """``C(source)[T.UC]:age`` as R writes it: ``C(source)UC:age``."""

    def level(match: re.Match[str]) -> str:
        text = match.group(1)
        before = column[: match.start()]
        of_numbers = any(re.search(rf"\bC\(\s*`?{re.escape(name)}`?\b[^:]*$", before) for name in numeric)
        return text.removesuffix(".0") if of_numbers else text

    return re.sub(r"\[(?:T\.)?([^\]]*)\]", level, column)


def cox_rows(
    formula: str,
    data: object | None,
    *,
    weights: object | None,
    ref: Mapping[str, object] | None,
    missing: str,
    **others: object,
) -> CoxRows:
    """Checked rows of a model given by a formula."""
    return cox_rows_of(parse(formula, data, **others), weights, ref, missing)


def cox_rows_of(parsed: Formula, weights: object | None, ref: Mapping[str, object] | None, missing: str) -> CoxRows:
    """Checked rows of a model whose formula was taken apart."""
    if parsed.event is None:
        raise OptionError('this model takes `Surv(time, event)` or `Surv(start, stop, event)`, not `type="interval2"`')
    if not parsed.right:
        raise OptionError("the formula has no covariate; name at least one")
    rows = _rows.read(
        parsed.data,
        time=parsed.time,
        event=parsed.event,
        strata=parsed.strata or None,
        entry=parsed.entry,
        weights=weights,  # type: ignore[arg-type]
        cluster=parsed.cluster,
        missing=missing,
        extra={"offset": (parsed.offset, "number"), **required(parsed)},
    )
    assert rows.event is not None
    found, x, references = design(parsed, rows, ref)
    return CoxRows(
        time=rows.time,
        event=rows.event,
        x=x,
        terms=found.terms,
        references=references,
        entry=rows.entry,
        strata=rows.strata,
        weights=rows.weights,
        cluster=rows.cluster,
        offset=rows.extra.get("offset"),
        encoding=found.encoding,
        strata_levels=rows.strata_levels,
        time_name=rows.names["time"],
        strata_name=_rows.by_name(parsed.strata, rows.names, "strata") if parsed.strata else None,
        n_dropped=rows.n_dropped,
        library=rows.library,
    )
