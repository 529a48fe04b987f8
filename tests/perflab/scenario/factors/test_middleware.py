"""Taking middleware away."""

from __future__ import annotations

from types import SimpleNamespace

from perflab.scenario.factors.base import Context, Project
from perflab.scenario.factors.middleware import MiddlewareFactor

FACTOR = MiddlewareFactor(name="gzip", kind="middleware", which=["a.Gzip"])
CONTEXT = Context({"MIDDLEWARE": ("a.First", "a.Gzip", "a.Last")})


def test_off_leaves_it_out_and_keeps_the_order() -> None:
    assert FACTOR.changes(False, CONTEXT).settings == {"MIDDLEWARE": ["a.First", "a.Last"]}
    assert FACTOR.changes(True, CONTEXT).settings == {"MIDDLEWARE": ["a.First", "a.Gzip", "a.Last"]}
    assert FACTOR.describe() == "middleware: a.Gzip"


def test_middleware_that_the_project_lacks_is_a_problem() -> None:
    (problem,) = FACTOR.problems(Project(SimpleNamespace(MIDDLEWARE=["a.GZip"]), dict))
    assert (problem.place, problem.hint) == (("which", 0), "did you mean 'a.GZip'?")
    assert list(FACTOR.problems(Project(SimpleNamespace(MIDDLEWARE=["a.Gzip"]), dict))) == []
