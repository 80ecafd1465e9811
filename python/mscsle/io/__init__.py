"""Reading and writing the files of a trial."""

from __future__ import annotations

from mscsle.io.folder import read_trial

__all__ = ["read_trial"]
