"""Changing the project's code."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import ValidationError

from perflab.scenario.factors.base import CellChanges, Context, Project
from perflab.scenario.factors.code import Code, CodeFactor

PROJECT = Project(SimpleNamespace(), dict)


def factor(**sides: Any) -> CodeFactor:
    return CodeFactor(name="change", kind="code", **sides)


def test_each_level_is_a_side() -> None:
    change = factor(off=Code(revision="main"))
    assert (change.changes(False, Context()).code, change.changes(True, Context()).code) == ("off", "on")
    assert (change.changes(True, Context()) | CellChanges({"A": 1})).code == "on", "other factors leave it"


@pytest.mark.parametrize(
    ("code", "label"),
    [
        (Code(), "the working tree"),
        (Code(revision="main"), "main"),
        (Code(patch="x.patch"), "HEAD with x.patch"),
        (Code(revision="v1", patch="x.patch"), "v1 with x.patch"),
    ],
)
def test_a_side_has_a_name_for_people(code: Code, label: str) -> None:
    assert code.label == label


def test_the_side_that_is_on_is_the_working_tree_unless_told_otherwise() -> None:
    assert factor(off=Code(revision="main")).describe() == "code: main when off, the working tree when on"


def test_two_sides_that_are_the_same_are_a_problem() -> None:
    (problem,) = factor(off=Code(revision="main"), on=Code(revision="main")).problems(PROJECT)
    assert (problem.place, problem.what) == (("on",), "both sides are the same code")
    assert not list(factor(off=Code(revision="main")).problems(PROJECT))


@pytest.mark.parametrize("revision", ["--upload-pack=x", "", "two words"])
def test_a_revision_is_no_option_of_git(revision: str) -> None:
    with pytest.raises(ValidationError):
        Code(revision=revision)
