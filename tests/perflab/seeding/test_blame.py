"""The project's own line in a traceback."""

from __future__ import annotations

import json
from pathlib import Path

from perflab.errors import did_you_mean
from perflab.seeding.blame import placed, project_line


def caught(work):
    try:
        work()
    except Exception as error:
        return error
    raise AssertionError("no error")


def test_the_innermost_line_of_the_project_is_named():
    error = caught(lambda: json.loads("{"))
    line = project_line(error)
    assert line is not None
    path, _, number = line.partition(":")
    assert (Path.cwd() / path).resolve() == Path(__file__).resolve()
    assert 'json.loads("{")' in Path(__file__).read_text().splitlines()[int(number) - 1]
    assert placed("it fails", error) == f"it fails ({line})"


def test_lines_of_perflab_are_not_the_projects():
    line = project_line(caught(lambda: did_you_mean("a", 1)))  # type: ignore[arg-type]
    assert line is not None and line.startswith("tests/")


def test_an_error_without_a_traceback_has_no_line():
    assert project_line(ValueError("x")) is None
    assert placed("it fails", ValueError("x")) == "it fails"
