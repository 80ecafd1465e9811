"""Special missing values of SAS: the letters of a column, and the parallel column that holds them in a frame."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mscsle import _frame
from mscsle.exceptions import DataError, DataWarning

__all__ = ["SUFFIX", "Tags", "check_length", "letters", "special_letters", "tags_of", "take_parallel", "warn_of_loss"]

#: End of the name of a column that holds the letters of another.
SUFFIX = "__sasmiss"
#: Letters of a column (None of a value), or their bytes as in ``Dataset.missing``.
Tags = Sequence[str | None] | NDArray[Any]

_KNOWN = "._ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def tags_of(given: Tags, values: Any, name: str, *, asked: bool) -> NDArray[np.uint8]:
    """The tags of a column to write as bytes; ``values`` are its numbers (None of a text).

    Raises
    ------
    DataError
        The column holds texts; there are other tags than rows; something is no tag; a tag stands at a value, which is
        a contradiction when it was ``asked`` for, and otherwise means that the rows were moved.
    """
    if values is None:
        raise DataError(f"column `{name}` holds texts; only numbers and dates have special missing values")
    out = _bytes(given, name)
    check_length(out, len(values), name)
    wrong = (out != 0) & ~np.isnan(values)
    if not asked:
        wrong &= out != ord(".")
    if wrong.any():
        row = int(np.argmax(wrong))
        why = "" if asked else "; its rows were moved or filled in: filter by `Dataset.filter()`, or pass `missing=`"
        raise DataError(f"the tag of column `{name}`, row {row} is `{chr(out[row])}`, but the row holds a value{why}")
    return out


def check_length(tags: NDArray[Any], n_rows: int, name: str) -> None:
    """Refuses tags of other rows than the column has."""
    if len(tags) != n_rows:
        raise DataError(
            f"column `{name}` has {n_rows} row{'' if n_rows == 1 else 's'}, but tags of missing values for {len(tags)}; "
            "filter a data set by `Dataset.filter()`, which keeps them together"
        )


def _bytes(given: Tags, name: str) -> NDArray[np.uint8]:
    if isinstance(given, np.ndarray) and given.dtype.kind in "iu":
        allowed = np.asarray([0, *map(ord, _KNOWN)])
        wrong = ~np.isin(given, allowed)
        if wrong.any():
            row = int(np.argmax(wrong))
            raise _no_tag(name, row, int(given[row]))
        return np.ascontiguousarray(given, dtype=np.uint8)
    if isinstance(given, (str, bytes)):
        raise DataError(f"`missing` of column `{name}` needs a tag for each row, but is {given!r}")
    out = []
    for row, tag in enumerate(_frame._as_sequence(given)):
        if _frame.is_missing(tag) or tag == "":
            out.append(0)
            continue
        letter = tag.upper() if isinstance(tag, str) else ""
        letter = letter[1:] if len(letter) == 2 and letter[0] == "." else letter
        if len(letter) != 1 or letter not in _KNOWN:
            raise _no_tag(name, row, tag)
        out.append(ord(letter))
    return np.asarray(out, dtype=np.uint8)


def _no_tag(name: str, row: int, tag: object) -> DataError:
    return DataError(
        f"the tag of column `{name}`, row {row} is {tag!r}; a tag is `A` to `Z`, `_` or `.`, and None stands at a value"
    )


def letters(tags: NDArray[np.uint8], *, ordinary: bool = True) -> list[str | None]:
    """The letter of each row; without ``ordinary`` None also where the value is missing without a reason (``.``)."""
    out: list[str | None] = [chr(code) if code else None for code in range(256)]
    if not ordinary:
        out[ord(".")] = None
    return [out[code] for code in tags.tolist()]


def special_letters(tags: NDArray[np.uint8]) -> list[str]:
    """The special missing values that occur, sorted."""
    return sorted(chr(t) for t in np.unique(tags).tolist() if t not in (0, ord(".")))


def warn_of_loss(missing: Mapping[str, NDArray[np.uint8]], what: str, written: str, *, stacklevel: int) -> None:
    """Warns of special missing values that a format does not have."""
    for name, tags in missing.items():
        special = special_letters(tags)
        if special:
            warnings.warn(
                f"column `{name}` holds the special missing values {', '.join(special)}, which {what} does not have; "
                f"they are written as {written} (`.to_frame(special_missing=True)` has them in a column of their own)",
                DataWarning,
                stacklevel=stacklevel,
            )


def take_parallel(frame: _frame.Frame) -> tuple[list[str], dict[str, Tags]]:
    """The columns of a frame without the parallel ones, and the tags these hold, by the column they belong to."""
    names = frame.names
    parallel = {n: n.removesuffix(SUFFIX) for n in names if n.endswith(SUFFIX) and n.removesuffix(SUFFIX) in names}
    tags = {base: [None if v is None else str(v) for v in frame.texts(name)] for name, base in parallel.items()}
    return [n for n in names if n not in parallel], tags  # type: ignore[return-value]
