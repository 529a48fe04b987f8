"""Every error is one line: what is wrong, where, and what to try."""

from __future__ import annotations

import pickle

import pytest

from perflab import errors
from perflab.errors import (
    ForeignDatabase,
    InputError,
    PerflabError,
    ServerError,
    SubjectError,
    WorkerDied,
    first_line,
    one_line,
)

TREE = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, PerflabError)]


@pytest.mark.parametrize(
    ("more", "line"),
    [({}, "it broke"), ({"where": "a.yaml:3"}, "a.yaml:3: it broke"), ({"hint": "mend it"}, "it broke; mend it"),
     ({"where": "a.yaml:3", "hint": "mend it"}, "a.yaml:3: it broke; mend it")],
)  # fmt: skip
def test_what_where_and_what_to_try(more: dict[str, str], line: str) -> None:
    assert str(PerflabError("it broke", **more)) == line


@pytest.mark.parametrize("kind", TREE)
def test_it_stays_one_line(kind: type[PerflabError]) -> None:
    assert str(kind("it\n  broke", where="a\nb", hint="try\tthis\n")) == "a b: it broke; try this"


def test_the_tree() -> None:
    assert issubclass(ForeignDatabase, ServerError)
    assert issubclass(WorkerDied, SubjectError)
    assert not issubclass(InputError, ValueError), "pydantic would swallow it"
    assert {kind.__name__ for kind in TREE} == {
        "PerflabError", "InputError", "ServerError", "ForeignDatabase", "SubjectError", "WorkerDied", "StoreError", "Interrupted",
    }  # fmt: skip


def test_the_parts_can_be_had() -> None:
    error = InputError("it broke", where="a.yaml:3", hint="mend it")
    assert (error.what, error.where, error.hint) == ("it broke", "a.yaml:3", "mend it")


def test_it_travels_between_processes() -> None:
    error = WorkerDied("the worker died", where="cell all_on", hint="see its log")
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is WorkerDied
    assert str(again) == str(error)


def test_the_errors_of_others_become_one_line() -> None:
    assert first_line(ValueError("no such column\nLINE 1: SELECT x")) == "no such column"
    assert first_line(ValueError("")) == "ValueError"
    assert one_line(ValueError("no\n  such column")) == "ValueError: no such column"
