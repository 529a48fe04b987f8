"""A saved run as one file, to send it from the machine that measured it: a tar archive, and its digest."""

from __future__ import annotations

import hashlib
import shutil
import tarfile
from pathlib import Path, PurePosixPath

from perflab.errors import StoreError

CHUNK_BYTES = 4 * 2**20


def pack(directory: Path, target: Path) -> None:
    """Write a folder's files into an archive, which is complete as soon as it is there.

    Args:
        directory: The folder.
        target: The archive.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = target.with_name(f".{target.name}")
    with tarfile.open(beside, "w") as archive:
        for path in sorted(directory.rglob("*")):
            if path.is_file() and not path.is_symlink():
                archive.add(path, path.relative_to(directory).as_posix(), recursive=False)
    beside.replace(target)


def unpack(archive: Path, directory: Path) -> None:
    """Write an archive's files into a new folder; with this user's permissions, whatever the archive says.

    Args:
        archive: The archive.
        directory: The folder; it is removed again if that fails.

    Raises:
        StoreError: The archive is damaged, or has anything but files inside the folder.
    """
    try:
        directory.mkdir(parents=True)
        with tarfile.open(archive, "r:") as opened:
            for member in opened:
                path = PurePosixPath(member.name)
                source = opened.extractfile(member) if member.isreg() else None
                if source is None or path.is_absolute() or ".." in path.parts or not path.parts:
                    raise StoreError("an archive may only have files inside its folder", where=member.name)
                target = directory / path
                target.parent.mkdir(parents=True, exist_ok=True)
                with source, target.open("xb") as file:
                    shutil.copyfileobj(source, file)
    except BaseException as error:
        shutil.rmtree(directory, ignore_errors=True)
        if isinstance(error, tarfile.TarError | OSError):
            raise StoreError(f"cannot unpack a run: {error}", where=str(directory), hint="is the disk full?") from error
        raise


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_chunk(path: str, offset: int) -> bytes:
    """Return the next 4 MiB of a file; nothing at its end.

    Args:
        path: The file.
        offset: Where to begin.
    """
    with open(path, "rb") as file:
        file.seek(offset)
        return file.read(CHUNK_BYTES)
