"""What a checkout shows without running any of it: manage.py, the settings that it names, and a virtual environment."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path

from perflab.errors import InputError

MANAGE = "manage.py"
# manage.py lies in the checkout or in a folder of it.
DEEPEST = 2
ENVIRONMENTS = (".venv", "venv", "env", ".env")
NOT_THE_PROJECTS = frozenset({"node_modules", "site-packages", "docs", "tests", "test", "examples"})
_SETTINGS = re.compile(r"""DJANGO_SETTINGS_MODULE['"]\s*,\s*['"]([\w.]+)['"]""")


@dataclass(frozen=True)
class Checkout:
    """A project's folder.

    Attributes:
        folder: The folder.
        settings: The settings module.
        path: The folder of manage.py, relative to `folder`; None if it is the same.
        python: A virtual environment that is not perflab's own, relative to `folder` if it lies there; None without one.
    """

    folder: Path
    settings: str
    path: str | None
    python: str | None


def look(folder: Path, settings: str | None = None, python: str | None = None) -> Checkout:
    """Find out what the checkout in a folder shows.

    Args:
        folder: The folder.
        settings: The settings module, if the user names one.
        python: A virtual environment or its interpreter, if the user names one.

    Raises:
        InputError: There is no manage.py, or it names no settings.
    """
    manage = next(iter(sorted(_manage_files(folder), key=lambda file: (len(file.parts), file))), None)
    if manage is None and settings is None:
        raise InputError(
            f"there is no manage.py in {folder}", hint="run perflab init in the project's folder, or give --settings"
        )
    place = folder if manage is None else manage.parent
    module = settings or _settings_of(manage)
    return Checkout(
        folder, module, None if place == folder else str(place.relative_to(folder)), python or _environment(folder)
    )


def _manage_files(folder: Path) -> list[Path]:
    files: list[Path] = []
    for depth in range(DEEPEST + 1):
        for file in folder.glob("*/" * depth + MANAGE):
            parents = file.relative_to(folder).parts[:-1]
            if not any(part.startswith(".") or part in NOT_THE_PROJECTS or part in ENVIRONMENTS for part in parents):
                files.append(file)
    return files


def _settings_of(manage: Path | None) -> str:
    if manage is None:
        return ""
    # A deployment's entry names them where manage.py leaves that to the environment.
    for file in (manage, *sorted(manage.parent.glob("*/wsgi.py")), *sorted(manage.parent.glob("*/asgi.py"))):
        match = _SETTINGS.search(file.read_text(encoding="utf-8", errors="replace")) if file.is_file() else None
        if match is not None:
            return match[1]
    modules = [*manage.parent.glob("*/settings.py"), *manage.parent.glob("*/settings/*.py")]
    names = sorted(
        ".".join(file.relative_to(manage.parent).with_suffix("").parts)
        for file in modules
        if file.stem.isidentifier() and file.stem != "__init__"
    )
    hint = f"give it as --settings; there are {', '.join(names)}" if names else "give it as --settings package.settings"
    raise InputError(f"{manage} names no settings module", hint=hint)


def _environment(folder: Path) -> str | None:
    """Return a virtual environment in the checkout that is another one than perflab's."""
    for name in ENVIRONMENTS:
        if (folder / name / "bin" / "python").exists():
            return None if (folder / name).resolve() == Path(sys.prefix).resolve() else name
    return None
