"""Stub of the extension; every function takes contiguous arrays and returns arrays or plain objects."""

__version__: str
