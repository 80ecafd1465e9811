"""Files that results are written to; what the operating system refuses is an error of ours that names the file."""

from __future__ import annotations

import itertools
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mscsle.exceptions import FileError, MissingFileError

__all__ = ["new_file", "read_text", "write_bytes"]

_NUMBER = itertools.count()


@contextmanager
def new_file(path: Path) -> Iterator[Path]:
    """A path beside another to write to, which takes its place in the end; after an error the older file stays.

    Files of the core do so by themselves.

    Raises
    ------
    MissingFileError
        There is no such folder.
    FileError
        The file cannot be written.
    """
    target = path.resolve()
    replaces = target.is_file()
    try:
        if target.exists() and not replaces and not target.is_dir():
            yield target  # a device or pipe cannot be replaced
            return
        if target.is_dir():
            raise IsADirectoryError(0, "Is a directory")
        if replaces and not target.stat().st_mode & 0o222:
            raise PermissionError(0, "Permission denied")
        temporary = target.with_name(f".{target.name[:60]}.{os.getpid()}-p{next(_NUMBER)}.tmp")
        try:
            yield temporary
            if replaces:
                shutil.copymode(target, temporary)
            temporary.replace(target)
        finally:
            temporary.unlink(missing_ok=True)
    except FileNotFoundError:
        raise MissingFileError(f"`{path}` cannot be written: there is no folder `{path.parent}`") from None
    except OSError as error:
        raise FileError(f"`{path}` cannot be written: {error.strerror or error}") from None


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file, which appears when it is whole.

    Raises
    ------
    MissingFileError
        There is no such folder.
    FileError
        The file cannot be written.
    """
    with new_file(path) as beside:
        beside.write_bytes(content)


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
