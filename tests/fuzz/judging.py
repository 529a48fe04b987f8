"""One example: perflab's own functions, called as its commands call them, and what counts as a failure."""

from __future__ import annotations

import signal
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from perflab.cli.traffic import traffic
from perflab.errors import PerflabError
from perflab.scenario import loading, project
from perflab.scenario.output.explain import explain
from perflab.scenario.project_checks import check_project
from tests.fuzz.inputs import PROJECT

LIMIT_S = 2.0
SCENARIO = PROJECT / "tests" / "projects" / "library" / "scenario.yaml"
# perflab itself, whatever its checkout is called.
PACKAGE = PROJECT / "app" / "perflab"


class TooLong(BaseException):
    """An example took longer than it may; no handler of perflab's catches it."""


def failure(file: Path) -> str | None:
    """Return in which way perflab fails on a file; None where it does not.

    Args:
        file: A scenario (.yaml), a HAR file, or an access log.
    """
    judged = scenario if file.suffix == ".yaml" else log
    try:
        with limited(LIMIT_S):
            text = judged(file)
    except PerflabError as error:
        return _of_message(str(error))
    except TooLong as error:
        return f"more than {LIMIT_S:g} s{_frame(error)}"
    except Exception as error:
        return f"{type(error).__name__}{_frame(error)}"
    lines = [line for line in text.split("\n") if not line.isprintable()]
    return f"a control character in the output: {lines[0][:80]!r}" if lines else None


def scenario(file: Path) -> str:
    """Return what `perflab check` prints of a scenario; its project is checked where that is the one of this process."""
    loaded = loading.load(file)
    if loaded.subject.settings == "site_config.settings" and loaded.subject.python is None and project.is_set_up():
        check_project(loaded, "sqlite")
    return explain(loaded, "sqlite")


def log(file: Path) -> str:
    """Return what `perflab traffic` prints of a log; it changes a copy of the scenario, which has to stay a scenario."""
    copy = file.with_name("written.yaml")
    copy.write_bytes(SCENARIO.read_bytes())
    text = traffic(copy, [str(file)], write=True)
    loading.load(copy)
    return text


def _of_message(message: str) -> str | None:
    if "\n" in message:
        return "a message of several lines"
    return None if message.isprintable() else f"a control character in a message: {message[:80]!r}"


def _frame(error: BaseException) -> str:
    """Return the innermost frame of perflab's."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if Path(f.filename).is_relative_to(PACKAGE)]
    return f" in {'/'.join(Path(frames[-1].filename).parts[-2:])}:{frames[-1].lineno}" if frames else ""


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Raise TooLong within a block that takes more of the processor's time, of which other processes take nothing."""

    def expired(signum: int, frame: Any) -> None:
        raise TooLong

    before: Callable[..., Any] | int | None = signal.signal(signal.SIGPROF, expired)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
