"""Small random data sets, and by linear programming (scipy's HiGHS) which Cox coefficients are infinite there; writes reference.json.

A coefficient k runs up if the largest d_k over {d : d'v >= 0 for all comparisons v, -1 <= d <= 1} is positive, and down if
the least is negative. Columns that depend on earlier ones within the comparisons (by exact rank) are aliased and left out.
Every decision is confirmed in exact arithmetic: a direction found is scaled to fractions and tested against the
comparisons; "none" needs multipliers whose combination of the comparisons is the unit vector (Farkas), found by a second
programme and tested as fractions.
"""

from __future__ import annotations

import json
import random
from dataclasses import asdict, dataclass
from fractions import Fraction
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import scipy
from scipy.optimize import linprog, minimize

#: Number of data sets.
CASES = 720
TIES = ("efron", "breslow", "exact")


@dataclass(frozen=True)
class Case:
    """A data set with whole-number covariates (thousandths for continuous ones)."""

    ties: str
    time: list[int]
    event: list[bool]
    x: list[list[int]]
    strata: list[int] | None
    entry: list[int] | None
    weights: list[int] | None


def case(index: int) -> Case:
    """Data set ``index``; ``random.Random(n).random()`` gives the same numbers in every version of Python."""
    draw = random.Random(index).random

    def below(bound: int) -> int:
        return int(draw() * bound)

    p, n = 2 + index % 4, 8 + below(23)
    events = 1 + below(min(n, 3 * p + 2))
    tied, continuous = draw() < 0.4, draw() < 0.6
    time = [1 + below(6 if tied else 10_000) for _ in range(n)]
    chosen = sorted(range(n), key=lambda _: draw())[:events]
    event = [i in chosen for i in range(n)]

    def value(column: int) -> int:
        if continuous and (column < 2 or draw() < 2.0):
            return round((draw() + draw() + draw() - 1.5) * 4000)
        return below(2 + column % 3)

    kinds = [draw() < 0.7 for _ in range(p)]
    x = [[value(j) if kinds[j] or not continuous else below(2) for j in range(p)] for _ in range(n)]
    if draw() < 0.5:  # the deaths lean one way, so that separation is common
        lean = [round(draw() * 4 - 2) for _ in range(p)]
        for i in chosen:
            x[i] = [
                a + (1500 if continuous and kinds[j] else 1) * b
                for j, (a, b) in enumerate(zip(x[i], lean, strict=True))
            ]
    strata = [below(3) for _ in range(n)] if draw() < 0.25 else None
    entry = [below(t) for t in time] if draw() < 0.25 else None
    weights = [below(3) for _ in range(n)] if draw() < 0.2 else None
    if weights is not None and not any(w and e for w, e in zip(weights, event, strict=True)):
        weights = None
    return Case(TIES[index // 4 % 3], time, event, x, strata, entry, weights)


def comparisons(data: Case) -> list[list[int]]:
    """``x[death] - x[row at risk]``; with exact ties the rows that survive the time only."""
    found = set()
    n = len(data.time)
    for i, j in product(range(n), range(n)):
        if i == j or not data.event[i]:
            continue
        if data.weights is not None and (data.weights[i] == 0 or data.weights[j] == 0):
            continue
        if data.strata is not None and data.strata[i] != data.strata[j]:
            continue
        if data.time[j] < data.time[i] or (data.entry is not None and data.entry[j] >= data.time[i]):
            continue
        if data.ties == "exact" and data.event[j] and data.time[j] == data.time[i]:
            continue
        vector = tuple(a - b for a, b in zip(data.x[i], data.x[j], strict=True))
        if any(vector):
            found.add(vector)
    return [list(vector) for vector in sorted(found)]


def independent_columns(vectors: list[list[int]], p: int) -> list[int]:
    """Columns that are no combination of earlier ones, by elimination of fractions."""
    kept: list[int] = []
    basis: list[tuple[int, list[Fraction]]] = []
    for j in range(p):
        column = [Fraction(v[j]) for v in vectors]
        for pivot, other in basis:
            if column[pivot]:
                factor = column[pivot] / other[pivot]
                column = [a - factor * b for a, b in zip(column, other, strict=True)]
        pivot = next((i for i, value in enumerate(column) if value), None)
        if pivot is not None:
            basis.append((pivot, column))
            kept.append(j)
    return kept


def solve(matrix: list[list[Fraction]], right: list[Fraction]) -> list[Fraction] | None:
    """One solution of a system of fractions, unknowns without a pivot at 0; None if there is none."""
    rows = [[*row, value] for row, value in zip(matrix, right, strict=True)]
    width = len(matrix[0])
    pivots: list[int] = []
    at = 0
    for j in range(width):
        row = next((i for i in range(at, len(rows)) if rows[i][j]), None)
        if row is None:
            continue
        rows[at], rows[row] = rows[row], rows[at]
        rows[at] = [value / rows[at][j] for value in rows[at]]
        for i in range(len(rows)):
            if i != at and rows[i][j]:
                factor = rows[i][j]
                rows[i] = [a - factor * b for a, b in zip(rows[i], rows[at], strict=True)]
        pivots.append(j)
        at += 1
    if any(row[-1] for row in rows[at:]):
        return None
    solution = [Fraction(0)] * width
    for i, j in enumerate(pivots):
        solution[j] = rows[i][-1]
    return solution


def can(vectors: np.ndarray, k: int, sign: float) -> bool:
    """Whether a direction d with d'v >= 0 for all v has sign * d_k > 0; both answers carry an exact proof."""
    m, p = vectors.shape
    scaled = vectors / np.abs(vectors).max(axis=1, keepdims=True)
    cost = np.zeros(p)
    cost[k] = -sign
    tight = {"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10}
    found = linprog(cost, A_ub=-scaled, b_ub=np.zeros(m), bounds=[(-1, 1)] * p, method="highs-ds", options=tight)
    assert found.status == 0, found.message
    whole = [[Fraction(int(value)) for value in v] for v in vectors]
    if -found.fun > 1e-7:
        # the vertex exactly: tight comparisons and tight bounds as equations
        equations, right = [], []
        for v, product in zip(whole, scaled @ found.x, strict=True):
            if abs(product) < 1e-8:
                equations.append(v)
                right.append(Fraction(0))
        for j in range(p):
            if abs(abs(found.x[j]) - 1) < 1e-8:
                equations.append([Fraction(int(i == j)) for i in range(p)])
                right.append(Fraction(round(found.x[j])))
        d = solve(equations, right)
        assert d is not None
        assert all(sum(a * b for a, b in zip(v, d, strict=True)) >= 0 for v in whole)
        assert d[k] * int(sign) > 0
        return True
    # -sign e_k is a combination of the comparisons with multipliers >= 0
    target = np.zeros(p)
    target[k] = -sign
    proof = linprog(np.ones(m), A_eq=scaled.T, b_eq=target, bounds=[(0, None)] * m, method="highs-ds", options=tight)
    assert proof.status == 0, proof.message
    support = [i for i in range(m) if proof.x[i] > 1e-9]
    exact = solve([[whole[i][j] for i in support] for j in range(p)], [Fraction(int(t)) for t in target])
    assert exact is not None and all(value >= 0 for value in exact)
    return False


def log_likelihood(data: Case, x: np.ndarray, eta: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
    """Partial log-likelihood with derivatives by enumeration of the risk sets, for centred linear predictors."""
    n, p = x.shape
    weights = np.ones(n) if data.weights is None else np.asarray(data.weights, dtype=float)
    strata = np.zeros(n, dtype=int) if data.strata is None else np.asarray(data.strata)
    entry = np.full(n, -1) if data.entry is None else np.asarray(data.entry)
    time, event = np.asarray(data.time), np.asarray(data.event)
    value, score, information = 0.0, np.zeros(p), np.zeros((p, p))
    for s, t in sorted({(int(strata[i]), int(time[i])) for i in range(n) if event[i] and weights[i] > 0}):
        at_risk = np.flatnonzero((strata == s) & (time >= t) & (entry < t) & (weights > 0))
        dead = np.flatnonzero((strata == s) & (time == t) & event & (weights > 0))
        if data.ties == "exact":
            at_risk = np.repeat(at_risk, weights[at_risk].astype(int))
            dead = np.repeat(dead, weights[dead].astype(int))
            # rows far above the d-th largest predictor are in every subset that counts: nothing is left to chance there
            bound = np.sort(eta[at_risk])[-len(dead)] + 200
            value += eta[dead][eta[dead] > bound].sum() - eta[at_risk][eta[at_risk] > bound].sum()
            if (eta[at_risk] > bound).sum() != (eta[dead] > bound).sum():
                return -np.inf, score, information
            at_risk, dead = at_risk[eta[at_risk] <= bound], dead[eta[dead] <= bound]
            if not len(dead):
                continue
            # generating function of sums over subsets, with first and second moments
            d = len(dead)
            shift = np.sort(eta[at_risk])[-d]
            moments = [(0.0, np.zeros(p), np.zeros((p, p))) for _ in range(d + 1)]
            moments[0] = (1.0, np.zeros(p), np.zeros((p, p)))
            for i in at_risk:
                r, z = np.exp(eta[i] - shift), x[i]
                for size in range(d, 0, -1):
                    a, b, c = moments[size - 1]
                    e, f, g = moments[size]
                    moments[size] = (
                        e + r * a,
                        f + r * (b + a * z),
                        g + r * (c + np.outer(b, z) + np.outer(z, b) + a * np.outer(z, z)),
                    )
            total, first, second = moments[d]
            mean = first / total
            value += eta[dead].sum() - np.log(total) - d * shift
            score += x[dead].sum(axis=0) - mean
            information += second / total - np.outer(mean, mean)
            continue
        shift = eta[at_risk].max()
        risk = weights[at_risk] * np.exp(eta[at_risk] - shift)
        of_dead = weights[dead] * np.exp(eta[dead] - shift)
        count = round(weights[dead].sum())
        value += (weights[dead] * eta[dead]).sum()
        score += weights[dead] @ x[dead]
        for share in range(count):
            f = share / count if data.ties == "efron" else 0.0
            total = risk.sum() - f * of_dead.sum()
            mean = (risk @ x[at_risk] - f * of_dead @ x[dead]) / total
            second = (x[at_risk].T * risk) @ x[at_risk] - f * (x[dead].T * of_dead) @ x[dead]
            value -= np.log(total) + shift
            score -= mean
            information += second / total - np.outer(mean, mean)
    return value, score, information


def at_the_limit(data: Case, kept: list[int], direction: np.ndarray) -> tuple[float, np.ndarray]:
    """Largest log-likelihood and a maximiser over `kept`, moved so far along `direction` that nothing changes any more."""
    x = np.asarray(data.x, dtype=float)[:, kept]
    centre, scale = x.mean(axis=0), np.maximum(x.std(axis=0), 1e-300)
    z = (x - centre) / scale
    offset = z @ (direction * scale)

    def value(beta: np.ndarray) -> Any:
        found = log_likelihood(data, z, z @ beta + offset)
        return -found[0], -found[1]

    def hessian(beta: np.ndarray) -> np.ndarray:
        return log_likelihood(data, z, z @ beta + offset)[2]

    start = np.zeros(len(kept))
    found = minimize(
        value, start, jac=True, hess=hessian, method="trust-exact", options={"gtol": 1e-11, "maxiter": 500}
    )
    beta = found.x
    for _ in range(20):
        highest, score, information = log_likelihood(data, z, z @ beta + offset)
        if np.abs(score).max() < 1e-13:
            break
        step = np.linalg.pinv(information, rcond=1e-9, hermitian=True) @ score
        if log_likelihood(data, z, z @ (beta + step) + offset)[0] < highest - 1e-12:
            break
        beta = beta + step
    highest, score, _ = log_likelihood(data, z, z @ beta + offset)
    assert np.abs(score).max() < 1e-8, (data, score)
    return highest, beta / scale


def inner_direction(vectors: np.ndarray) -> np.ndarray:
    """A direction with d'v >= 40 for every comparison that any admissible direction makes positive; 0 without one."""
    m, p = vectors.shape
    scaled = vectors / np.abs(vectors).max(axis=1, keepdims=True)
    programme = linprog(
        np.concatenate([np.zeros(p), -np.ones(m)]),
        A_ub=np.hstack([-scaled, np.eye(m)]),
        b_ub=np.zeros(m),
        bounds=[(None, None)] * p + [(0, 1)] * m,
        method="highs-ds",
    )
    d = programme.x[:p]
    gaps = vectors @ d
    positive = gaps[(scaled @ d) > 0.5]
    return d * 40 / positive.min() if len(positive) else np.zeros(p)


def fine_gray(data: Case) -> dict[str, Any] | None:
    """Causes of the events, and whether the Fine-Gray model of cause 1 is monotone; None if a column is aliased."""
    n = len(data.time)
    # events alternate between the causes; the longest time is an event, so that no censoring weight vanishes
    cause = [0] * n
    for order, i in enumerate(i for i in range(n) if data.event[i]):
        cause[i] = 1 + order % 2
    longest = data.time.index(max(data.time))
    cause[longest] = cause[longest] or 2
    vectors = [
        [a - b for a, b in zip(data.x[i], data.x[j], strict=True)]
        for i, j in product(range(n), range(n))
        if cause[i] == 1 and (data.time[j] >= data.time[i] or cause[j] == 2)
    ]
    vectors = [v for v in vectors if any(v)]
    if not vectors or len(independent_columns(vectors, len(data.x[0]))) < len(data.x[0]):
        return None
    return {"cause": cause, "monotone": bool(inner_direction(np.asarray(vectors, dtype=float)).any())}


def alone(vectors: list[list[int]], column: int) -> str:
    """The coefficient of a column by itself."""
    values = [v[column] for v in vectors if v[column]]
    if not values:
        return "aliased"
    return "plus infinity" if min(values) > 0 else "minus infinity" if max(values) < 0 else "estimated"


def main() -> None:
    """Write reference.json."""
    answers = []
    for index in range(CASES):
        data = case(index)
        vectors = comparisons(data)
        p = len(data.x[0])
        kept = independent_columns(vectors, p) if vectors else []
        status = ["aliased"] * p
        answer: dict[str, Any] = {}
        if kept:
            chosen = np.asarray(vectors, dtype=float)[:, kept]
            chosen = np.unique(chosen[np.abs(chosen).sum(axis=1) > 0], axis=0)
            for k, column in enumerate(kept):
                up, down = can(chosen, k, 1.0), can(chosen, k, -1.0)
                status[column] = {
                    (False, False): "estimated",
                    (True, False): "plus infinity",
                    (False, True): "minus infinity",
                    (True, True): "undetermined",
                }[up, down]
            direction = inner_direction(chosen)
            value, beta = at_the_limit(data, kept, direction)
            answer["log_likelihood"] = value
            answer["coefficients"] = [
                float(beta[kept.index(j)]) if status[j] == "estimated" else None for j in range(p)
            ]
        answer["alone"] = [alone(vectors, j) for j in range(p)]
        answer["fine_gray"] = fine_gray(data)
        answers.append({**asdict(data), "status": status, **answer})
    out = {"scipy": scipy.__version__, "cases": answers}
    (Path(__file__).parent / "reference.json").write_text(json.dumps(out, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
