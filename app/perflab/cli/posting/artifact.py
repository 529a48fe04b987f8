"""The artefact of the measuring job, read by the commenting one: a zip file that a stranger may have made.

It is never unpacked to disk. Only one file of it is read, by its exact name; links, encrypted and large files are refused, and a
small file that unpacks to a large one is cut off while it is read.
"""

from __future__ import annotations

import io
import json
import stat
import zipfile
import zlib

from perflab.errors import InputError
from perflab.report.comment.changes import Changes

ARTIFACT = "perflab-comment"
FILE = "comment.json"
MAX_ARCHIVE = 1024 * 1024
MAX_FILE = 4 * 1024 * 1024


def changes_of(archive: bytes) -> Changes:
    """Return what an artefact says.

    Args:
        archive: The zip file.

    Raises:
        InputError: It is anything else than what perflab writes.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as opened:
            entries = opened.infolist()
            if [entry.filename for entry in entries] != [FILE]:
                raise _invalid(f"it does not hold {FILE} and nothing else")
            (entry,) = entries
            if stat.S_IFMT(entry.external_attr >> 16) not in (0, stat.S_IFREG):
                raise _invalid(f"{FILE} is no ordinary file")
            if entry.flag_bits & 0x1:
                raise _invalid(f"{FILE} is encrypted")
            with opened.open(entry) as file:
                content = file.read(MAX_FILE + 1)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError, zlib.error) as error:
        raise _invalid("it is no zip file") from error
    return read(content)


def read(content: bytes) -> Changes:
    """Return what a file says that `perflab comment --json` wrote.

    Args:
        content: The file's content.

    Raises:
        InputError: It is anything else than what perflab writes.
    """
    if len(content) > MAX_FILE:
        raise _invalid(f"{FILE} has more than {MAX_FILE:,} bytes")
    try:
        data = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise _invalid(f"{FILE} is no JSON") from error
    return Changes.of(data)


def _invalid(how: str) -> InputError:
    return InputError(f"the artefact {ARTIFACT} is refused: {how}", hint="look at it before you run anything of it")
