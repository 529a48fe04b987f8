"""Writes docs/scenario.md, which explains every key of a scenario file: `python -m perflab.scenario.output.handbook`."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from perflab.run.writer import write_text
from perflab.scenario.factors import CLASSES
from perflab.scenario.models import Scenario
from perflab.scenario.output import vocabulary

PLACE = Path("docs") / "scenario.md"
INTRODUCTION = """# The scenario file

A scenario is one question in one YAML file. perflab checks all keys before it runs anything: `perflab check FILE` explains the
scenario in words, or names the line that is wrong and suggests a correction. Keys in **bold** are required.
`perflab run -p NAME=VALUE` changes values of the profile, the traffic and the data for one run; `perflab run --help` lists the
names.

This page is generated from the models that check the file (`python -m perflab.scenario.output.handbook`).
"""
# Models and their headings, in the order of a scenario file.
PARTS = (
    ("Scenario", "The whole file"), ("Subject", "subject"), ("Data", "data"), ("Traffic", "traffic"), ("Warm", "traffic.warm"),
    ("Endpoint", "traffic.endpoints"), ("File", "traffic.endpoints.files"),
    *((cls.__name__, f"factors, kind: {cls.kind_name()}") for cls in CLASSES),
    ("ServerModel", "when_off and when_on of kind: server"), ("Code", "off and on of kind: code"),
    ("Claim", "claims"), ("Claimed", "claims.claimed"), ("Profile", "profiles"), ("Precision", "precision"),
    ("Prices", "prices"), ("Expect", "expect"),
    ("Capacity", "capacity"), ("Objective", "capacity.objective"),
)  # fmt: skip

Schema = Mapping[str, Any]


def text() -> str:
    """Return the page as Markdown."""
    schema = Scenario.model_json_schema(by_alias=True)
    parts = {"Scenario": schema, **schema["$defs"]}
    keys = "\n".join([INTRODUCTION, *(line for name, heading in PARTS for line in _part(heading, parts[name]))])
    return f"{keys}\n{vocabulary.text()}"


def _part(heading: str, schema: Schema) -> Iterator[str]:
    yield f"## {heading}"
    yield ""
    yield schema["description"]
    yield ""
    yield "| key | value | default | meaning |"
    yield "|---|---|---|---|"
    needed = schema.get("required", ())
    for name, facts in schema["properties"].items():
        key = f"**`{name}`**" if name in needed else f"`{name}`"
        cells = key, _takes(facts), _default(facts, name in needed), facts.get("description", "")
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"
    yield ""


def _takes(facts: Schema) -> str:
    """Describe the values that a key takes."""
    if "$ref" in facts:
        return f"see “{_heading(facts['$ref'])}”"
    if "const" in facts:
        return f"`{facts['const']}`"
    if "enum" in facts:
        return ", ".join(f"`{value}`" for value in facts["enum"])
    options = [option for option in facts.get("anyOf", facts.get("oneOf", ())) if option.get("type") != "null"]
    if options:
        takes = dict.fromkeys(_takes(option) for option in options)
        takes.pop("a whole number" if "a number" in takes else "", None)
        scalars = " or ".join(kind for kind in takes if not kind.startswith("a list"))
        return " or ".join(takes).replace(" or see ", " or ").replace(f"a list of {scalars}", "a list of these")
    match facts.get("type"):
        case "array":
            items = _takes(facts["items"]) if facts.get("items") else ""
            return f"a list{', ' if items.startswith('see') else ' of ' if items else ''}{items}"
        case "object":
            values = facts.get("additionalProperties") or next(iter(facts.get("patternProperties", {}).values()), None)
            if not isinstance(values, Mapping):
                return "names and values"
            return f"a mapping from names to {_takes(values).removeprefix('see ')}"
        case "string":
            return "a date" if facts.get("format") == "date" else "text"
        case "number" | "integer" as kind:
            return ("a number" if kind == "number" else "a whole number") + _limits(facts)
        case "boolean":
            return "true or false"
    return "anything"


def _limits(facts: Schema) -> str:
    words = {"minimum": "at least", "exclusiveMinimum": "above", "maximum": "at most", "exclusiveMaximum": "below"}
    limits = [f"{word} {_plain(facts[key])}" for key, word in words.items() if key in facts]
    return f", {' and '.join(limits)}" if limits else ""


def _plain(limit: float) -> str:
    return f"{limit:,.0f}" if float(limit).is_integer() else f"{limit:g}"


def _default(facts: Schema, needed: bool) -> str:
    if needed or facts.get("default") in (None, {}, []):
        return ""
    default = facts["default"]
    return f"`{str(default).lower() if isinstance(default, bool) else default}`"


def _heading(reference: str) -> str:
    return dict(PARTS)[reference.rpartition("/")[2]]


def main(arguments: list[str]) -> int:
    """Write the page to the given file, or to its place in docs/."""
    write_text(Path(arguments[0]) if arguments else PLACE, text())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
