"""Commands of manage.py, called where the project is, with its guards, on the lab's databases."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from perflab.errors import InputError, SubjectError, did_you_mean, one_line, raised_at
from perflab.scenario.subject.calls import in_project
from perflab.seeding.digest import code_of

LONGEST = 300
FORMATS = (".json", ".jsonl", ".xml", ".yaml", ".yml")


@in_project
def call(name: str, arguments: Sequence[str], where: str) -> None:
    """Call a command.

    Args:
        name: The command.
        arguments: Its arguments, as on a command line.
        where: The scenario's key, for a message.

    Raises:
        SubjectError: It fails; what it raised is the cause, and goes to the log.
    """
    from django.core.management import call_command

    try:
        with _no_input():
            call_command(name, *arguments)
    except SystemExit as error:
        if error.code not in (None, 0):
            raise _failed(name, error, where) from error
    except Exception as error:
        raise _failed(name, error, where) from error


@contextmanager
def _no_input() -> Iterator[None]:
    """Let a command that asks something get the end of its input: nobody would answer."""
    before = sys.stdin
    with open(os.devnull, encoding="utf-8") as nothing:
        sys.stdin = nothing
        try:
            yield
        finally:
            sys.stdin = before


def _failed(name: str, error: BaseException, where: str) -> SubjectError:
    place = raised_at(error) if isinstance(error, Exception) else ""
    hint = f"run `python manage.py {name}` on an empty database that is migrated"
    return SubjectError(f"manage.py {name}: {one_line(error)[:LONGEST]}{place}", where=where, hint=hint)


@in_project
def command_code(name: str) -> str:
    """Return a digest of a command's code.

    Args:
        name: The command.

    Raises:
        InputError: The project has no such command.
    """
    from django.core.management import get_commands, load_command_class

    commands = get_commands()
    if name not in commands:
        raise InputError(
            f"data.command: the project has no command {name!r}", hint=did_you_mean(name, sorted(commands))
        )
    app: Any = commands[name]
    try:
        command = load_command_class(app, name) if isinstance(app, str) else app
    except Exception as error:
        raise SubjectError(
            f"manage.py {name}: {one_line(error)[:LONGEST]}{raised_at(error)}", where="data.command"
        ) from error
    return code_of(type(command).__module__)


@in_project
def fixture_files(names: Sequence[str]) -> str:
    """Return a digest of the files of fixtures.

    Args:
        names: The fixtures, as `loaddata` takes them: names, names with an app's folder, or paths.

    Raises:
        InputError: There is no file for one of them.
    """
    digest = hashlib.sha256()
    folders = _folders()
    for name in names:
        whole = Path(name)
        places = [whole.parent] if whole.is_absolute() else [folder / whole.parent for folder in folders]
        files = sorted(
            {file for place in places if place.is_dir() for file in place.iterdir() if _is_named(file, whole.name)}
        )
        if not files:
            there = {
                file.name.partition(".")[0] for folder in folders for file in folder.iterdir() if _is_fixture(file)
            }
            raise InputError(f"data.fixtures: there is no fixture {name!r}", hint=did_you_mean(name, sorted(there)))
        for file in files:
            digest.update(f"{file}\0".encode() + hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def _folders() -> list[Path]:
    from django.apps import apps
    from django.conf import settings

    folders = [Path(config.path) / "fixtures" for config in apps.get_app_configs()]
    folders += [*map(Path, settings.FIXTURE_DIRS), Path.cwd()]
    return [folder for folder in dict.fromkeys(folder.absolute() for folder in folders) if folder.is_dir()]


def _is_named(file: Path, name: str) -> bool:
    """Say whether a file is the fixture of this name: it may add a format, and a compression."""
    return file.is_file() and (file.name == name or file.name.startswith(f"{name}.")) and _is_fixture(file)


def _is_fixture(file: Path) -> bool:
    return any(ending in FORMATS for ending in file.suffixes)
