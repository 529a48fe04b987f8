"""The folders and variables that a scenario gives its project, in its process; and what of them run.json may show."""

from __future__ import annotations

import hashlib
import json
import os
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from perflab.errors import InputError
from perflab.scenario.subject.interpreter import Interpreter, inspected

MASKED = "********"
# Names of secrets, as Django's own error pages hide them, and more.
_SECRET = re.compile(r"API|AUTH|TOKEN|KEY|SECRET|PASS|PWD|SIGNATURE|CREDENTIAL|PRIVATE|COOKIE|DSN|SALT", re.IGNORECASE)
_LOGIN = re.compile(r"(?<=://)[^/@\s]*:[^/\s]*(?=@)")
_PASSWORD = re.compile(r"(?<=[?&]password=)[^&\s]*")
# The lab sets them itself, or finds its own place by them.
LAB_VARIABLES = re.compile(
    r"PERFLAB_\w+|PYTHONPATH|PYTHONHOME|PYTHONHASHSEED|TMPDIR|DJANGO_SETTINGS_MODULE|VIRTUAL_ENV"
)


def folder_of(subject: Any) -> Path:
    """Return the folder that a scenario's project runs in, absolute.

    Args:
        subject: The scenario's subject.

    Raises:
        InputError: It does not exist.
    """
    if subject.folder is None:
        return Path.cwd()
    place = Path(os.path.abspath(Path(subject.folder).expanduser()))
    if not place.is_dir():
        raise InputError(
            f"subject.folder: there is no folder {subject.folder}",
            hint=f"perflab looks for it in {Path.cwd()}, where it runs",
        )
    return place


def search_path(subject: Any) -> list[str]:
    """Return what comes first on the project's sys.path, absolute: the folders of `subject.path`, and the one it runs in.

    Args:
        subject: The scenario's subject.

    Raises:
        InputError: A folder does not exist.
    """
    return [*_folders(subject), str(folder_of(subject))]


def _folders(subject: Any) -> list[str]:
    """Return the folders of `subject.path`, absolute; a relative one starts in the folder that the project runs in."""
    start = folder_of(subject)
    places = [Path(os.path.abspath(start / Path(folder).expanduser())) for folder in subject.path]
    for folder, place in zip(subject.path, places, strict=True):
        if not place.is_dir():
            raise InputError(
                f"subject.path: there is no folder {folder}",
                hint=f"perflab looks for it in {start}, where the project runs",
            )
    return [str(place) for place in places]


def interpreter_of(subject: Any) -> Interpreter | None:
    """Return the interpreter of a project with processes of its own; None where the project runs in perflab's.

    Args:
        subject: The scenario's subject.

    Raises:
        InputError: It cannot be used, or a folder of `subject.path` does not exist.
    """
    if subject.python is None and subject.folder is None:
        return None
    return inspected(subject.python or sys.executable, tuple(search_path(subject)))


def remarks(subject: Any) -> list[str]:
    """Return what is to be known about the project's own interpreter before a run.

    Args:
        subject: The scenario's subject.
    """
    interpreter = interpreter_of(subject)
    return [] if interpreter is None else interpreter.remarks


@contextmanager
def entered(scenario: Any) -> Iterator[None]:
    """Start the process of a project that has an interpreter of its own, or let this process find the project's modules.

    Afterwards all is as before.

    Args:
        scenario: The scenario.

    Raises:
        InputError: A folder does not exist, or the interpreter cannot be used.
    """
    subject = scenario.subject
    key = "folder"
    try:
        folder = folder_of(subject)
        key = "path"
        first = search_path(subject)
        key = "python"
        interpreter = interpreter_of(subject)
    except InputError as error:
        raise InputError(error.what, where=scenario.source.where(("subject", key)), hint=error.hint) from error
    if interpreter is not None:
        from perflab.scenario.subject.process import project_process  # 10 ms, for few projects

        with project_process(interpreter.executable, first, subject.env, folder):
            yield
        return
    first = first[:-1]  # set_up adds the working directory
    path, before = list(sys.path), {name: os.environ.get(name) for name in subject.env}
    sys.path[:] = [*first, *(folder for folder in path if folder not in first)]
    os.environ.update(subject.env)
    try:
        yield
    finally:
        sys.path[:] = path
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def facts(subject: Any) -> dict[str, Any]:
    """Return what of the interpreter and the variables may change the seeded data, without a secret.

    Args:
        subject: The scenario's subject.
    """
    interpreter = interpreter_of(subject)
    values: dict[str, Any] = {}
    if subject.env:
        values["env"] = hashlib.sha256(json.dumps(sorted(subject.env.items())).encode()).hexdigest()
    if interpreter is not None:
        values |= {"python": interpreter.version, "packages": dict(interpreter.packages)}
    return values


def masked(env: Mapping[str, str]) -> dict[str, str]:
    """Return variables without secrets: values of names such as API_KEY, and the user and password in an address.

    Args:
        env: The scenario's `subject.env`.
    """
    return {name: MASKED if _SECRET.search(name) else without_login(value) for name, value in env.items()}


def without_login(text: str) -> str:
    """Return a text without the user and the password in an address.

    Args:
        text: The text, such as a URL.
    """
    return _PASSWORD.sub(MASKED, _LOGIN.sub(MASKED, text))
