"""Writes a scenario as YAML, as an author would: the inverse of loading.py. Defaults are left out."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from perflab.run.scenario import READING_METHODS
from perflab.scenario.models import Scenario

HEADER = "# yaml-language-server: $schema=schema.json\n"
ON_ONE_LINE = 100_000  # ruamel breaks a line in the middle of `key: value`

# Text that every YAML reader takes as text. The rest is quoted, because many readers take `off` and `12:30` as something else.
_PLAIN = re.compile(r"[A-Za-z_][\w./-]*")
_RESERVED = ("y", "n", "yes", "no", "on", "off", "true", "false", "null")


def plain(scenario: Scenario) -> dict[str, Any]:
    """Return plain data without defaults, which validates to the same scenario."""
    data: dict[str, Any] = scenario.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    for endpoint, written in zip(scenario.traffic.endpoints, data["traffic"]["endpoints"], strict=True):
        written.pop("writes", None)
        if endpoint.writes != (endpoint.method not in READING_METHODS):  # otherwise the method implies it
            written["writes"] = endpoint.writes
        written["weight"] = _short(endpoint.weight)
    for part in (data["traffic"], *data["profiles"].values()):
        part.update({name: _short(value) for name, value in part.items()})
    return data


def _short(value: Any) -> Any:
    """Return a whole number as an int: 13 for 13.0."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def text(data: Mapping[str, Any]) -> str:
    """Return plain data as YAML, with a line for each key of an endpoint, claim or factor, and nested values on that line."""
    yaml = YAML()
    yaml.width = ON_ONE_LINE
    yaml.indent(mapping=2, sequence=4, offset=2)
    stream = io.StringIO()
    yaml.dump(_node(data), stream)
    return re.sub(r"\n(?=\w)", "\n\n", stream.getvalue())


def _node(value: Any, depth: int = 0, is_item: bool = False) -> Any:
    if isinstance(value, Mapping):
        is_block = depth < 2 or is_item
        mapping = CommentedMap((_quoted(str(key)), _node(item, depth + 1)) for key, item in value.items())
        (mapping.fa.set_block_style if is_block else mapping.fa.set_flow_style)()
        return mapping
    if isinstance(value, list):
        is_block = depth < 3 and bool(value)
        sequence = CommentedSeq(_node(item, depth + 1, is_block) for item in value)
        (sequence.fa.set_block_style if is_block else sequence.fa.set_flow_style)()
        return sequence
    return _quoted(value) if isinstance(value, str) else value


def _quoted(word: str) -> str:
    is_plain = _PLAIN.fullmatch(word) and word.lower() not in _RESERVED
    return word if is_plain else DoubleQuotedScalarString(word)
