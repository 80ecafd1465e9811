"""Every result object gives analysis results data in the columns of R's cards package, in every frame library.

The results are those that the examples of the documentation make, so a new class of results without an example, or without
analysis results data, fails here.
"""

from __future__ import annotations

import dataclasses
import doctest
import importlib
import inspect
import pkgutil
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import pytest

import mscsle as ms
from mscsle._result import ARD_COLUMNS, Result

LIBRARIES = ("pandas", "polars", "pyarrow", "numpy")
CARDS = {
    "group1", "group1_level", "variable", "variable_level", "context", "stat_name", "stat_label", "stat", "fmt", "warning",
    "error",
}  # fmt: skip


def modules() -> list[Any]:
    names = [i.name for i in pkgutil.walk_packages(ms.__path__, "mscsle.")]
    return [importlib.import_module(n) for n in names if n.rsplit(".", 1)[-1] not in {"_core", "__main__"}]


def concrete() -> list[type[Result]]:
    """Classes of results that are not only a base of others."""

    def below(cls: type[Result]) -> Iterator[type[Result]]:
        for sub in cls.__subclasses__():
            yield sub
            yield from below(sub)

    known = {m.__name__ for m in modules()}
    found = {c for c in below(Result) if c.__module__ in known and not inspect.isabstract(c)}
    return sorted((c for c in found if not c.__subclasses__()), key=lambda c: (c.__module__, c.__name__))


@pytest.fixture(scope="module")
def made(root: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[type[Result], list[Result]]:
    """Results made by the examples of all modules and pages, by class."""
    seen: dict[type[Result], list[Result]] = {}

    def recording(cls: type[Result]) -> Callable[..., None]:
        made_by = cls.__init__

        def init(self: Result, *args: Any, **kwargs: Any) -> None:
            made_by(self, *args, **kwargs)
            if len(seen.setdefault(cls, [])) < 5:
                seen[cls].append(self)

        return init

    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("examples"))
        for cls in concrete():
            patch.setattr(cls, "__init__", recording(cls))
        for module in modules():
            doctest.testmod(module, extraglobs={"ms": ms, "np": np}, optionflags=doctest.ELLIPSIS, report=False)
        for page in sorted((root / "docs").rglob("*.md")):
            blocks = re.findall(r"```(?:python|pycon)\n(.*?)```", page.read_text(encoding="utf-8"), flags=re.S)
            examples = "\n".join(b for b in blocks if ">>>" in b)
            test = doctest.DocTestParser().get_doctest(examples, {"ms": ms, "np": np}, page.name, str(page), 0)
            doctest.DocTestRunner(optionflags=doctest.ELLIPSIS, verbose=False).run(test, out=lambda _: None)
        assert len(ms.endpoints.renal_response(ms.load("gu2014")).states)
        data = {"time": [1.0, 2.0, 3.0, 4.0, 5.0], "event": [1, 1, 0, 1, 1], "x": [1.0, 0.0, 1.0, 1.0, 0.0]}
        ms.cox(time="time", event="event", data=data, covariates=["x"]).predict_survival(data)
    return seen


@pytest.mark.parametrize("cls", concrete(), ids=lambda c: c.__name__)
def test_result_gives_ard(cls: type[Result], made: dict[type[Result], list[Result]]) -> None:
    instances = made.get(cls, [])
    assert instances, f"no example of the documentation makes a {cls.__name__}"
    filled = 0
    for result in instances:
        rows = list(result.ard_rows())
        filled += bool(rows)
        assert all(set(row) == set(ARD_COLUMNS) for row in rows)
        for row in rows:
            assert isinstance(row["variable"], str) and isinstance(row["context"], str), row
            assert isinstance(row["stat_name"], str) and isinstance(row["stat_label"], str), row
            assert row["stat"] is None or isinstance(row["stat"], (int, float, str)), row
            assert row["method"] is None or isinstance(row["method"], str), row
        for library in LIBRARIES:
            frame = dataclasses.replace(result, library=library).to_ard()
            columns = list(frame) if isinstance(frame, dict) else nw.from_native(frame).columns
            assert tuple(columns) == ARD_COLUMNS
            assert set(columns) >= CARDS
            n = len(frame["stat"])
            assert n == len(rows)
    assert filled or all(not len(next(iter(r.columns().values()), [])) for r in instances)
