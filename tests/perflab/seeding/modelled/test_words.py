"""Texts by the names of fields."""

from __future__ import annotations

import random
import re

import pytest

from perflab.seeding.modelled.words import COUNTRIES, LONG, digits, text_for


@pytest.mark.parametrize(
    ("field", "expression"),
    [
        ("email", r"[a-z.]+\d+@example\.com"), ("phone_number", r"\+4930\d{7}"), ("website", r"https://example\.com/\w+/\d{4}"),
        ("slug", r"[a-z]+-[a-z]+-\d{3}"), ("postal_code", r"\d{5}"), ("sku", r"\d{10}"), ("colour", r"#[0-9a-f]{6}"),
        ("version", r"\d+\.\d+\.\d+"), ("title", r"[A-Z][a-z ]+"), ("nothing_known", r"[A-Z][a-z ]+"),
    ],
)  # fmt: skip
def test_a_name_says_what_its_text_looks_like(field: str, expression: str) -> None:
    assert re.fullmatch(expression, text_for(field, random.Random(1), 200))


def test_a_text_is_never_longer_than_its_field_nor_empty() -> None:
    for seed in range(50):
        assert 1 <= len(text_for("description", random.Random(seed), 3)) <= 3
        assert text_for("country", random.Random(seed), 2) in COUNTRIES


def test_a_long_text_is_a_page_and_another_one_a_few_sentences() -> None:
    assert len(text_for("body", random.Random(1), None, is_long=True)) >= LONG
    assert 200 <= len(text_for("whatever", random.Random(1), None, is_long=True)) < 400


def test_the_same_generator_gives_the_same_text() -> None:
    assert text_for("body", random.Random(3), None) == text_for("body", random.Random(3), None)


def test_a_number_does_not_begin_with_0() -> None:
    assert all(digits(random.Random(seed), 4)[0] != "0" for seed in range(40))
