"""The mapping between SDTM and the tables of a trial: data of the package, and what a user adds to it."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any

from mscsle.exceptions import MissingFileError, OptionError

__all__ = ["lab_codes", "mapping"]

#: Lists of a mapping whose rows a user's mapping adds to, the user's first.
_LISTS = ("lab", "unit", "dose", "vital")


@functools.cache
def _embedded() -> Mapping[str, Any]:
    text = (resources.files("mscsle") / "io" / "sdtm.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def mapping(given: str | Path | Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The mapping of the package with a user's own before it.

    Parameters
    ----------
    given : path, TOML text or mapping, optional
        The same form as the file of the package (docs/cdisc.md): ``[[lab]]``, ``[[unit]]``, ``[[dose]]``, ``[[vital]]``
        rows and the tables ``sledai``, ``bilag``, ``pga``, ``frequency``, ``related``, ``specimen``.

    Raises
    ------
    OptionError
        A part that a mapping does not have, or text that is not TOML.
    """
    base: dict[str, Any] = {k: (list(v) if isinstance(v, list) else dict(v)) for k, v in _embedded().items()}
    if given is None:
        return base
    if isinstance(given, Mapping):
        own: Mapping[str, Any] = given
    else:
        text = str(given)
        if "\n" not in text:
            path = Path(text)
            if not path.is_file():
                raise MissingFileError(f"there is no mapping file `{path}`")
            text = path.read_text(encoding="utf-8")
        try:
            own = tomllib.loads(text)
        except tomllib.TOMLDecodeError as e:
            raise OptionError(f"the mapping is not TOML: {e}") from None
    for part, value in own.items():
        if part not in base:
            raise OptionError(f"a mapping has no part `{part}`; it has {', '.join(f'`{k}`' for k in base)}")
        if part in _LISTS:
            if not isinstance(value, list) or not all(isinstance(row, Mapping) for row in value):
                raise OptionError(f"`{part}` of a mapping must be a list of tables (`[[{part}]]`)")
            base[part] = [*value, *base[part]]
        elif part == "frequency" and isinstance(value, Mapping):
            base[part] = {**value, **{k: v for k, v in base[part].items() if k not in value}}  # the first is written
        elif isinstance(value, Mapping):
            base[part] = _merged(base[part], value)
        else:
            raise OptionError(f"`{part}` of a mapping must be a table (`[{part}]`)")
    return base


def _merged(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    out = dict(old)
    for key, value in new.items():
        nested = isinstance(value, Mapping) and isinstance(out.get(key), Mapping)
        out[key] = _merged(out[key], value) if nested else value
    return out


def lab_codes(used: Mapping[str, Any] | None = None) -> dict[str, Mapping[str, Any]]:
    """Of each laboratory test the row of the mapping that is written."""
    out: dict[str, Mapping[str, Any]] = {}
    for row in (used or _embedded())["lab"]:
        out.setdefault(str(row["test"]), row)
    return out
