"""What ``like="r"`` and ``like="sas"`` choose, in one place; the page docs/methods/presets.md prints this table and is tested against it."""

from __future__ import annotations

from mscsle.exceptions import OptionError
from mscsle.survival import _rows

#: Function -> option -> (our default, like R, like SAS).
PRESETS: dict[str, dict[str, tuple[str, str, str]]] = {
    "kaplan_meier": {"conf_type": ("log-log", "log", "log-log")},
    "KaplanMeier.band": {"conf_type": ("log-log", "plain", "log-log"), "critical": ("exact", "exact", "expansion")},
    "nelson_aalen": {"conf_type": ("log", "plain", "log")},
    "follow_up": {"conf_type": ("log-log", "log", "log-log"), "ties": ("events-first", "ends-first", "ends-first")},
    "landmark": {"conf_type": ("log-log", "log", "log-log")},
    "milestones": {"conf_type": ("log-log", "log", "log-log")},
    "cumulative_incidence": {
        "conf_type": ("log-log", "log", "log-log"),
        "variance": ("greenwood", "greenwood", "aalen"),
    },
    "pairwise_logrank": {"adjust": ("holm", "benjamini-hochberg", "none")},
    "cox": {"ties": ("efron", "efron", "breslow")},
    "univariate_cox": {"ties": ("efron", "efron", "breslow")},
    "cause_specific_cox": {"ties": ("efron", "efron", "breslow")},
    "recurrent_cox": {"ties": ("efron", "efron", "breslow")},
    "compare_arms": {"conf_type": ("log-log", "log", "log-log"), "ties": ("efron", "efron", "breslow")},
}


def chosen(function: str, option: str, given: str | None, like: str | None) -> str:
    """The word of an option: as given, else that of the program named by ``like``, else ours."""
    if like is not None:
        _rows.one_of("like", like, ("r", "sas"))
    if given is not None:
        return given
    ours, r, sas = PRESETS[function][option]
    return {None: ours, "r": r, "sas": sas}[like]


def checked(function: str, option: str, given: str | None, like: str | None, words: tuple[str, ...]) -> str:
    """:func:`chosen`, refused when it is none of ``words``."""
    word = chosen(function, option, given, like)
    if not isinstance(word, str):
        raise OptionError(f"`{option}` must be a word, but is {word!r}")
    _rows.one_of(option, word, words)
    return word
