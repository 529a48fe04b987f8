"""Lock files in TOML as pins that uv installs: Poetry's poetry.lock, and pylock.toml of PEP 751, which pip, PDM and uv write.

Only what an installation without extras and without groups for development gets is kept. Hashes are kept too, so that uv
refuses a file that is not the locked one. Packages come from the indexes that uv is told of, and from those that Poetry's file
names. Source: https://packaging.python.org/en/latest/specifications/pylock-toml/; and poetry.lock as
Poetry 2.5.1 writes it, with groups and markers.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from packaging.markers import Marker

from perflab.errors import InputError

POETRY, PYLOCK, NAMED_PYLOCK = "poetry.lock", "pylock.toml", "pylock.*.toml"
MAIN = "main"


def is_lock(file: Path) -> bool:
    """Return whether a file's name is that of a lock which this module reads."""
    return file.name in (POETRY, PYLOCK) or fnmatch(file.name, NAMED_PYLOCK)


def pins_of(file: Path, where: str, python: str) -> str:
    """Return a lock as a requirements file.

    Args:
        file: The lock.
        where: What people call it.
        python: The version of the interpreter that is installed for, such as `3.12.4`.

    Raises:
        InputError: It is not as the format wants it.
    """
    try:
        lock = tomllib.loads(file.read_text(encoding="utf-8"))
        lines = _poetry(lock, where, python) if file.name == POETRY else _pylock(lock, python)
        return "".join(f"{line}\n" for line in dict.fromkeys(lines))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"packages: {where} is no TOML: {error}") from None
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise InputError(f"packages: {where} is not as its format wants it: {error!r}", hint="lock it anew") from None


# -- poetry.lock -------------------------------------------------------------------------------------------------------


def _poetry(lock: Mapping[str, Any], where: str, python: str) -> Iterator[str]:
    packages = lock.get("package", [])
    if any("groups" not in package for package in packages):
        raise InputError(
            f"packages: {where} does not say which packages are for development",
            hint="write it with Poetry 2 or later: poetry lock",
        )
    for package in packages:
        if MAIN not in package["groups"] or package.get("optional"):
            continue
        markers = package.get("markers")
        marker = markers.get(MAIN) if isinstance(markers, Mapping) else markers
        if marker is not None and not _applies(marker, set(), python):
            continue
        source = package.get("source") or {}
        if source.get("type") == "legacy":  # an index beside PyPI
            yield f"--extra-index-url {source['url']}"
        hashes = [file["hash"] for file in package.get("files", ())]
        yield _line(package["name"], package["version"], _poetry_place(source), hashes)


def _poetry_place(source: Mapping[str, Any]) -> str | None:
    kind = source.get("type")
    if kind == "git":
        folder = f"#subdirectory={source['subdirectory']}" if source.get("subdirectory") else ""
        return f"git+{source['url']}@{source['resolved_reference']}{folder}"
    return str(source["url"]) if kind in ("url", "directory", "file") else None


# -- pylock.toml -------------------------------------------------------------------------------------------------------


def _pylock(lock: Mapping[str, Any], python: str) -> Iterator[str]:
    groups = set(lock.get("default-groups", ()))
    for package in lock["packages"]:
        if "marker" in package and not _applies(package["marker"], groups, python):
            continue
        files = [package[kind] for kind in ("sdist", "archive") if kind in package] + package.get("wheels", [])
        hashes = [f"{name}:{value}" for file in files for name, value in file["hashes"].items()]
        yield _line(package["name"], package.get("version"), _pylock_place(package), hashes)


def _pylock_place(package: Mapping[str, Any]) -> str | None:
    if "vcs" in package:
        vcs = package["vcs"]
        folder = f"#subdirectory={vcs['subdirectory']}" if vcs.get("subdirectory") else ""
        return f"{vcs['type']}+{vcs.get('url') or vcs['path']}@{vcs['commit-id']}{folder}"
    if "directory" in package:
        return str(package["directory"]["path"])
    if "archive" in package:
        return str(package["archive"].get("url") or package["archive"]["path"])
    files = [*package.get("wheels", ()), *([package["sdist"]] if "sdist" in package else [])]
    beside = [str(file["path"]) for file in files if "path" in file and "url" not in file]
    return beside[0] if beside else None


# -- both --------------------------------------------------------------------------------------------------------------


def _applies(marker: str, groups: set[str], python: str) -> bool:
    """Return whether a marker holds here: for another interpreter of this machine only its version differs."""
    short = ".".join(python.split(".")[:2])
    environment: dict[str, Any] = {
        "python_version": short, "python_full_version": python, "extra": "", "extras": set[str](), "dependency_groups": groups,
    }  # fmt: skip
    return Marker(marker).evaluate(environment, context="lock_file")


def _line(name: str, version: str | None, place: str | None, hashes: list[str]) -> str:
    """Return a line of a requirements file: a pin, or where the package lies."""
    if place is not None:
        # A path has to look like one, and a line with a name before it needs an address.
        path = place if "://" in place or place.startswith(("/", ".")) else f"./{place}"
        return f"{name} @ {place}" if "://" in place else path
    return " ".join([f"{name}=={version}", *(f"--hash={each}" for each in dict.fromkeys(hashes))])
