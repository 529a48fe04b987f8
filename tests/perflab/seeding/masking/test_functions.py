"""Masks in SQLite: as long, stable, distinct where that is asked, and nothing of the value in them."""

import pytest

from perflab.seeding.masking import names, rules
from perflab.seeding.masking.functions import Masker


@pytest.fixture
def masker() -> Masker:
    return Masker()


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (names.TEXT, "Zoé Łukasiewicz"), (names.TEXT, "x"), (names.TEXT, "o'hara\n\"; DROP"), (names.EMAIL, "ann@example.com"),
        (names.EMAIL, "no address"), (names.EMAIL, "a@b"), (names.PASSWORD, "pbkdf2_sha256$1$x$y"), (names.TEXT, "\udce9"),
        (rules.BYTES, b"\x00\xff\x01"), (rules.NUMBER, 491701234567),
    ],
)  # fmt: skip
def test_a_mask_is_as_long_as_the_value_and_another(masker, kind, value):
    mask = masker.function(kind)
    made = mask(value)
    assert type(made) is type(value)
    assert len(str(made)) == len(str(value)) or (isinstance(value, bytes) and len(made) == len(value))
    assert made != value
    assert mask(value) == made, "equal values have equal masks"
    others = {
        Masker().function(kind)(value) for _ in range(20)
    }  # one letter of a@b is the same by chance, now and then
    assert len(str(value)) == 1 or others != {made}, "and none without the key"


def test_nothing_stays_nothing(masker):
    for kind in (names.TEXT, names.EMAIL, names.PASSWORD, names.ADDRESS, rules.JSON, names.DATE):
        assert [masker.function(kind)(value) for value in (None, "", b"")] == [None, "", b""]


def test_masks_keep_their_form(masker):
    assert masker.mask("ann@example.com", names.EMAIL).endswith("@x.test")
    assert masker.mask("ann@a.io", names.EMAIL).endswith("@x")
    assert masker.mask("pbkdf2$a", names.PASSWORD).startswith("!")
    assert masker.mask("192.0.2.7", names.ADDRESS).startswith("10.")
    assert masker.mask("2001:db8::1", names.ADDRESS).startswith("fd00::")
    assert masker.mask('{"name": "Ann"}', rules.JSON) == "{}"
    assert masker.mask("1984-05-06", names.DATE) == "1984-01-01"
    assert masker.mask("1984-05-06 10:00:00", names.DATE) == "1984-01-01 00:00:00"


def test_masks_of_a_unique_column_differ_even_if_there_are_hardly_enough_of_them(masker):
    values = [f"{number:02d}" for number in range(100)]
    mask = masker.function(names.TEXT, values)
    made = [mask(value) for value in values]
    assert len({*made}) == 100
    assert not {*made} & {*values}, "nor is one the value of another row, which would be written later"
    assert {len(each) for each in made} == {2}


def test_where_all_masks_of_a_length_are_taken_they_become_longer(masker):
    values = [chr(number) for number in range(0x4E00, 0x4E00 + 40)]
    mask = masker.function(names.TEXT, values)
    assert len({mask(value) for value in values}) == 40
