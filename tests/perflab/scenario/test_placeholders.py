"""Placeholders in paths and bodies."""

from __future__ import annotations

import pytest

from perflab.scenario.placeholders import TemplateError, fill_body, fill_path, placeholders


def test_names_are_found_wherever_they_stand() -> None:
    assert placeholders("/a/{x}/b?c={y}") == {"x", "y"}
    assert placeholders({"a": ["{x}", {"b": "{y} and {z}"}], "c": 3, "d": None}) == {"x", "y", "z"}
    assert placeholders("{{x}}") == set()
    assert placeholders(None) == set()


def test_a_paths_values_are_quoted() -> None:
    assert fill_path("/a/{x}/?q={y}", {"x": 7, "y": "a b/c&d"}) == "/a/7/?q=a%20b%2Fc%26d"
    assert fill_path("/{{literal}}/", {}) == "/{literal}/"


def test_a_text_that_is_one_placeholder_keeps_the_values_type() -> None:
    values = {"x": 7, "y": "text"}
    assert fill_body({"a": "{x}", "b": "no. {x}", "c": ["{y}", 1, None]}, values) == {
        "a": 7,
        "b": "no. 7",
        "c": ["text", 1, None],
    }
    assert fill_body("{{}}", {}) == "{}"


@pytest.mark.parametrize("text", ["{", "}", "{}", "{0}", "{a.b}", "{a[0]}", "{a!r}", "{a:3}", "{ a }"])
def test_anything_else_in_braces_is_refused(text: str) -> None:
    with pytest.raises(TemplateError):
        placeholders(text)
