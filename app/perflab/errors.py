"""What can go wrong, as one small tree of exceptions.

    PerflabError
    ├── InputError          the user's input: a scenario, a parameter, a path        exit code 2
    ├── ServerError         PostgreSQL or the cache server cannot be reached or went away
    │   ├── InUse           another process of perflab uses it
    │   └── ForeignDatabase a database that perflab did not create: it is left alone
    ├── SubjectError        the project under test failed: a request, a migration, its settings
    │   ├── LoginFailed     the login of a caller raised
    │   └── WorkerDied      the process of a cell ended, or a request ran past its time limit
    ├── StoreError          a run's directory cannot be read or written
    ├── PostError           GitHub or GitLab refuses a comment, or does not respond
    └── Interrupted         the user stopped the run; what was measured is kept

Every message is one line: what is wrong, where, and what to try.
"""

from __future__ import annotations

import difflib
import re
import sysconfig
import traceback
from collections.abc import Iterable
from pathlib import Path

MAX_SUGGESTED = 12

# Where code lies that is no project's: installed packages, Python's own library, and perflab.
_INSTALLED = ("/site-packages/", "/dist-packages/")
_OTHERS = tuple(
    f"{Path(folder).resolve()}/"
    for folder in (sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib"), Path(__file__).parent)
)

# Of an error's text: the parts that perflab itself has written, the class of an exception, and a line of the project.
_PUBLIC = (
    re.compile(r"^endpoint [\w-]+"),
    re.compile(r"\bcell [\w+-]+"),
    re.compile(r"the login \([\w.:]+\)"),
    re.compile(r"\breturned \d{3}\b"),
    re.compile(r"the worker (?:died|did not respond)"),
)
_KIND = re.compile(r"\b([A-Z]\w+): ")
_LINE = re.compile(r" at ((?:[\w-]+/)*[\w-]+\.py:\d+)")


class PerflabError(Exception):
    """Base of all errors that perflab raises on purpose.

    `what` is wrong, `where`: a file and line, or an endpoint and cell; `hint` is what to try.
    """

    def __init__(self, what: str, *, where: str | None = None, hint: str | None = None) -> None:
        super().__init__(what, where, hint)
        self.what = what
        self.where = where
        self.hint = hint

    def __reduce__(self) -> tuple[object, ...]:
        """Return how to make the error again: pickle would pass all arguments by position."""
        return _again, (type(self), self.what, self.where, self.hint)

    def _render_traceback_(self) -> list[str]:
        """Return what IPython displays: the one line, because a traceback adds nothing to it."""
        return [f"{type(self).__name__}: {self}"]

    def __str__(self) -> str:
        line = f"{self.where}: {self.what}" if self.where else self.what
        if self.hint:
            line = f"{line}; {self.hint}"
        return clean(line)


def _again(kind: type[PerflabError], what: str, where: str | None, hint: str | None) -> PerflabError:
    return kind(what, where=where, hint=hint)


def clean(text: str) -> str:
    """Return a text as one line without control characters, whatever a scenario, a log or a project's error contains."""
    return " ".join(printable(text).split())


def printable(text: str) -> str:
    """Return a text with a space for each control character, which would reach the terminal; line ends are such characters."""
    return text if text.isprintable() else "".join(c if c.isprintable() else " " for c in text)


def first_line(error: BaseException) -> str:
    """Return the first line of an error's text, or the name of its class if it has none."""
    return next(iter(str(error).strip().splitlines()), type(error).__name__)


def one_line(error: BaseException) -> str:
    """Return an error's class and text in one line, as messages quote the project's errors."""
    return f"{type(error).__name__}: {' '.join(str(error).split())}"


def raised_at(error: BaseException) -> str:
    """Return ` at file:line` of the project's innermost frame that an error passed through; empty where there is none."""
    here = Path.cwd()
    frames = list(traceback.extract_tb(error.__traceback__))
    if (
        isinstance(error, SyntaxError) and error.filename
    ):  # its text has the file's name without the folder, and no frame is there
        frames.append(traceback.FrameSummary(error.filename, error.lineno, ""))
    for frame in reversed(frames):
        path = Path(frame.filename).resolve()
        text = path.as_posix()
        if (
            not frame.filename.startswith("<")
            and not text.startswith(_OTHERS)
            and not any(f in text for f in _INSTALLED)
        ):
            return f" at {path.relative_to(here) if path.is_relative_to(here) else path.name}:{frame.lineno}"
    return ""


def without_contents(reason: str) -> str:
    """Return what may be published of an error's text: status, class and line, and not what the error says.

    A page is passed around, and an error may name a path, a host or a password.
    """
    parts = [match[0] for pattern in _PUBLIC if (match := pattern.search(reason))]
    kinds = [kind for kind in _KIND.findall(reason) if kind != "Traceback"]
    lines = _LINE.findall(reason)
    details = " ".join([*kinds[:1], *(f"at {line}" for line in lines[-1:])])
    outer = " ".join(parts)
    if outer and details:
        return f"{outer} ({details})"
    return outer or details or "see run.json"


def from_name(name: str, message: str) -> PerflabError | None:
    """Return the error of another process, by the name of its class; None where perflab has no class of that name."""
    kind = globals().get(name)
    return kind(message) if isinstance(kind, type) and issubclass(kind, PerflabError) else None


class InputError(PerflabError):
    """The user's input is wrong; nothing has been run."""


class ServerError(PerflabError):
    """A database or cache server cannot be found, started, reached or read."""


class InUse(ServerError):
    """Another process of perflab holds the lock, and did not release it in time."""


class ForeignDatabase(ServerError):
    """perflab was pointed at a database that it did not create, and refuses to touch it."""


class SubjectError(PerflabError):
    """The project under test failed."""


class LoginFailed(SubjectError):
    """The login of a caller raised, or returned what is no login: the request cannot be made."""


class WorkerDied(SubjectError):
    """The process of a cell ended, or hung past the time limit of a request."""


class StoreError(PerflabError):
    """A run's directory cannot be read or written."""


class PostError(PerflabError):
    """GitHub or GitLab refuses a comment, does not respond, or has no pull request for it."""


class Interrupted(PerflabError):
    """The user stopped the run; what was measured until then is kept."""


def nearest(word: object, candidates: Iterable[str]) -> str | None:
    """Return a hint that names the candidate most like a word, or None where none is like it."""
    by_lower = {candidate.lower(): candidate for candidate in reversed(list(candidates))}
    near = difflib.get_close_matches(str(word).lower(), by_lower, n=1, cutoff=0.6)
    return f"did you mean {by_lower[near[0]]!r}?" if near else None


def did_you_mean(word: object, candidates: Iterable[str]) -> str | None:
    """Return a hint for an unknown word: the candidate most like it, else the list of candidates, else None."""
    unique = list(dict.fromkeys(candidates))
    hint = nearest(word, unique)
    if hint or not unique:
        return hint
    more = f" and {len(unique) - MAX_SUGGESTED} more" if len(unique) > MAX_SUGGESTED else ""
    return f"use one of {', '.join(unique[:MAX_SUGGESTED])}{more}"
