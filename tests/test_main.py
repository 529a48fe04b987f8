"""The suite's two parts: what each is given, and which exit code comes of both."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence

import pytest

from tests.__main__ import ALONE, PROCESSES, TESTS, files_alone, main, parts, run


def test_what_needs_the_machine_alone_runs_in_one_process_after_all_others() -> None:
    shared, alone = parts([])
    assert shared[:4] == ["-m", "not alone", "-n", str(PROCESSES)] and PROCESSES > 1
    assert alone == ["-m", "alone", *files_alone(), "-n", "0"]


def test_the_files_of_the_second_part_are_those_with_its_mark() -> None:
    files = [TESTS.parent / name for name in files_alone()]
    assert TESTS / "perflab" / "experiment" / "after" / "test_concurrency.py" in files
    assert all(ALONE in file.read_text() for file in files)


def test_arguments_are_for_both_and_a_marker_narrows_both() -> None:
    shared, alone = parts(["tests/docs", "-x", "-m", "servers or browser"])
    assert shared[1] == "not alone and (servers or browser)" and shared[-2:] == ["tests/docs", "-x"]
    assert alone == ["-m", "alone and (servers or browser)", "tests/docs", "-x", "-n", "0"]


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        ([0, 0], 0),
        ([0, 5], 0),
        ([5, 0], 0),
        ([5, 5], 5),
        ([1, 0], 1),
        ([0, 1], 1),
        ([1, 5], 1),
        ([2], 2),
        ([4], 4),
        ([-9], 9),
    ],
)
def test_the_exit_code_is_0_only_if_something_ran_and_nothing_failed(codes: list[int], expected: int) -> None:
    left = iter(codes)

    assert main([], lambda arguments: next(left)) == expected
    assert list(left) == []


def test_bytecode_is_kept_even_where_the_environment_says_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    started: list[dict[str, str]] = []

    class Ended:
        def __init__(self, command: Sequence[str], env: dict[str, str]) -> None:
            started.append(env)

        def wait(self) -> int:
            return 0

    monkeypatch.setattr(subprocess, "Popen", Ended)
    assert run([]) == 0
    (environment,) = started
    assert "PYTHONDONTWRITEBYTECODE" not in environment and "PATH" in environment
