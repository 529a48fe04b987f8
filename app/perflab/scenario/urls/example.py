"""Finds values for the placeholders of a path with which one of the project's URL patterns matches.

What a pattern takes is not told by the field that a value comes from: `[A-Z]{2}` takes DE and not x, `[0-9]{4}` takes 2025 and
not 1. So where values of the field's kind match nothing, texts are made from the patterns themselves. A converter may refuse
all of them (it looks a value up, or takes no 31 February): then its expression alone decides.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from itertools import product
from typing import Any
from urllib.parse import unquote

from perflab.scenario.placeholders import fill_path, placeholders
from perflab.scenario.subject.calls import in_project

# The parser of Python's own regular expressions; it has no public name, and another one in Python 3.10.
_parser: Any = import_module("re._parser" if sys.version_info >= (3, 11) else "sre_parse")
_code: Any = import_module("re._constants" if sys.version_info >= (3, 11) else "sre_constants")

# URL patterns that lead to one view: its own, after those of the includes around it.
Chain = tuple[Any, ...]

MAX_TEXTS = 4
MAX_TRIES = 200  # of one chain
_CATEGORIES = {"CATEGORY_DIGIT": "0", "CATEGORY_SPACE": " ", "CATEGORY_WORD": "a", "CATEGORY_NOT_DIGIT": "a",
               "CATEGORY_NOT_SPACE": "a", "CATEGORY_NOT_WORD": "-"}  # fmt: skip
# Characters to try where a pattern excludes some.
_ANY = "a0A-_.x1"


@in_project
def matching_path(path: str, values: Mapping[str, Any]) -> str | None:
    """Return the path with values that one of the project's URL patterns matches. Takes 10 ms where it tries all of 500.

    Args:
        path: An endpoint's path without its query, with placeholders.
        values: A value for each placeholder, of the kind that its field holds; these are tried first.

    Returns:
        The path; None if no pattern can match.
    """
    from django.urls import Resolver404, get_resolver, resolve

    given = unquote(fill_path(path, values))
    try:
        resolve(given)
    except Resolver404:
        pass
    else:
        return given
    refused = None
    for chain in _chains(get_resolver().url_patterns, (get_resolver().pattern,)):
        for filled in _fillings(path, values, chain):
            if _rest(chain, filled, with_converters=True) is not None:
                return filled
            if refused is None and _rest(chain, filled, with_converters=False) is not None:
                refused = filled
    return refused


def _chains(patterns: Sequence[Any], before: Chain) -> Iterator[Chain]:
    from django.urls import URLResolver

    for pattern in patterns:
        chain = (*before, pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _chains(pattern.url_patterns, chain)
        else:
            yield chain


def _rest(chain: Chain, path: str, *, with_converters: bool) -> str | None:
    """Return what a chain of patterns leaves of a path; None if one of them does not match.

    Args:
        chain: The patterns.
        path: The path.
        with_converters: Whether a converter may refuse what its expression takes.
    """
    for pattern in chain:
        if with_converters or not getattr(pattern, "converters", None):
            matched = pattern.match(path)
            if not matched:
                return None
            path = matched[0]
        else:
            match = pattern.regex.search(path)
            if match is None:
                return None
            path = path[match.end() :]
    return path


def _fillings(path: str, values: Mapping[str, Any], chain: Chain) -> Iterator[str]:
    """Yield the path with the values of its fields and with texts made from the groups of a chain, by name or in order."""
    names = sorted(placeholders(path), key=lambda name: path.index(f"{{{name}}}"))
    groups = [group for pattern in chain for group in _groups(pattern.regex.pattern)]
    by_name = {name: texts for name, texts in groups if name}
    in_order = [texts for _, texts in groups]
    for aligned in (
        [by_name.get(name, []) for name in names],
        [in_order[place] if place < len(in_order) else [] for place in range(len(names))],
        [list(dict.fromkeys(text for texts in in_order for text in texts))] * len(names),
    ):
        options = [[str(values[name]), *texts] for name, texts in zip(names, aligned, strict=True)]
        for chosen, _ in zip(product(*options), range(MAX_TRIES), strict=False):
            yield unquote(fill_path(path, dict(zip(names, chosen, strict=True))))


def texts_of(regex: str) -> list[str]:
    """Return a few texts that a regular expression matches, as far as that can be told without trying; none if it is malformed.

    Args:
        regex: The expression.
    """
    try:
        return list(dict.fromkeys(_texts(_parser.parse(regex))))
    except re.error:
        return []


def _groups(regex: str) -> Iterator[tuple[str | None, list[str]]]:
    try:
        parsed = _parser.parse(regex)
    except re.error:
        return
    names = {number: name for name, number in parsed.state.groupdict.items()}
    for number, content in _subpatterns(parsed):
        yield names.get(number), list(dict.fromkeys(_texts(content)))[:MAX_TEXTS]


def _subpatterns(parsed: Any) -> Iterator[tuple[int, Any]]:
    """Yield the groups of a parsed expression in their order."""
    for code, argument in parsed:
        if code is _code.SUBPATTERN:
            number, _, _, content = argument
            if number is not None:
                yield number, content
            yield from _subpatterns(content)
        elif code in (_code.MAX_REPEAT, _code.MIN_REPEAT):
            yield from _subpatterns(argument[2])
        elif code is _code.BRANCH:
            for branch in argument[1]:
                yield from _subpatterns(branch)


def _texts(parsed: Any) -> list[str]:
    """Return texts that a parsed expression matches, as far as that can be told without trying."""
    texts = [""]
    for code, argument in parsed:
        texts = [text + more for text in texts for more in _more(code, argument)][:MAX_TEXTS]
    return texts


def _more(code: Any, argument: Any) -> list[str]:
    match code:
        case _code.LITERAL:
            return [chr(argument)]
        case _code.NOT_LITERAL:
            return [next(c for c in _ANY if ord(c) != argument)]
        case _code.ANY:
            return ["a"]
        case _code.IN:
            return _of_set(argument)
        case _code.SUBPATTERN:
            return _texts(argument[3])
        case _code.BRANCH:
            return [text for branch in argument[1] for text in _texts(branch)][:MAX_TEXTS]
        case _code.MAX_REPEAT | _code.MIN_REPEAT:
            least, most, content = argument
            once = _texts(content)
            return [text * max(least, min(1, most)) for text in once]
    return [""]  # the end of a line, or a look around


def _of_set(items: Sequence[tuple[Any, Any]]) -> list[str]:
    """Return some characters of a set such as [A-Z0-9] or [^/]."""
    if items and items[0][0] is _code.NEGATE:
        expression = _excluded(items[1:])
        return [next((c for c in _ANY if not any(low <= ord(c) <= high for low, high in expression)), "a")]
    characters = []
    for code, argument in items:
        if code is _code.LITERAL:
            characters.append(chr(argument))
        elif code is _code.RANGE:
            characters.append(chr(argument[0]))
        elif code is _code.CATEGORY:
            characters.append(_CATEGORIES.get(str(argument), "a"))
    return characters[:MAX_TEXTS] or ["a"]


def _excluded(items: Sequence[tuple[Any, Any]]) -> list[tuple[int, int]]:
    ranges = []
    for code, argument in items:
        if code is _code.LITERAL:
            ranges.append((argument, argument))
        elif code is _code.RANGE:
            ranges.append(argument)
        elif str(argument) == "CATEGORY_DIGIT":
            ranges.append((ord("0"), ord("9")))
    return ranges
