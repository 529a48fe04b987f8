"""The project's own line in a traceback, for messages of one line."""

from __future__ import annotations

import sysconfig
import traceback
from pathlib import Path

_LIBRARIES = tuple(
    str(Path(path).resolve())
    for name, path in sysconfig.get_paths().items()
    if name in ("stdlib", "purelib", "platlib")
)
_OURS = str(Path(__file__).resolve().parents[1])


def project_line(error: BaseException) -> str | None:
    """Return `file:line` of the project's innermost line in an error's traceback, relative to the working directory.

    Lines of perflab, of the standard library and of installed packages are not the project's.

    Returns:
        The place; None if no line of the traceback is the project's.
    """
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if frame.filename.startswith("<"):
            continue
        path = Path(frame.filename).resolve()
        if str(path).startswith((*_LIBRARIES, _OURS)) or "site-packages" in path.parts:
            continue
        here = Path.cwd().resolve()
        shown = path.relative_to(here) if path.is_relative_to(here) else path.name
        return f"{shown}:{frame.lineno}"
    return None


def placed(what: str, error: BaseException) -> str:
    """Return a message that ends with the project's line in an error's traceback, if there is one."""
    line = project_line(error)
    return f"{what} ({line})" if line else what
