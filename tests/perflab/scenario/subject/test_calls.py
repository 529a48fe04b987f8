"""Functions that run where the project is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from perflab.scenario.subject import calls
from perflab.scenario.subject.calls import function_of, in_project, is_elsewhere, running_in


@in_project
def added(first: int, second: int = 0) -> int:
    """Return a sum."""
    return first + second


class Recorded:
    """A process that notes what it is asked."""

    def __init__(self) -> None:
        self.calls: list[Any] = []

    def call(self, name: str, arguments: Sequence[Any], keywords: Mapping[str, Any]) -> Any:
        self.calls.append((name, arguments, keywords))
        return 42


def test_without_a_process_of_the_projects_own_it_is_an_ordinary_function() -> None:
    assert not is_elsewhere()
    assert added(1, second=2) == 3
    assert added.__doc__ == "Return a sum."


def test_with_one_it_runs_there_and_afterwards_here_again() -> None:
    process = Recorded()
    with running_in(process):
        assert is_elsewhere()
        assert added(1, second=2) == 42
    assert process.calls == [(f"{__name__}:added", (1,), {"second": 2})]
    assert added(1, second=2) == 3
    with pytest.raises(ZeroDivisionError), running_in(process):
        raise ZeroDivisionError
    assert not is_elsewhere()


def test_a_function_is_found_by_its_name() -> None:
    assert function_of("perflab.scenario.subject.calls:is_elsewhere") is calls.is_elsewhere
