"""Loads a scenario file: a Scenario, or one line with what is wrong in it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from perflab.errors import InputError, did_you_mean
from perflab.scenario import source as yaml
from perflab.scenario.factors import KINDS
from perflab.scenario.models import Scenario
from perflab.scenario.rules import problems
from perflab.scenario.source import Source

_EXPECTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "list_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
    "date_type": "a date such as 2025-10-20",
    "none_required": "nothing",
    "finite_number": "a finite number",
}


def load(path: str | os.PathLike[str]) -> Scenario:
    """Read and check a scenario file.

    Raises:
        InputError: The file cannot be read, or something in it is wrong; the message names the line.
    """
    data, source = yaml.read(path)
    return validated(data, source)


def parse(text: str, path: str | os.PathLike[str] = "scenario.yaml") -> Scenario:
    """Read and check YAML text; raises as `load`.

    Args:
        text: The YAML.
        path: The file that messages name.
    """
    data, source = yaml.parse(text, Path(path))
    return validated(data, source)


def validated(data: Any, source: Source) -> Scenario:
    """Check plain data.

    Args:
        data: The contents of a YAML file.
        source: The file and the lines that messages name.

    Raises:
        InputError: Something in the data is wrong. The message is about the first mistake in the file's order.
    """
    if not isinstance(data, Mapping):
        raise InputError("a scenario is a mapping of keys", where=source.where(()), hint="begin with `title: ...`")
    try:
        scenario = Scenario.model_validate(data)
    except ValidationError as error:
        raise first_of(error, source) from None
    scenario._source = source
    mistakes = list(problems(scenario))
    if mistakes:
        first = min(mistakes, key=lambda problem: source.line(problem.place))
        raise InputError(first.what, where=source.where(first.place), hint=and_more(first.hint, len(mistakes)))
    return scenario


def first_of(error: ValidationError, source: Source) -> InputError:
    """Return the first mistake in the file's order as one of our errors."""
    details: list[dict[str, Any]] = [{**d} for d in error.errors(include_url=False)]
    for d in details:
        d["place"] = (*d["loc"], d["ctx"]["key"]) if d["type"] == "unknown_key" else d["loc"]
    details = _without_union_losers(details)
    first = min(details, key=lambda d: source.line(d["place"]))
    what, hint = sentence(first)
    return InputError(what, where=source.where(first["place"]), hint=and_more(hint, len(details)))


def _without_union_losers(details: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Merge the mistakes that pydantic lists for one value, one for each type of a union."""
    seen: dict[Any, dict[str, Any]] = {}
    for d in details:
        place = tuple(
            p for p in d["place"] if not (isinstance(p, str) and (p in ("str", "int", "float", "bool") or "[" in p))
        )
        if place in seen and _EXPECTED.get(d["type"]) and _EXPECTED.get(seen[place]["type"]):
            seen[place]["expected"] = (
                f"{seen[place].get('expected') or _EXPECTED[seen[place]['type']]} or {_EXPECTED[d['type']]}"
            )
        else:
            seen.setdefault(place, {**d, "place": place})
    return list(seen.values())


def and_more(hint: str | None, count: int) -> str | None:
    """Return a hint that also counts the further mistakes; `count` is that of all."""
    if count < 2:
        return hint
    more = f"{count - 1} more {'mistake' if count == 2 else 'mistakes'} after this one"
    return f"{hint} ({more})" if hint else more


def sentence(error: Mapping[str, Any]) -> tuple[str, str | None]:
    """Reword one of pydantic's errors for authors of YAML.

    Args:
        error: One of `ValidationError.errors()`, with its `place` in the file.

    Returns:
        What is wrong, and what to try.
    """
    key = dotted(error["place"])
    kind, context, value = error["type"], error.get("ctx") or {}, error.get("input")
    if kind == "unknown_key":
        return f"unknown key {key}", str(context["hint"])
    if kind == "missing":
        return f"{key} is missing", "add it"
    if kind == "union_tag_not_found":
        return f"{key}.kind is missing", f"add {_either(f'`kind: {kind}`' for kind in KINDS)}"
    if kind == "union_tag_invalid":
        return f"{key}.kind: unknown kind {context.get('tag')!r}", did_you_mean(context.get("tag"), KINDS)
    if kind == "literal_error":
        words = [w.strip("'") for w in str(context.get("expected")).replace(" or ", ", ").split(", ")]
        return f"{key}: {_shown(value)} is not a valid value", did_you_mean(value, words)
    if kind in _EXPECTED:
        expected = error.get("expected") or _EXPECTED[kind]
        hint = None
        if isinstance(value, str) and expected == "true or false":
            hint = "YAML 1.2 has true and false; yes, no, on and off are text"
        elif isinstance(value, str) and "number" in expected:
            hint = "remove the quotes or the leading zero" if value.strip("+-").isdigit() else "write a number"
        return f"{key} should be {expected}, not {_shown(value)}", hint
    if kind == "string_pattern_mismatch":
        return f"{key}: {_shown(value)} is malformed", _FORMS.get(_last(error["place"]))
    if kind == "too_short":
        return f"{key} is empty", "give it at least one entry"
    if kind == "too_long":
        return (
            f"{key} has {context.get('actual_length')} entries, but at most {context.get('max_length')} are allowed",
            "remove some",
        )
    if kind == "string_too_short":
        return f"{key} is empty", "write something"
    if kind == "not_a_date":
        return (
            f"{key}: {value!r} is not a date",
            "write it as 2025-10-20, or with a UTC offset as 2025-10-20T18:30+02:00",
        )
    limits = {
        "greater_than": "above",
        "greater_than_equal": "at least",
        "less_than": "below",
        "less_than_equal": "at most",
    }
    if kind in limits:
        limit = next(v for k, v in context.items() if k in ("gt", "ge", "lt", "le"))
        return f"{key} should be {limits[kind]} {f'{limit:,}'.removesuffix('.0')}, not {_shown(value)}", None
    return f"{key}: {str(error['msg']).removeprefix('Value error, ')}", None


_NAME_FORM = "begin with a letter, then up to 39 letters, digits, _ or -"
_FORMS = {
    "name": _NAME_FORM,
    "id": _NAME_FORM,
    "path": "begin with / and contain no space",
    "settings": "write a module, such as site_config.settings",
    "seed": "write package.module:name",
    "auth": "write session, token, or package.module:name of a function",
    "env": 'write a variable as NAME: "text"',
    "setting": "write the name of a setting, in capitals",
}


def dotted(place: Sequence[str | int]) -> str:
    """Return a place as text, such as factors[0].name, without the tags of unions, which are not in the file."""
    text = ""
    for i, part in enumerate(place):
        if isinstance(part, int):
            text += f"[{part}]"
        elif part == "[key]" or (i > 1 and place[0] == "factors" and i == 2):
            continue
        else:
            text += f".{part}" if text else part
    return text or "the scenario"


def _last(place: Sequence[str | int]) -> str:
    names = [p for p in place if isinstance(p, str) and p != "[key]"]
    return "name" if place and place[-1] == "[key]" else (names[-1] if names else "")


def _either(words: Iterable[str]) -> str:
    *others, last = words
    return f"{', '.join(others)} or {last}" if others else last


def _shown(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, bool):
        return str(value).lower()
    text = repr(value)
    return f"the text {text[:60]}" if isinstance(value, str) else text[:60]
