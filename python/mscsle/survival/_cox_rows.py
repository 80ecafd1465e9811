"""Reading a Cox call: covariates to columns, options to words, new data to the columns of a fit."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, TypeAlias, TypeGuard

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mscsle import _core, _frame
from mscsle.exceptions import DataError, OptionError
from mscsle.survival import _rows
from mscsle.survival._rows import Column

Ties: TypeAlias = Literal["efron", "breslow", "exact"]
Penalty: TypeAlias = Literal["firth"]
CoxConfType: TypeAlias = Literal["wald", "profile"]
WeightKind: TypeAlias = Literal["frequency", "sampling"]
Covariates: TypeAlias = Sequence[str] | Mapping[str, ArrayLike] | ArrayLike

TIES = ("efron", "breslow", "exact")
CONF_TYPES = ("wald", "profile")
WEIGHT_KINDS = ("frequency", "sampling")
#: Covariates beyond which there is no single model of all of them.
MANY = 2000


@dataclass(frozen=True)
class Encoding:
    """How a covariate became columns: itself, or one 0/1 column for each level but the reference."""

    name: str
    levels: list[str] | None = None
    reference: str | None = None

    @property
    def terms(self) -> list[str]:
        """Names of the columns."""
        if self.levels is None:
            return [self.name]
        return [f"{self.name}[{level}]" for level in self.levels if level != self.reference]

    def columns(self, frame: _frame.Frame) -> list[NDArray[np.float64]]:
        """The columns of new data."""
        if self.levels is None:
            values = frame.numbers(self.name)
            if np.isnan(values).any():
                row = int(np.argmax(np.isnan(values)))
                raise DataError(
                    f"column `{self.name}` holds missing values (first in row {row}); a prediction needs all"
                )
            return [values]
        texts = [text and text.strip() for text in frame.texts(self.name)]
        for row, text in enumerate(texts):
            if text not in self.levels:
                known = ", ".join(f"`{level}`" for level in self.levels)
                raise DataError(f"column `{self.name}`, row {row} is {text!r}; the levels of the fit are {known}")
        return [np.array([float(text == level) for text in texts]) for level in self.levels if level != self.reference]


class CoxRows(NamedTuple):
    """Checked rows of a call, ready for the core."""

    time: NDArray[np.float64]
    event: NDArray[np.bool_]
    x: NDArray[np.float64]
    terms: list[str]
    references: dict[str, str]
    entry: NDArray[np.float64] | None
    strata: NDArray[np.uint32] | None
    weights: NDArray[np.float64] | None
    cluster: NDArray[np.uint32] | None
    offset: NDArray[np.float64] | None
    encoding: list[Encoding]
    strata_levels: list[str]
    time_name: str
    strata_name: str | None
    n_dropped: int
    library: _frame.Library


class CoxOptions(NamedTuple):
    """Checked options of a fit."""

    ties: str
    penalty: str | None
    conf_type: str | None
    weight_kind: str
    conf_level: float
    group: bool
    like: str | None
    max_iterations: int = 20
    tolerance: float = 1e-9


def options(
    *,
    ties: str | None,
    penalty: str | None,
    conf_type: str | None,
    weight_kind: str,
    conf_level: float,
    near_ties: str,
    missing: str,
    like: str | None,
    max_iterations: int = 20,
    tolerance: float = 1e-9,
) -> CoxOptions:
    """The options of a fit, each word checked."""
    if like is not None:
        _rows.one_of("like", like, ("r", "sas"))
    if ties is None:
        ties = "breslow" if like == "sas" else "efron"
    _rows.one_of("ties", ties, TIES)
    if penalty in ("ridge", "lasso", "elastic-net"):
        raise OptionError(
            f'`penalty="{penalty}"` has a strength to choose and no standard errors; call `path = ms.cox_path("time", '
            f'event="event", covariates=["age", "dose"], data=data, penalty="{penalty}", folds=10)` with your own columns, '
            'then `path.at("min")`'
        )
    if penalty is not None and penalty != "firth":
        raise OptionError(f"unknown penalty `{penalty}`; use `firth` or leave it out")
    if conf_type is not None:
        _rows.one_of("conf_type", conf_type, CONF_TYPES)
    _rows.one_of("weight_kind", weight_kind, WEIGHT_KINDS)
    _rows.one_of("missing", missing, ("error", "drop"))
    level, group = _rows.level(conf_level), _rows.grouping(near_ties)
    return CoxOptions(ties, penalty, conf_type, weight_kind, level, group, like, max_iterations, tolerance)


def core_data(rows: CoxRows, options: CoxOptions) -> _core.CoxData:
    """The rows and options as the core takes them."""
    return _core.CoxData(
        rows.time,
        rows.event,
        rows.x,
        ties=options.ties,
        entry=rows.entry,
        strata=rows.strata,
        weights=rows.weights,
        frequency=options.weight_kind == "frequency",
        cluster=rows.cluster,
        offset=rows.offset,
        names=rows.terms,
        penalty=options.penalty or "none",
        interval=options.conf_type or "usual",
        conf_level=options.conf_level,
        max_iterations=options.max_iterations,
        tolerance=options.tolerance,
        group_near_ties=options.group,
    )


def covariate_list(covariates: Covariates, data: object | None) -> list[tuple[str, object]]:
    """Name and column (a name or an array) of each covariate."""
    if data is not None:
        if isinstance(covariates, str):
            raise TypeError(
                f'`covariates` is a list of column names, but this is the text `{covariates}`; use `["{covariates}"]`'
            )
        if isinstance(covariates, (Mapping, np.ndarray)) or not isinstance(covariates, Sequence):
            raise TypeError(
                f"with `data=`, `covariates` is a list of column names, but this is {type(covariates).__name__}"
            )
        found: list[tuple[str, object]] = []
        for name in covariates:
            if not isinstance(name, str):
                raise TypeError(f"with `data=`, covariates are given by name (str), but this is {type(name).__name__}")
            found.append((name, name))
    elif isinstance(covariates, Mapping):
        found = [(str(name), column) for name, column in covariates.items()]
    else:
        if isinstance(covariates, str) or (
            isinstance(covariates, Sequence) and any(isinstance(c, str) for c in covariates)
        ):
            raise TypeError("`covariates` holds column names but no `data=` was given; give a frame, or arrays")
        matrix = np.asarray(covariates)
        if matrix.ndim == 1:
            matrix = matrix.reshape(-1, 1)
        if matrix.ndim != 2:
            raise DataError(
                f"`covariates` must have one row a subject and one column a covariate, but has shape {matrix.shape}"
            )
        found = [(f"x{j + 1}", matrix[:, j]) for j in range(matrix.shape[1])]
    if not found:
        raise OptionError("`covariates` is empty; name at least one covariate")
    seen: set[str] = set()
    for name, _ in found:
        if name in seen:
            raise OptionError(f"covariate `{name}` is given twice")
        seen.add(name)
    return found


def covariate_roles(
    covariates: Covariates, data: object | None, ref: Mapping[str, object] | None
) -> tuple[list[str], dict[str, tuple[object, _frame.Kind]]]:
    """Names of the covariates, and the column and kind of each for :func:`_rows.read`."""
    frame = None if data is None else _frame.Frame(data)
    extra: dict[str, tuple[object, _frame.Kind]] = {}
    wanted = covariate_list(covariates, data)
    unknown = set(ref or {}) - {name for name, _ in wanted}
    if unknown:
        raise OptionError(f"`ref` names `{min(unknown)}`, which is not a covariate")
    for name, column in wanted:
        if frame is None:
            text = holds_text(column) or _frame.categories_of(column) is not None
        else:  # numbers that are categories are categories
            text = name in frame.names and (frame.is_text(name) or frame.categories(name) is not None)
        extra[f"covariate {name}"] = (column, "codes" if text or (ref and name in ref) else "number")
    return [name for name, _ in wanted], extra


def columns_of(
    rows: _rows.Rows, wanted: Sequence[str], ref: Mapping[str, object] | None
) -> tuple[NDArray[np.float64], list[str], dict[str, str], list[Encoding]]:
    """The matrix of the covariates (rows x terms), names of the terms, reference levels, and how it was made."""
    references: dict[str, str] = {}
    blocks: list[NDArray[np.float64]] = []
    terms: list[str] = []
    encoding: list[Encoding] = []
    for name in wanted:
        values = rows.extra[f"covariate {name}"]
        levels = rows.extra_levels.get(f"covariate {name}")
        if levels is None:
            blocks.append(values)
            terms.append(name)
            encoding.append(Encoding(name))
            continue
        reference, present = _reference(name, values, levels, None if ref is None else ref.get(name))
        references[name] = levels[reference]
        encoding.append(Encoding(name, [levels[code] for code in present], levels[reference]))
        for code in present:
            if code != reference:
                blocks.append((values == code).astype(np.float64))
                terms.append(f"{name}[{levels[code]}]")
    x = np.empty((len(blocks), rows.n), dtype=np.float64)
    for i, block in enumerate(blocks):
        x[i] = block
    return x.T, terms, references, encoding


def read(
    *,
    time: Column,
    event: Column | None,
    cnsr: Column | None,
    covariates: Covariates,
    data: object | None,
    strata: Column | list[str] | None,
    entry: Column | None,
    weights: Column | None,
    cluster: Column | None,
    offset: Column | None,
    ref: Mapping[str, object] | None,
    missing: str,
) -> CoxRows:
    """Columns of a Cox call by name or as arrays, checked."""
    wanted, extra = covariate_roles(covariates, data, ref)
    extra["offset"] = (offset, "number")
    rows = _rows.read(
        data,
        time=time,
        event=event,
        cnsr=cnsr,
        strata=strata,
        entry=entry,
        weights=weights,
        cluster=cluster,
        missing=missing,
        extra=extra,
    )
    assert rows.event is not None
    x, terms, references, encoding = columns_of(rows, wanted, ref)
    return CoxRows(
        time=rows.time,
        event=rows.event,
        x=x,
        terms=terms,
        references=references,
        entry=rows.entry,
        strata=rows.strata,
        weights=rows.weights,
        cluster=rows.cluster,
        encoding=encoding,
        strata_levels=rows.strata_levels,
        offset=rows.extra.get("offset"),
        time_name=rows.names["time"],
        strata_name=None if strata is None else _rows.by_name(strata, rows.names, "strata"),
        n_dropped=rows.n_dropped,
        library=rows.library,
    )


def plain(
    time: object,
    event: object,
    x: NDArray[Any],
    strata: object,
    entry: object,
    weights: object,
    offset: object,
) -> CoxRows | None:
    """Rows of arrays that the core takes as they are; None if they need a closer look."""
    rows = _rows.plain(time, event)
    if rows is None or x.ndim != 2 or x.dtype != np.float64 or x.shape[0] != rows[0].size or x.shape[1] == 0:
        return None
    found = bare(rows, x, *_numbered(x.shape[1]))
    if strata is entry is weights is offset is None:
        return found
    numbers: list[NDArray[np.float64] | None] = []
    for values in (entry, weights, offset):
        if values is not None and not _plain_numbers(values, rows[0].size):
            return None
        numbers.append(values)
    codes, levels = None, list[str]()
    if strata is not None:
        if (
            not isinstance(strata, np.ndarray)
            or strata.shape != rows[0].shape
            or strata.dtype.kind not in "iub"
            or strata.dtype == np.uint64
        ):
            return None
        signed, levels = _frame.as_codes(strata)
        codes = signed.view(np.uint32)
    return found._replace(
        strata=codes,
        strata_levels=levels,
        strata_name=None if codes is None else "strata",
        entry=numbers[0],
        weights=numbers[1],
        offset=numbers[2],
    )


def _plain_numbers(values: object, rows: int) -> TypeGuard[NDArray[np.float64]]:
    """Whether the core takes these numbers as they are: as many as there are rows, none missing, infinite or misread."""
    return (
        isinstance(values, np.ndarray)
        and values.dtype == np.float64
        and values.shape == (rows,)
        and values.flags.c_contiguous
        and not any(_core.scan_numbers(values))
    )


@functools.lru_cache(maxsize=64)
def _numbered(columns: int) -> tuple[tuple[str, ...], tuple[Encoding, ...]]:
    """Names of the columns of an array, and how they were made; naming them costs more than a step of a small fit."""
    names = tuple(f"x{j + 1}" for j in range(columns))
    return names, tuple(Encoding(name) for name in names) if columns <= MANY else ()


def bare(
    plain: tuple[NDArray[np.float64], NDArray[np.bool_]],
    x: NDArray[np.float64],
    names: Sequence[str],
    encoding: Sequence[Encoding],
) -> CoxRows:
    """Time, event and covariates of numbers, and nothing else."""
    return CoxRows(
        time=plain[0],
        event=plain[1],
        x=x,
        terms=list(names),
        references={},
        entry=None,
        strata=None,
        weights=None,
        cluster=None,
        offset=None,
        encoding=list(encoding),
        strata_levels=[],
        time_name="time",
        strata_name=None,
        n_dropped=0,
        library=_frame.default_library(),
    )


def holds_text(column: object) -> bool:
    """Whether an array or list holds text."""
    if isinstance(column, np.ndarray):
        return column.dtype.kind in "US" or (column.dtype.kind == "O" and any(isinstance(v, str) for v in column))
    return isinstance(column, Sequence) and any(isinstance(v, str) for v in column)


def _reference(name: str, codes: NDArray[Any], levels: list[str], given: object | None) -> tuple[int, list[int]]:
    """Code of the reference level and the codes that occur."""
    present = [int(code) for code in np.unique(codes)]
    if given is None:
        reference = present[0]
    else:
        text = _frame.as_texts([given])[0]
        if text not in levels or levels.index(text) not in present:
            known = ", ".join(f"`{levels[code]}`" for code in present)
            raise OptionError(f"reference `{given}` is not a level of `{name}`; the levels are {known}")
        reference = levels.index(text)
    if len(present) < 2:
        raise DataError(f"covariate `{name}` has the one level `{levels[present[0]]}`; a contrast needs two")
    return reference, present
