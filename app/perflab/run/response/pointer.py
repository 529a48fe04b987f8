"""Pointers to places in a document (RFC 6901), and the fields that they are in: the same one for each element of a list."""

from __future__ import annotations

import re

from perflab.run.response.volatile import UUID

ANY = "*"  # in the path of a field: each element of a list
DIGITS = re.compile(r"\d+")
AFTER = " after ‘"
WORDS_NEAR = 40  # characters of the words before a place in a text, which name it


def escaped(key: str) -> str:
    """Return a key as it stands in a pointer."""
    return key.replace("~", "~0").replace("/", "~1")


def unescaped(part: str) -> str:
    """Return the key that a part of a pointer stands for."""
    return part.replace("~1", "/").replace("~0", "~")


def field_of(pointer: str) -> str:
    """Return the path of the field that a place is in: the same one for each element of a list, and for each row's key."""
    path, text, words = pointer.partition(AFTER)
    field = "/".join(ANY if part.isdigit() or UUID.fullmatch(part) else part for part in path.split("/"))
    return f"{field}{text}{words}"


def in_text(pointer: str, before: str) -> str:
    """Return the name of a place in a text: the text's field and the words before the place, whatever numbers they hold.

    Args:
        pointer: The field that holds the text.
        before: What stands before the place.
    """
    near = " ".join(DIGITS.sub("#", before).split())[-WORDS_NEAR:].strip()
    return f"{pointer}{AFTER}{near}’"


def covers(field: str, pointer: str) -> bool:
    """Return whether a place is in a field or in a part of it, or is a place in a text that is named alike.

    Args:
        field: The field, or the name of a place in a text.
        pointer: The place.
    """
    place, text, near = field_of(pointer).partition(AFTER)
    name, is_text, words = field.partition(AFTER)
    if not is_text:
        return place == name or place.startswith(f"{name}/")
    near, words = near.rstrip("’"), words.rstrip("’")
    return bool(text) and place == name and (near.endswith(words) or words.endswith(near))
