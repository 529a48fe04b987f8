"""The project's process: what it replies."""

from __future__ import annotations

import pickle
import sys
from typing import Any

import pytest

from perflab.errors import InputError, SubjectError
from perflab.scenario.subject.answering import answer
from perflab.scenario.subject.sending import dumps


def mistaken(how: str) -> None:
    """Fail in one of several ways."""
    if how == "input":
        raise InputError("wrong", hint="mend it")
    if how == "subject":
        try:
            raise KeyError("inside")
        except KeyError as error:
            raise SubjectError("the project fails") from error
    if how == "exit":
        sys.exit(3)
    raise ZeroDivisionError("by 0")


def replied(name: str, *arguments: Any, **keywords: Any) -> Any:
    return pickle.loads(answer(dumps((name, arguments, keywords))))


def test_a_result() -> None:
    assert replied("perflab.errors:nearest", "nmae", candidates=["name", "other"]) == (
        "did you mean 'name'?",
        None,
        None,
    )


@pytest.mark.parametrize(
    ("how", "kind", "text", "traceback"),
    [
        ("input", InputError, "wrong; mend it", None),
        ("subject", SubjectError, "the project fails", "KeyError: 'inside'"),
        ("exit", SubjectError, "SystemExit: 3", "SystemExit"),
        ("other", SubjectError, "ZeroDivisionError: by 0 at tests/perflab/", "ZeroDivisionError: by 0"),
    ],
)
def test_a_mistake_is_one_line_and_what_caused_it_is_told(
    how: str, kind: type, text: str, traceback: str | None
) -> None:
    result, error, caused = replied(f"{__name__}:mistaken", how)
    assert result is None
    assert type(error) is kind
    assert str(error).startswith(text)
    assert (caused is None) if traceback is None else (traceback in caused and "Traceback" in caused)
