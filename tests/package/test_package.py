"""What a user gets by installing: the public names, the types, the licence files, the versions that agree."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import mscsle


def test_every_public_name_can_be_imported() -> None:
    for name in mscsle.__all__:
        assert getattr(mscsle, name) is not None, name


def test_public_names_are_also_known_to_type_checkers(root: Path) -> None:
    text = (root / "python/mscsle/__init__.py").read_text()
    static = text.split("if TYPE_CHECKING:")[1].split("\n\n#")[0]
    for name in mscsle.__all__:
        if name != "__version__":
            assert f"{name} as {name}" in static, f"`{name}` is not imported under TYPE_CHECKING"


def test_an_unknown_name_is_an_attribute_error() -> None:
    try:
        mscsle.kaplan_mayer  # noqa: B018
    except AttributeError as error:
        assert "kaplan_mayer" in str(error)
    else:
        raise AssertionError("an unknown name was found")


def test_the_package_is_typed_and_licensed(root: Path) -> None:
    assert (root / "python/mscsle/py.typed").exists()
    for name in ("LICENSE-MIT", "LICENSE-APACHE", "CHANGELOG.md", "CONTRIBUTING.md", "README.md"):
        assert (root / name).stat().st_size > 200, name


def test_one_version_everywhere(root: Path) -> None:
    workspace = tomllib.loads((root / "Cargo.toml").read_text())["workspace"]
    assert mscsle.__version__ == workspace["package"]["version"]
    for name, spec in workspace["dependencies"].items():
        if name.startswith("mscsle-"):
            assert spec["version"] == mscsle.__version__, name


def test_the_command_line_answers() -> None:
    out = subprocess.run([sys.executable, "-m", "mscsle", "--version"], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == f"mscsle {mscsle.__version__}"


def test_no_path_of_a_build_machine_is_in_the_repository(root: Path) -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=root, capture_output=True, text=True, check=False)
    if listed.returncode != 0:  # an unpacked archive
        return
    needles = ["/" + "work/", "/" + "root/", "/tmp/" + "bash"]
    for name in listed.stdout.splitlines():
        path = root / name
        if path.suffix in {".png", ".xpt", ".sas7bdat", ".lock"} or not path.is_file():
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        for needle in needles:
            assert needle not in text, f"{name} names {needle}"
