"""The terms of the page."""

from __future__ import annotations

from perflab.report.sections.glossary import TERMS, glossary


def test_every_term_has_a_sentence() -> None:
    markup = glossary()
    assert markup.count("<dt>") == markup.count("<dd>") == len(TERMS)
    assert all(meaning.endswith(".") for meaning in TERMS.values())
