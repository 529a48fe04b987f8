"""A scenario as somebody would write it: the other way round of loading.py. What is so by default is left out."""

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

# Text that every reader of YAML takes for text; all else is put in quotes, for many read `off` and `12:30` as something else.
_PLAIN = re.compile(r"[A-Za-z_][\w./-]*")
_RESERVED = ("y", "n", "yes", "no", "on", "off", "true", "false", "null")


def plain(scenario: Scenario) -> dict[str, Any]:
    """A scenario as plain data that validates to the same scenario, without its defaults."""
    data: dict[str, Any] = scenario.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    for endpoint, written in zip(scenario.traffic.endpoints, data["traffic"]["endpoints"], strict=True):
        written.pop("writes", None)
        if endpoint.writes != (endpoint.method not in READING_METHODS):  # else the method says so
            written["writes"] = endpoint.writes
        written["weight"] = _short(endpoint.weight)
    for part in (data["traffic"], *data["profiles"].values()):
        part.update({name: _short(value) for name, value in part.items()})
    return data


def _short(value: Any) -> Any:
    """13 for 13.0."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def text(data: Mapping[str, Any]) -> str:
    """Plain data as YAML: a line for each key of an endpoint, a claim or a factor, what is inside of that on the same line."""
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
