"""A table of effects, and its rows as records."""

from __future__ import annotations

from perflab.analysis.effects.effects import compare
from perflab.analysis.effects.table import EFFECT_COLUMNS, of_table
from tests.perflab.analysis.tables import flat, samples_of


def test_a_row_is_a_record_with_none_for_what_is_unknown() -> None:
    table = compare(samples_of({"a": flat(2, rounds=1), "b": flat(1, rounds=1)}), "latency_s", "a", "b")
    (effect,) = of_table(table)
    assert (effect.endpoint, effect.contrast, effect.ratio, effect.low) == ("ALL", "b / a", 0.5, None)
    assert (type(effect.n), type(effect.rounds), effect.statistically_significant) == (int, int, None)
    assert effect.note == "An interval needs 3 rounds, and there is 1."


def test_the_columns_are_the_keys_of_an_effect_of_the_summary() -> None:
    (effect,) = of_table(compare(samples_of({"a": flat(2), "b": flat(1)}), "latency_s", "a", "b"))
    assert tuple(effect.as_dict()) == EFFECT_COLUMNS
