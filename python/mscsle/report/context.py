"""What the analyses of one run share: plan, patients, response, and where they put their facts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mscsle._frame import as_texts
from mscsle.exceptions import DataError, MscsleError
from mscsle.report.facts import Fact, Facts
from mscsle.report.page import Finding
from mscsle.report.patients import Patients
from mscsle.report.plan import Plan

if TYPE_CHECKING:
    from mscsle.trial import Trial

__all__ = ["Context", "NotPossible"]


class NotPossible(MscsleError):
    """An analysis that these data do not allow; the message is the sentence printed in its place."""


class Context:
    """A run: its plan, its trial, and what the analyses found so far."""

    def __init__(self, plan: Plan, trial: Trial) -> None:
        self.plan = plan
        self.trial = trial
        self.library = trial.library
        self.patients = Patients(trial)
        self.facts = Facts()
        self.ard: list[dict[str, object]] = []
        self.findings: list[Finding] = []
        self.skipped: dict[str, str] = {}
        self.definitions: dict[str, Any] = {}
        self.estimands: dict[str, Any] = {}

    def need(self, *tables: str) -> None:
        """Stop the analysis with a sentence when a table is not there."""
        missing = [t for t in tables if not self.patients.has(t)]
        if missing:
            raise NotPossible(f"the data have no table {' and no table '.join(f'`{t}`' for t in missing)}")

    def fact(self, key: str, label: str, section: str, value: float | None = None, **more: Any) -> None:
        """Keep a number under its key."""
        self.facts.add(Fact(key, label, section, value, **more))

    def add_ard(self, rows: Iterable[Mapping[str, object]], *, analysis: str) -> None:
        """Analysis results of a part of the plan; ``analysis`` becomes the first word of their context."""
        for row in rows:
            kept = dict(row)
            context = str(kept.get("context") or "")
            kept["context"] = analysis if context in ("", analysis) else f"{analysis}: {context}"
            self.ard.append(kept)

    @cached_property
    def response(self) -> Any:
        """The renal response of the plan's definition over the trial."""
        if self.plan.response is None:
            raise NotPossible("the plan has no `response` with a definition")
        import mscsle as ms

        self.need("visits")
        definition = ms.endpoints.definition(self.plan.response.id, parameters=_values(self.plan.response.parameters))
        derive = ms.endpoints.renal_response if definition.family == "renal" else ms.endpoints.response
        return derive(self.trial, definition)

    @cached_property
    def flares(self) -> Any:
        """The renal flares of the plan's definition over the trial."""
        if self.plan.flare is None:
            raise NotPossible("the plan has no `flare` with a definition")
        import mscsle as ms

        self.need("visits")
        return ms.endpoints.flares(
            self.trial,
            definition=self.plan.flare.id,
            response=self.response,
            **self._parameters(self.plan.flare.parameters),
        )

    @cached_property
    def arms(self) -> list[str]:
        """The arms, when the plan is not of a single arm and the data hold two or more; otherwise none."""
        found = sorted({a for a in self.patients.texts("subjects", "arm") if a})
        return found if not self.plan.single_arm and len(found) > 1 else []

    @cached_property
    def without_time_zero(self) -> int:
        """Patients without a first infusion in a trial that has infusions: they have no time zero."""
        absent = np.isnan(self.patients.time_zero)
        return 0 if absent.all() else int(absent.sum())

    def left_out(self) -> str:
        """Who has no time zero and is left out of times; empty when nobody is."""
        n = self.without_time_zero
        return f"{n} patient{'' if n == 1 else 's'} left out: no first infusion, so no time zero." if n else ""

    def undetermined(self) -> str:
        """How many states values missing leave open, by visit; empty without any."""
        table = self.response.by_visit().columns()
        shown = dict(zip(table["visit"], table["undetermined"].tolist(), strict=True))
        return ", ".join(f"{n} at {visit}" for visit, n in shown.items() if n)

    @property
    def interval(self) -> dict[str, Any]:
        """Interval and level of proportions, as the plan says."""
        return {"method": self.plan.proportion_method, "conf_level": self.plan.level}

    def response_findings(self) -> dict[str, list[object]]:
        """What the endpoints could not use as it stands, when responses were derived."""
        if "response" not in self.__dict__ or not len(self.response.findings):
            return {}
        return {name: list(values) for name, values in self.response.findings.columns().items()}

    def define(self, role: str, definition: Any) -> None:
        """Keep a definition that was used, for the section on definitions."""
        self.definitions[role] = definition

    def estimand(self, role: str, of_run: Any) -> None:
        """Keep the estimand of an analysis as it was run, for the section on estimands."""
        self.estimands[role] = of_run

    @cached_property
    def history(self) -> Any:
        """Visits and measures of each patient, in days from time zero and canonical units."""
        from mscsle import _core

        return _core.EndpointHistory(self.trial._core)

    def baseline(self, name: str) -> NDArray[np.float64] | list[str | None] | None:
        """One value a patient: a column of `subjects`, of the first infusion, or a measure at baseline; None if absent."""
        if name == "age":
            age = self.patients.age
            return None if np.isnan(age).all() else age
        known = {m[0] for m in _measures()}
        try:
            kept = self.history.kept(f"baseline_{name}" if name in known else name)
        except DataError:
            return None
        if isinstance(kept, tuple):
            codes, levels = kept
            texts = [levels[c] if c >= 0 else None for c in codes]
            return texts if any(t is not None for t in texts) else None
        return None if np.isnan(kept).all() else np.asarray(kept, dtype=np.float64)

    def groups(self, by: str) -> list[str | None]:
        """The group of each patient: a column of `subjects`, of the first infusion, or a measure at baseline.

        Raises
        ------
        DataError
            No such column; the nearest is named.
        """
        kept = self.history.kept(by)
        found = [kept[1][c] if c >= 0 else None for c in kept[0]] if isinstance(kept, tuple) else as_texts(kept)
        if not any(found):
            raise NotPossible(f"the table `subjects` has no value in a column `{by}`")
        return found

    @staticmethod
    def _parameters(parameters: Mapping[str, object]) -> dict[str, Any]:
        return {"parameters": dict(parameters)} if parameters else {}


def _values(parameters: Mapping[str, object]) -> dict[str, Any]:
    return dict(parameters)


def _measures() -> list[tuple[str, str, str, str]]:
    from mscsle import _core

    return list(_core.endpoint_measures())
