"""Variants of a scenario: the same file with other values at some of its places, one for each combination."""

from __future__ import annotations

import copy
import itertools
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from perflab.errors import InputError, clean, did_you_mean
from perflab.run.scenario import value_text
from perflab.scenario import loading, profiles
from perflab.scenario import source as yaml
from perflab.scenario.models import Scenario
from perflab.scenario.source import Location

MAX_POINTS = 1_000
# Short forms of places: the number of rows is the profile's, and `read_back` a key of each endpoint that writes.
SCALE, READ_BACK = "data.scale", "traffic.read_back"


@dataclass(frozen=True)
class Dimension:
    """A key that is varied, and its values in the given order; a key without a dot is a parameter of `perflab run`."""

    key: str
    values: tuple[Any, ...]

    @property
    def is_parameter(self) -> bool:
        """Whether the key is a parameter of `perflab run`, not a place in the file."""
        return "." not in self.key


@dataclass(frozen=True)
class Variant:
    """One combination of values.

    Attributes:
        values: The value of each key, in the order of the dimensions.
        text: The scenario with these values, as a file.
        scenario: The same, checked.
        pairs: The parameters among the values, as `NAME=VALUE`.
    """

    values: tuple[tuple[str, Any], ...]
    text: str
    scenario: Scenario
    pairs: tuple[str, ...]


def dimensions(overs: Sequence[str]) -> list[Dimension]:
    """Read `KEY=V1,V2,...` texts; values are YAML, so that `[a, b]` is one value.

    Args:
        overs: The texts.

    Raises:
        InputError: A text has another form, a key or a value is there twice, or there are too many combinations.
    """
    read: list[Dimension] = []
    for over in overs:
        key, equals, text = over.partition("=")
        key = key.strip()
        if not equals or not key or not text.strip():
            raise InputError(f"--over {over!r} is not KEY=V1,V2,...", hint="write --over traffic.zipf=0.6,1,1.4")
        if key in (dimension.key for dimension in read):
            raise InputError(f"--over {key} is given twice", hint="give all of its values at once")
        try:
            values = yaml.scalar(f"[{text}]")
        except InputError as error:
            raise InputError(error.what, where=f"--over {key}", hint=error.hint) from None
        if not isinstance(values, list) or not values:
            raise InputError(f"--over {over!r} is not KEY=V1,V2,...", hint="write --over traffic.zipf=0.6,1,1.4")
        texts = [json.dumps(value) for value in values]
        if len(set(texts)) < len(texts):
            raise InputError(f"--over {key} has a value twice", hint="a point is run once: vary `seed` to repeat it")
        read.append(Dimension(key, tuple(values)))
    if (points := len(list(itertools.islice(_combinations(read), MAX_POINTS + 1)))) > MAX_POINTS:
        raise InputError(f"there are more than {points - 1:,} points", hint="give fewer values")
    return read


def variants(path: Path, profile: str, read: Sequence[Dimension]) -> list[Variant]:
    """Return the variants of a scenario, each of them checked as the file itself is.

    Args:
        path: The scenario's file.
        profile: The profile that is run, to which `data.scale` and `profile.KEY` belong.
        read: The dimensions.

    Raises:
        InputError: The file is invalid, or a value is invalid at its place.
    """
    profiles.resolve(loading.load(path), profile)  # a mistake of the file itself has its line
    data, source = yaml.read(path)
    made = []
    for combination in _combinations(read):
        values = tuple(zip((dimension.key for dimension in read), combination, strict=True))
        changed = copy.deepcopy(data)
        for dimension, value in zip(read, combination, strict=True):
            if not dimension.is_parameter:
                _set(changed, dimension.key, profile, value)
        given = ", ".join(f"--over {key}={value_text(value)}" for key, value in values)
        try:
            scenario = loading.validated(changed, source)
        except InputError as error:
            raise InputError(error.what, where=given, hint=error.hint) from None
        text = f"# {clean(path.name)} with {clean(given)}\n{json.dumps(changed, indent=1, ensure_ascii=False)}\n"
        if yaml.parse(text, path)[0] != changed:  # JSON is YAML but for rare characters
            raise InputError("the scenario has a character that cannot be written again", where=str(path))
        pairs = tuple(
            f"{d.key}={v if isinstance(v, str) else json.dumps(v)}"
            for d, v in zip(read, combination, strict=True)
            if d.is_parameter
        )
        made.append(Variant(values, text, scenario, pairs))
    return made


def _combinations(read: Sequence[Dimension]) -> itertools.product[tuple[Any, ...]]:
    return itertools.product(*(dimension.values for dimension in read))


def _set(data: dict[str, Any], key: str, profile: str, value: Any) -> None:
    """Put a value at its place in a scenario's data."""
    if key == READ_BACK:
        _set_read_back(data, value)
        return
    names = key.split(".")
    if key == SCALE or names[0] == "profile":
        names = ["profiles", profile, *names[1:]]
    holder: Any = data
    place: Location = ()
    for name in names[:-1]:
        if isinstance(holder, dict):
            holder[name] = holder = holder.get(name) if holder.get(name) is not None else {}
        else:
            holder = holder[_position(holder, name, key, place)]
        place = (*place, name)
    if isinstance(holder, dict):
        holder[names[-1]] = value
    else:
        holder[_position(holder, names[-1], key, place)] = value


def _set_read_back(data: dict[str, Any], value: Any) -> None:
    endpoints = (data.get("traffic") or {}).get("endpoints") or []
    writes = [endpoint for endpoint in endpoints if isinstance(endpoint, dict) and endpoint.get("affects")]
    if not writes:
        raise InputError("no endpoint has `affects`", where=f"--over {READ_BACK}", hint="there is nothing to read back")
    for endpoint in writes:
        endpoint["read_back"] = value


def _position(holder: Any, name: str, key: str, place: Location) -> int:
    """Return where in a list the entry of this name, id or number is."""
    if not isinstance(holder, list):
        raise InputError(f"{'.'.join(map(str, place))} has no keys", where=f"--over {key}")
    names = [str(entry.get("name", entry.get("id"))) if isinstance(entry, dict) else str(entry) for entry in holder]
    if name in names:
        return names.index(name)
    if name.isdecimal() and int(name) < len(holder):
        return int(name)
    raise InputError(
        f"there is no {name!r} in {'.'.join(map(str, place))}", where=f"--over {key}", hint=did_you_mean(name, names)
    )
