"""What can go wrong, as one small tree of exceptions.

    PerflabError
    ├── InputError          the user's input: a scenario, a parameter, a path        exit code 2
    ├── ServerError         PostgreSQL or the cache server cannot be reached or went away
    │   └── ForeignDatabase a database that perflab did not create: it is left alone
    ├── SubjectError        the project under test failed: a request, a migration, its settings
    │   └── WorkerDied      the process of a cell ended, or a request ran past its time limit
    ├── StoreError          a run's directory cannot be read or written
    └── Interrupted         the user stopped the run; what was measured is kept

Every message is one line: what is wrong, where, and what to try.
"""

from __future__ import annotations


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
        return " ".join(line.split())


def _again(kind: type[PerflabError], what: str, where: str | None, hint: str | None) -> PerflabError:
    return kind(what, where=where, hint=hint)


class InputError(PerflabError):
    """The user's input is wrong; nothing has been run."""


class ServerError(PerflabError):
    """A database or cache server cannot be found, started, reached or read."""


class ForeignDatabase(ServerError):
    """perflab was pointed at a database that it did not create, and refuses to touch it."""


class SubjectError(PerflabError):
    """The project under test failed."""


class WorkerDied(SubjectError):
    """The process of a cell ended, or hung past the time limit of a request."""


class StoreError(PerflabError):
    """A run's directory cannot be read or written."""


class Interrupted(PerflabError):
    """The user stopped the run; what was measured until then is kept."""
