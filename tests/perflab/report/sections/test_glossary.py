"""The words of the page."""

from __future__ import annotations

from perflab.report.sections.glossary import WORDS, glossary


def test_every_word_has_a_sentence() -> None:
    markup = glossary()
    assert markup.count("<dt>") == markup.count("<dd>") == len(WORDS)
    assert all(meaning.endswith(".") for meaning in WORDS.values())
