"""Reading and writing the files of a trial."""

from __future__ import annotations

from mscsle.io.ars import write_ars
from mscsle.io.dataset import Dataset
from mscsle.io.dataset_json import read_dataset_json
from mscsle.io.dataset_json_stream import DatasetJsonWriter, iter_dataset_json
from mscsle.io.define import Define, read_define
from mscsle.io.folder import read_trial
from mscsle.io.front import read, write
from mscsle.io.redcap import RedcapExport, read_redcap
from mscsle.io.sdtm import from_sdtm
from mscsle.io.sdtm_out import to_sdtm
from mscsle.io.xport import read_xport, read_xport_members, write_xport, write_xport_members
from mscsle.io.xport_stream import XportWriter, iter_xport, list_xport

__all__ = [
    "Dataset",
    "DatasetJsonWriter",
    "Define",
    "RedcapExport",
    "XportWriter",
    "from_sdtm",
    "iter_dataset_json",
    "iter_xport",
    "list_xport",
    "read",
    "read_dataset_json",
    "read_define",
    "read_redcap",
    "read_trial",
    "read_xport",
    "read_xport_members",
    "to_sdtm",
    "write",
    "write_ars",
    "write_xport",
    "write_xport_members",
]
