"""Values that are new each time they are made."""

from __future__ import annotations

from typing import Any

import pytest

from perflab.run.response.volatile import volatile_kind, without_volatile


@pytest.mark.parametrize(
    ("first", "other", "kind"),
    [
        ("2025-10-20T10:00:00Z", "2025-10-20T10:00:01.5+00:00", "time"),
        ("2025-10-20", "2025-10-21", "time"),
        ("0b0e8a2c-6a3a-4b0f-9d6e-1f2d3c4b5a69", "1b0e8a2c6a3a4b0f9d6e1f2d3c4b5a69", "uuid"),
        ("eyJhbGciOiJIUzI1NiJ9.e30.a1b2", "eyJhbGciOiJIUzI1NiJ9.e30.c3d4", "token"),
        ('W/"0123456789abcdef"', 'W/"fedcba9876543210"', "token"),
        ("Ann", "Bob", None),
        ("a long sentence with 2 numbers 3", "a long sentence with 4 numbers 5", None),
        ("unbelievablylongword", "incomprehensibleword", None),
        ("1234567890123456789", "1234567890123456780", None),
        ("2025-10-20", "tomorrow", None),
        (1.5, 2.5, None),
        (None, "2025-10-20", None),
    ],
)
def test_volatile_values_are_a_time_a_uuid_or_a_token_on_both_sides(first: Any, other: Any, kind: str | None) -> None:
    assert volatile_kind(first, other) == kind


def test_values_are_the_same_but_for_their_times_and_tokens() -> None:
    first, other = ({"at": f"2025-10-2{n}", "by": [f"0123456789abcde{n}"], "n": 1} for n in (1, 2))
    assert without_volatile(first) == without_volatile(other) == {"at": "(time)", "by": ["(token)"], "n": 1}
