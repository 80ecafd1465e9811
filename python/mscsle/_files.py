"""Files that results are written to; what the operating system refuses is an error of ours that names the file."""

from __future__ import annotations

from pathlib import Path

from mscsle.exceptions import FileError, MissingFileError

__all__ = ["read_text", "write_bytes"]


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file.

    Raises
    ------
    MissingFileError
        There is no such folder.
    FileError
        The file cannot be written.
    """
    try:
        path.write_bytes(content)
    except FileNotFoundError:
        raise MissingFileError(f"`{path}` cannot be written: there is no folder `{path.parent}`") from None
    except OSError as error:
        raise FileError(f"`{path}` cannot be written: {error.strerror or error}") from None


def read_text(path: Path) -> str:
    """The text of a UTF-8 file.

    Raises
    ------
    MissingFileError
        There is no such file.
    FileError
        It cannot be read, or is not UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise MissingFileError(f"there is no file `{path}`") from None
    except OSError as error:
        raise FileError(f"`{path}` cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError as error:
        raise FileError(f"`{path}` is not UTF-8: byte {error.start}") from None
