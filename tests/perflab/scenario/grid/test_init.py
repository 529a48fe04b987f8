"""Values at places of a scenario: what is valid, and what the message says of the rest."""

from __future__ import annotations

from pathlib import Path

import pytest

from perflab.errors import InputError
from perflab.scenario import grid, loading

PROJECT = Path(__file__).resolve().parents[4]
LIBRARY = PROJECT / "tests" / "projects" / "library" / "scenario.yaml"


def made(*overs: str) -> list[grid.Variant]:
    return grid.variants(LIBRARY, "smoke", grid.dimensions(overs))


def test_all_combinations_in_the_order_of_the_command_line() -> None:
    variants = made("traffic.zipf=0.6,1", "data.scale=1,5", "seed=1,2")
    assert len(variants) == 8
    first = variants[0]
    assert first.values == (("traffic.zipf", 0.6), ("data.scale", 1), ("seed", 1))
    assert variants[3].values == (("traffic.zipf", 0.6), ("data.scale", 5), ("seed", 2))
    assert first.pairs == ("seed=1",)
    assert variants[3].scenario.profiles["smoke"].scale == 5
    assert variants[-1].scenario.traffic.zipf == 1


def test_the_text_of_a_variant_is_the_scenario_that_was_checked(tmp_path: Path) -> None:
    (variant,) = made("traffic.endpoints.book.weight=9")
    file = tmp_path / "scenario.yaml"
    file.write_text(variant.text, encoding="utf-8")
    assert loading.load(file).digest == variant.scenario.digest != loading.load(LIBRARY).digest
    assert variant.scenario.endpoint("book").weight == 9


def test_lists_are_values_and_entries_of_lists_have_names_ids_and_numbers() -> None:
    (named,) = made("factors.joined.when_on=false")
    assert named.scenario.as_dict()["factors"][1]["when_on"] is False
    (by_id,) = made("claims.queries.bound=0.25")
    (by_number,) = made("claims.0.bound=0.25")
    assert by_id.scenario.claims[0].bound == by_number.scenario.claims[0].bound == 0.25
    two = made("factors.indexes.which=[declared], [foreign_keys]")
    assert [variant.values[0][1] for variant in two] == [["declared"], ["foreign_keys"]]


def test_read_back_is_set_where_something_is_written() -> None:
    variants = made("traffic.read_back=nobody,everyone")
    assert [variant.scenario.endpoint("lend").read_back for variant in variants] == ["nobody", "everyone"]
    assert variants[0].scenario.endpoint("add").read_back == "caller"


@pytest.mark.parametrize(
    ("over", "message"),
    [
        ("traffic.zpif=1", "--over traffic.zpif=1: unknown key traffic.zpif; did you mean 'zipf'?"),
        ("trafic.zipf=1", "--over trafic.zipf=1: unknown key trafic; did you mean 'traffic'?"),
        ("traffic.zipf=1,-1", "--over traffic.zipf=-1: traffic.zipf should be at least 0, not -1"),
        ("profile.rounds=x", ("--over profile.rounds=x: profiles.smoke.rounds should be a "
         "whole number, not the text 'x'; write a number")),
        ("traffic.endpoints.bok.weight=2", ("--over traffic.endpoints.bok.weight: there is no 'bok' "
         "in traffic.endpoints; did you mean 'book'?")),
        ("title.x=1", "--over title.x: title has no keys"),
        ("traffic.zipf", "--over 'traffic.zipf' is not KEY=V1,V2,...; write --over traffic.zipf=0.6,1,1.4"),
        ("traffic.zipf=", "--over 'traffic.zipf=' is not KEY=V1,V2,...; write --over traffic.zipf=0.6,1,1.4"),
        ("traffic.zipf=1,1", "--over traffic.zipf has a value twice; a point is run once: vary `seed` to repeat it"),
        ("title=\x1b[31m<b>,", None),
    ],
)  # fmt: skip
def test_a_mistake_is_one_line(over: str, message: str | None) -> None:
    if message is None:
        with pytest.raises(InputError) as caught:
            made(over)
        assert str(caught.value).isprintable()
        return
    with pytest.raises(InputError) as caught:
        made(over)
    assert str(caught.value) == message


def test_keys_and_points_are_counted() -> None:
    with pytest.raises(InputError, match="given twice"):
        grid.dimensions(["a.b=1", "a.b=2"])
    many = ",".join(map(str, range(40)))
    with pytest.raises(InputError, match="more than 1,000 points"):
        grid.dimensions([f"a.b={many}", f"a.c={many}"])


def test_a_mistake_of_the_file_has_its_line(tmp_path: Path) -> None:
    file = tmp_path / "s.yaml"
    file.write_text(LIBRARY.read_text().replace("zipf: 0.7", "zipf: -3"))
    with pytest.raises(InputError, match=r"s\.yaml:10: traffic\.zipf"):
        grid.variants(file, "smoke", grid.dimensions(["traffic.zipf=1"]))
    with pytest.raises(InputError, match="no profile 'big'"):
        grid.variants(LIBRARY, "big", grid.dimensions(["profile.rounds=3"]))
