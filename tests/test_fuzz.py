"""A few mutated files of each kind, and that the fuzz finds what it looks for; `python -m tests.fuzz` has 10,000 of each."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from perflab.errors import InputError
from perflab.scenario import loading, project
from tests.fuzz import __main__, judging
from tests.fuzz.inputs import KINDS, example
from tests.fuzz.minimising import minimised

EXAMPLES = 70
SEED = 7


@pytest.mark.parametrize("kind", KINDS)
def test_no_mutated_file_ends_perflab(tmp_path: Path, kind: str) -> None:
    assert [*__main__.failures(kind, range(EXAMPLES), SEED, tmp_path)] == []


@pytest.mark.parametrize("kind", KINDS)
def test_an_example_is_always_the_same(kind: str) -> None:
    assert [example(kind, n, SEED) for n in range(5)] == [example(kind, n, SEED) for n in range(5)]
    assert example(kind, 1, SEED) != example(kind, 1, SEED + 1)


class Quoting(InputError):
    """An error that quotes the file as it is."""

    def __str__(self) -> str:
        return self.what


def spin(file: Path) -> str:
    while True:
        pass


def raising(error: Exception) -> object:
    def raise_it(file: Path) -> str:
        raise error

    return raise_it


@pytest.mark.parametrize(
    ("judged", "how"),
    [
        (raising(KeyError("x")), "KeyError"),
        (raising(InputError("fine")), None),
        (raising(Quoting("one\ntwo")), "a message of several lines"),
        (raising(Quoting("\x1b[31m")), "a control character in a message: '\\x1b[31m'"),
        (lambda file: "two\nlines", None),
        (lambda file: "\x1b[31m", "a control character in the output: '\\x1b[31m'"),
        (spin, "more than 0.05 s"),
    ],
)
def test_each_way_to_fail_is_noticed(monkeypatch: pytest.MonkeyPatch, judged: object, how: str | None) -> None:
    monkeypatch.setattr(judging, "log", judged)
    monkeypatch.setattr(judging, "LIMIT_S", 0.05)
    assert judging.failure(Path("access.log")) == how


def test_a_failing_input_is_shortened() -> None:
    data = b"\n".join(b"line %d" % n for n in range(40))
    assert minimised(data, lambda text: b"17" in text) == b"17"
    assert minimised(data, lambda text: b"17" in text, tries=0) == data


def test_the_command_reports_each_way_once(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(path: object) -> object:
        raise KeyError("a bug")

    monkeypatch.setattr(loading, "load", broken)
    monkeypatch.setattr(project, "set_up", lambda settings, changes: None)
    result = CliRunner().invoke(__main__.main, ["--examples", "3", "--only", "scenario", "--seed", "5"])
    assert result.exit_code == 1
    assert (
        "scenario: 3 examples, 3 failures of 1 kinds\n  3 x KeyError (--only scenario:0 --seed 5)\n    b''"
        in result.output
    )
