"""The manifest of a run: versions, plan, seed and checksums of the input, the same bytes for the same run.

No time stamp, host name or path is written, so that two runs of one plan over the same data give identical files; when
``SOURCE_DATE_EPOCH`` is set, ``created`` is that instant.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import os
import platform
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np

from mscsle._frame import Frame, is_missing
from mscsle.report.plan import Plan

if TYPE_CHECKING:
    from mscsle.trial import Trial

__all__ = ["manifest", "manifest_json", "table_checksum"]


def table_checksum(frame: object) -> tuple[str, int]:
    """SHA-256 over the names and values of a table, the same in every frame library, and its number of rows."""
    table = Frame(frame)
    digest = hashlib.sha256()
    for name in sorted(table.names):
        digest.update(f"\x1e{name}\x1f".encode())
        for value in table.raw(name):
            digest.update(_canonical(value).encode())
            digest.update(b"\x1f")
    return digest.hexdigest(), table.n_rows


def _canonical(value: object) -> str:
    if is_missing(value):
        return ""
    if isinstance(value, (bool, np.bool_)):
        return str(int(value))
    if isinstance(value, (int, float, np.number)):
        number = float(value)
        return str(int(number)) if number.is_integer() else repr(number)
    return str(value)


def manifest(plan: Plan, trial: Trial) -> dict[str, object]:
    """What is needed to make the run again."""
    tables = {}
    for name, frame in sorted(trial.tables.items()):
        checksum, rows = table_checksum(frame)
        tables[name] = {"rows": rows, "sha256": checksum}
    versions = {"mscsle": _version("mscsle"), "python": platform.python_version(), "numpy": np.__version__}
    for package in ("narwhals", "matplotlib"):
        versions[package] = _version(package)
    out: dict[str, object] = {
        "plan": {"id": plan.id, "sha256": plan.sha256, "text": plan.text},
        "synthetic": trial.is_synthetic,
        "seed": plan.seed,
        "versions": versions,
        "input": tables,
    }
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    if epoch.isdigit():
        out["created"] = datetime.fromtimestamp(int(epoch), UTC).isoformat()
    return out


def manifest_json(content: Mapping[str, object], files: Mapping[str, bytes]) -> bytes:
    """``manifest.json``: the manifest and the checksums of the files written beside it."""
    output = {name: hashlib.sha256(data).hexdigest() for name, data in sorted(files.items())}
    content = {**content, "output": output}
    return (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode()


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        if package == "mscsle":
            from mscsle import __version__

            return __version__
        return "not installed"
