"""The rules of the architecture, each as a test: who may depend on whom, who may touch files, what may be imported."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

CORE_CRATES = {
    # crate: the crates of this workspace it may depend on
    "mscsle-distributions": set(),
    "mscsle-domain": set(),
    "mscsle-scoring": {"mscsle-domain"},
    "mscsle-endpoints": {"mscsle-domain", "mscsle-scoring"},
    "mscsle-survival": {"mscsle-distributions"},
    "mscsle-stats": {"mscsle-distributions"},
    "mscsle-io": {"mscsle-domain"},
    "mscsle-sim": {"mscsle-domain", "mscsle-scoring", "mscsle-endpoints", "mscsle-survival"},
}
FRAME_LIBRARIES = {"pandas", "polars", "pyarrow"}
HEAVY = {"docx", "matplotlib", "great_tables", "formulaic", "pyspark", "dask", "tqdm"}


def rust_sources(root: Path, crate: str) -> list[Path]:
    return sorted((root / "crates" / crate / "src").rglob("*.rs"))


def python_sources(root: Path) -> list[Path]:
    return sorted((root / "python" / "mscsle").rglob("*.py"))


def manifest(root: Path, crate: str) -> dict[str, object]:
    return tomllib.loads((root / "crates" / crate / "Cargo.toml").read_text())


@pytest.mark.parametrize("crate", CORE_CRATES)
def test_crates_depend_only_on_those_below_them(root: Path, crate: str) -> None:
    dependencies = manifest(root, crate)["dependencies"]
    assert isinstance(dependencies, dict)
    ours = {name for name in dependencies if name.startswith("mscsle-")}
    assert ours <= CORE_CRATES[crate]


@pytest.mark.parametrize("crate", CORE_CRATES)
def test_no_python_below_the_binding_crate(root: Path, crate: str) -> None:
    tree = subprocess.run(
        ["cargo", "tree", "-p", crate, "--edges", "normal", "--prefix", "none", "--offline"],
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    names = {line.split()[0] for line in tree.splitlines() if line.strip()}
    assert not names & {"pyo3", "pyo3-ffi", "numpy"}


def test_every_crate_takes_the_workspace_lints(root: Path) -> None:
    for crate in [*CORE_CRATES, "mscsle-py"]:
        assert manifest(root, crate).get("lints") == {"workspace": True}, crate
    lints = tomllib.loads((root / "Cargo.toml").read_text())["workspace"]["lints"]
    assert lints["rust"]["unsafe_code"] == "forbid"


def test_the_binding_crate_has_no_statistics_library(root: Path) -> None:
    dependencies = manifest(root, "mscsle-py")["dependencies"]
    assert isinstance(dependencies, dict)
    assert not {"statrs", "libm", "rayon"} & set(dependencies)
    assert manifest(root, "mscsle-py")["package"]["publish"] is False  # type: ignore[index]


def test_no_bare_allow_and_no_unsafe(root: Path) -> None:
    for crate in [*CORE_CRATES, "mscsle-py"]:
        for source in rust_sources(root, crate):
            text = source.read_text()
            assert not re.search(r"#!?\[allow\(", text), source
            assert not re.search(r"\bunsafe\s*(\{|fn|impl)", text), source


@pytest.mark.parametrize("crate", sorted(set(CORE_CRATES) - {"mscsle-io"}))
def test_only_the_io_crate_opens_paths(root: Path, crate: str) -> None:
    for source in rust_sources(root, crate):
        code = source.read_text().split("#[cfg(test)]")[0]
        assert not re.search(r"\bstd::fs\b|\bFile::(open|create)\b", code), source


def test_every_crate_readme_is_its_documentation_and_has_an_example(root: Path) -> None:
    for crate in CORE_CRATES:
        assert '#![doc = include_str!("../README.md")]' in (root / "crates" / crate / "src" / "lib.rs").read_text()
        readme = (root / "crates" / crate / "README.md").read_text()
        assert "```rust" in readme or "```\nuse mscsle" in readme, f"{crate}: no example that runs"


def test_every_crate_has_its_error_enum(root: Path) -> None:
    for crate in set(CORE_CRATES):
        text = "\n".join(source.read_text() for source in rust_sources(root, crate))
        assert re.search(r"#\[non_exhaustive\]\s*pub enum \w+Error", text), crate


def test_frame_libraries_are_imported_by_no_module_and_narwhals_by_one(root: Path) -> None:
    for source in python_sources(root):
        for node in ast.walk(ast.parse(source.read_text())):
            names: list[str] = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module:
                names = [node.module]
            for name in names:
                top = name.split(".")[0]
                assert top not in FRAME_LIBRARIES, f"{source}: imports {name}"
                if top == "narwhals":
                    assert source.name == "_frame.py", f"{source}: imports narwhals"


def test_heavy_libraries_are_imported_inside_functions(root: Path) -> None:
    for source in python_sources(root):
        tree = ast.parse(source.read_text())
        for node in tree.body:
            if isinstance(node, ast.Import):
                for alias in node.names:
                    assert alias.name.split(".")[0] not in HEAVY, source
            elif isinstance(node, ast.ImportFrom) and node.module:
                assert node.module.split(".")[0] not in HEAVY, source


def test_import_loads_neither_frames_nor_figures() -> None:
    code = "import sys, mscsle; print(sorted(m for m in sys.modules if m.split('.')[0] in {names}))".format(
        names=sorted(FRAME_LIBRARIES | HEAVY | {"narwhals", "scipy"})
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.strip() == "[]"


def test_no_module_reaches_the_network(root: Path) -> None:
    for source in python_sources(root):
        for node in ast.walk(ast.parse(source.read_text())):
            names: list[str] = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module:
                names = [node.module]
            for name in names:
                assert name.split(".")[0] not in {"socket", "http", "urllib", "requests", "ssl"}, source


def test_files_stay_readable(root: Path) -> None:
    sources = [*python_sources(root), *(s for c in [*CORE_CRATES, "mscsle-py"] for s in rust_sources(root, c))]
    long = {str(s.relative_to(root)): n for s in sources if (n := len(s.read_text().splitlines())) > 900}
    assert not long
