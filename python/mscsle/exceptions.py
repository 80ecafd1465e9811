"""Exceptions of mscsle; each is also the built-in class a Python user expects."""

from __future__ import annotations

__all__ = [
    "ConvergenceWarning",
    "DataError",
    "DataWarning",
    "FileError",
    "MissingFileError",
    "MscsleError",
    "NotEstimableError",
    "OptionError",
]


class MscsleError(Exception):
    """Base class of every exception raised by mscsle."""


class DataError(MscsleError, ValueError):
    """Data that cannot be used as given; the message names table or column, row and value."""


class OptionError(MscsleError, ValueError):
    """An option word that does not exist or does not fit; the message lists those that do."""


class NotEstimableError(MscsleError, ArithmeticError):
    """A quantity that these data do not determine; the message says why and what is offered instead."""


class FileError(MscsleError, OSError):
    """A file that the operating system does not give, or that would be overwritten."""


class MissingFileError(FileError, FileNotFoundError):
    """A file or folder that is not there."""


class DataWarning(UserWarning):
    """Data that can be used but should be looked at."""


class ConvergenceWarning(UserWarning):
    """An iteration that stopped before it converged, or an infinite coefficient."""
