"""Virtual environments of revisions: one for each set of pinned packages, made by uv and kept in the state folder.

A side's file is first resolved to pins: a requirements file or pyproject.toml by `uv pip compile`, uv.lock by `uv export`; locks
of other tools have them (locks.py). The pins and the interpreter name the environment, so that sides with the same pins share
one, and a second run finds it there. uv links files from its own cache and compiles them, which takes a second or two once the
cache has them. Installing executes code of packages that have no wheel, as it does wherever one installs them.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

from perflab.errors import InputError, ServerError
from perflab.experiment.revisions.locks import is_lock, pins_of
from perflab.scenario.subject.interpreter import executable
from perflab.servers.disk.home import Home
from perflab.servers.supervision.lock import hold

UV_LOCK = "uv.lock"
COMPLETE = "complete"
TIMEOUT_S = 1800.0
# A line of pins: `django==5.2.8`, and what may follow it.
PIN = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^\]]*\])?==([^\s;\\]+)")
# What a line names by a path: a folder or a file, editable or not, with or without a name before it.
LOCAL = re.compile(
    r"^(?:-e\s+)?(?:[A-Za-z0-9][A-Za-z0-9._-]*\s*@\s*)?(?:file:(?://)?)?(\.{0,2}/[^;\s]*|\.|[^;\s]+\.whl)(?:\s*;.*)?$"
)


def environment(
    file: Path, label: str, python: str, home: Home, say: Callable[[str], None] = lambda text: None
) -> tuple[str, dict[str, str]]:
    """Return a virtual environment with the packages that a file names, made if it is missing, and their versions.

    Args:
        file: A requirements file, pyproject.toml, uv.lock, poetry.lock or pylock.toml.
        label: What people call the revision.
        python: The interpreter that the environment is of, or an environment of it.
        home: The state folder.
        say: Told before anything is installed.

    Raises:
        InputError: uv is not there, or cannot resolve or install them; or the interpreter does not start.
        ServerError: The state folder has no room.
    """
    uv, interpreter = _uv(), executable(python)
    where = f"{file.name} of {label}"
    if not file.is_file():
        raise InputError(f"packages: {label} has no file {file.name}", hint="name one that both revisions have")
    facts = _facts(interpreter)
    pins = pins_of(file, where, facts.split()[0]) if is_lock(file) else _pins(uv, file, interpreter, where)
    pins, digests = _without_own(pins, file.parent, where)
    made = hashlib.sha256("\n".join([facts, pins, *digests]).encode()).hexdigest()[:16]
    folder = home.environments / made
    try:
        folder.parent.mkdir(mode=0o711, exist_ok=True)
    except OSError as error:
        raise ServerError(f"cannot make {folder.parent}: {error.strerror}") from error
    with hold(folder.with_name(f"{made}.lock"), f"packages of {where}"):
        if not (folder / COMPLETE).exists():
            say(f"install packages: {where}")
            shutil.rmtree(folder, ignore_errors=True)
            _run([uv, "venv", "--quiet", "--no-project", "--python", interpreter, str(folder)], file.parent, where)
            install = [
                uv,
                "pip",
                "sync",
                "--quiet",
                "--compile-bytecode",
                "--python",
                str(folder / "bin" / "python"),
                "-",
            ]
            _run(install, file.parent, where, pins)
            (folder / COMPLETE).touch()
    return str(folder), {match[1]: match[2] for line in pins.splitlines() if (match := PIN.match(line))}


def changed_packages(off: dict[str, str], on: dict[str, str]) -> list[str]:
    """Return what differs between two sets of pins: `django 5.2.8 -> 6.1`, `celery removed`, `orjson 3.11 added`.

    Args:
        off: Versions by the packages' names.
        on: The same of the other side.
    """
    texts = []
    for name in sorted({*off, *on}):
        old, new = off.get(name), on.get(name)
        if old is None:
            texts.append(f"{name} {new} added")
        elif new is None:
            texts.append(f"{name} removed")
        elif old != new:
            texts.append(f"{name} {old} -> {new}")
    return texts


def _uv() -> str:
    """Return the program uv: that of the package beside perflab, else the one on PATH."""
    try:
        from uv import find_uv_bin
    except ImportError:
        program = shutil.which("uv")
    else:
        program = find_uv_bin()
    if program is None:
        raise InputError(
            "packages: uv, which makes the environments, is not there", hint="pip install 'perflab[packages]'"
        )
    return program


def _pins(uv: str, file: Path, interpreter: str, where: str) -> str:
    if file.name == UV_LOCK:
        command = [uv, "export", "--quiet", "--frozen", "--no-dev", "--no-emit-project", "--no-header", "--no-annotate"]
    else:
        command = [
            uv,
            "pip",
            "compile",
            "--quiet",
            "--no-header",
            "--no-annotate",
            "--emit-index-url",
            "--emit-find-links",
        ]
        if "--hash=" in file.read_text(encoding="utf-8", errors="replace"):
            command.append("--generate-hashes")
        command.append(file.name)
    return _run([*command, "--python", interpreter], file.parent, where)


def _without_own(pins: str, folder: Path, where: str) -> tuple[str, list[str]]:
    """Return the pins without the project itself, whose code is the revision's, and a digest of each file that they name."""
    kept, digests = [], []
    for line in filter(str.strip, pins.splitlines()):
        local = LOCAL.match(line)
        path = folder / local[1] if local else None
        if path is None:
            kept.append(line)
        elif path.is_file():
            kept.append(line)
            digests.append(hashlib.sha256(path.read_bytes()).hexdigest())
        elif path.resolve() != folder.resolve():
            raise InputError(
                f"packages: {where} installs the folder {local[1] if local else ''}, which may differ between revisions",
                hint="name an environment for each side, as `python` under `off` and `on`",
            )
    return "".join(f"{line}\n" for line in kept), digests


def _facts(interpreter: str) -> str:
    inquiry = "import sys, sysconfig; print(sys.version, sysconfig.get_platform(), sys.base_prefix)"
    command = [interpreter, "-I", "-c", inquiry]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
    except (OSError, subprocess.SubprocessError) as error:
        raise InputError(f"packages: {interpreter} does not start: {error}", hint="name another `python`") from None


def _run(command: Sequence[str], folder: Path, where: str, given: str = "") -> str:
    """Run uv in the revision's folder, whose paths and settings of uv count, and return what it printed."""
    try:
        done = subprocess.run(
            command, cwd=folder, input=given, capture_output=True, text=True, timeout=TIMEOUT_S, check=False
        )
    except subprocess.TimeoutExpired:
        raise InputError(f"packages: {where}: uv has not ended after {TIMEOUT_S / 60:.0f} minutes") from None
    if done.returncode:
        lines = [line.strip(" │╰─▶×├\t") for line in done.stderr.splitlines() if line.strip()]
        what = " ".join(lines[:2])[:300] if lines else f"uv ended with {done.returncode}"
        raise InputError(
            f"packages: {where}: {what}", hint=f"try `uv {' '.join(command[1:3])}` by hand in a checkout of it"
        )
    return done.stdout
