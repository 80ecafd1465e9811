"""Options of endpoints: strategies of intercurrent events and analysis sets."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

from mscsle import _core
from mscsle.exceptions import DataError, OptionError

__all__ = ["WORDS", "members", "strategies"]

#: Events to which one word applies.
EVENTS = ("rescue", "prohibited_medication", "treatment_failure", "withdrawal", "dialysis", "kidney_transplant")

#: Strategies of events other than death.
WORDS = ("composite", "hypothetical", "while_on_treatment", "treatment_policy")

#: The usual strategies of response endpoints.
USUAL: Mapping[str, str] = {
    **dict.fromkeys(EVENTS, "composite"),
    **dict.fromkeys(("repeat_infusion", "pregnancy", "raas_start", "sglt2_start"), "treatment_policy"),
}

_YES = {"1", "1.0", "y", "yes", "true"}
_NO = {"0", "0.0", "n", "no", "false"}


def strategies(intercurrent: str | Mapping[str, str] | None) -> dict[str, str]:
    """Event to strategy; the words are checked where they are used."""
    if intercurrent is None:
        return {}
    if isinstance(intercurrent, Mapping):
        for event, word in intercurrent.items():
            if not isinstance(event, str) or not isinstance(word, str):
                raise TypeError("`intercurrent` is a mapping of events to strategies, both text")
        return dict(intercurrent)
    if not isinstance(intercurrent, str):
        raise TypeError(
            f"`intercurrent` must be a word or a mapping of events to strategies, but is {type(intercurrent).__name__}"
        )
    if intercurrent == "usual":
        return dict(USUAL)
    if intercurrent not in WORDS:
        words = ", ".join(f"`{w}`" for w in WORDS)
        raise OptionError(f"unknown strategy `{intercurrent}`; use {words} or `usual`")
    return dict.fromkeys(EVENTS, intercurrent)


def members(of: _core.EndpointHistory, analysis_set: str | ArrayLike) -> tuple[list[bool], str]:
    """One flag a subject and the words that name the set: ``per_protocol (62 of 81)``."""
    ids = of.subjects()
    if isinstance(analysis_set, str):
        name, flags = analysis_set, _column(of, analysis_set, ids)
    else:
        name, flags = "custom", _mask(analysis_set, ids)
    if not any(flags):
        raise DataError(f"nobody is in the analysis set `{name}`")
    return flags, f"{name} ({sum(flags)} of {len(ids)})"


def _column(of: _core.EndpointHistory, name: str, ids: list[str]) -> list[bool]:
    column = of.kept(name)
    if isinstance(column, tuple):
        codes, levels = column
        words = [None if code < 0 else levels[code] for code in codes.tolist()]
    else:
        words = [None if np.isnan(x) else f"{x:g}" for x in column.tolist()]
    flags = []
    for subject, word in zip(ids, words, strict=True):
        flag = None if word is None else word.strip().lower()
        if flag in _YES:
            flags.append(True)
        elif flag in _NO:
            flags.append(False)
        else:
            found = "missing" if word is None else f"`{word}`"
            raise DataError(
                f"column `{name}` of table `subjects` must say yes or no (1 or 0) of every subject to be an analysis "
                f"set, but is {found} for `{subject}`"
            )
    return flags


def _mask(mask: ArrayLike, ids: list[str]) -> list[bool]:
    array = np.asarray(mask)
    if array.shape != (len(ids),):
        raise DataError(
            f"`analysis_set` must hold one flag a subject ({len(ids)}), but its shape is {tuple(array.shape)}"
        )
    if array.dtype != np.bool_ and not np.isin(array, (0, 1)).all():
        raise DataError("`analysis_set` must hold flags (True and False, or 1 and 0)")
    return [bool(x) for x in array.tolist()]
