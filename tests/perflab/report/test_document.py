"""A whole file around what it shows: the list of runs, and two runs side by side."""

from __future__ import annotations

from perflab.report.document import POLICY, document
from perflab.report.html import element
from tests.perflab.report.test_page import outline

NASTY = 'a "b" \\ </style><script>alert(1)</script>\nc'


def test_it_has_a_language_a_policy_a_title_and_a_way_past_what_comes_first() -> None:
    text = document("Runs", element("h1", "All runs"))
    assert text.startswith('<!DOCTYPE html>\n<html lang="en">')
    assert f'content="{POLICY}"' in text
    assert "<title>Runs</title>" in text
    parsed = outline(text)
    assert parsed.tags.count("main") == 1
    assert [address for address in parsed.addresses if address.startswith("#")] == ["#main"]
    assert "main" in parsed.ids


def test_a_hostile_title_stays_a_text_on_the_screen_and_on_paper() -> None:
    text = document(NASTY, element("p", NASTY))
    parsed = outline(text)
    assert "script" not in parsed.tags
    assert parsed.tags.count("style") == 1
    assert r'content: "a \"b\" \\ \3c /style>\3c script>alert(1)\3c /script> c"' in text
