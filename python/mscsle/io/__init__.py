"""Reading and writing the files of a trial."""

from __future__ import annotations

from mscsle.io.folder import read_trial
from mscsle.io.xport import XportTable, read_xport, write_xport

__all__ = ["XportTable", "read_trial", "read_xport", "write_xport"]
