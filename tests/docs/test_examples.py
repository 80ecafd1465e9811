"""Every example in a docstring and in the pages for readers runs and prints what it says."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
import re
from pathlib import Path

import numpy as np
import pytest

import mscsle

FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def module_names() -> list[str]:
    names = ["mscsle"]
    for info in pkgutil.walk_packages(mscsle.__path__, "mscsle."):
        if info.name.rsplit(".", 1)[-1] not in {"_core", "__main__"}:
            names.append(info.name)
    return names


@pytest.mark.parametrize("name", module_names())
def test_docstring_examples_print_what_they_say(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    module = importlib.import_module(name)
    result = doctest.testmod(module, optionflags=FLAGS, extraglobs={"ms": mscsle, "np": np})
    assert result.failed == 0


def pages() -> list[Path]:
    root = Path(__file__).resolve().parent.parent.parent
    docs = root / "docs"
    written = [p for p in sorted(docs.rglob("*.md")) if not p.relative_to(docs).parts[0].startswith("_")]
    return [root / "README.md", *written]


@pytest.mark.parametrize("page", pages(), ids=lambda p: f"{p.parent.name}/{p.name}")
def test_pages_run(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Python blocks with prompts are doctests; all of one page share their names. Blocks with a path as caption are files."""
    monkeypatch.chdir(tmp_path)
    text = page.read_text()
    for name, content in re.findall(r"```\{code-block\} \w+\n:caption: (\S+)\n(.*?)```", text, flags=re.S):
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(content)
    blocks = re.findall(r"```(?:python|pycon)\n(.*?)```", text, flags=re.S)
    examples = "\n".join(b for b in blocks if ">>>" in b)
    test = doctest.DocTestParser().get_doctest(examples, {"ms": mscsle, "np": np}, page.name, str(page), 0)
    runner = doctest.DocTestRunner(optionflags=FLAGS)
    runner.run(test)
    assert runner.summarize(verbose=False).failed == 0
