"""Reads YAML 1.2 as plain data, with the line of every key and item.

Most readers implement YAML 1.1, where `off`, `on`, `yes` and `no` are booleans, `0123` is 83 and `12:30` is 750. In YAML 1.2 all
but `0123` are text. Here `0123` is text too, because its zero is deliberate, and so are dates, which JSON does not have. Numbers
that no float can hold are an error.
"""

from __future__ import annotations

import math
import os
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, ReusedAnchorWarning, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from perflab.errors import InputError, did_you_mean

Location = tuple[str | int, ...]

MAX_BYTES = 1_000_000
MAX_NODES = 100_000
MAX_DIGITS = 18  # of an integer: what 64 bits hold
MAX_DEPTH = 100  # of lists and mappings within each other; pydantic writes no more than 255

_TAG = "tag:yaml.org,2002:"
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*(_[0-9]+)*)")
_NUMBER = re.compile(r"[-+]?(0|[1-9][0-9]*)?(\.[0-9]*)?([eE][-+]?[0-9]+)?")
_SURROGATE = re.compile("[\ud800-\udfff]")
_INFINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")


@dataclass(frozen=True)
class Source:
    """The file of a scenario, and the line (from 1) of each place in it."""

    path: Path
    lines: Mapping[Location, int] = field(default_factory=dict)

    def line(self, location: Sequence[str | int]) -> int:
        """Return the line of a place, or of the innermost part of it that the file has."""
        place: Location = ()
        for part in location:
            if (*place, part) in self.lines:
                place = (*place, part)
        return self.lines.get(place, 1)

    def where(self, location: Sequence[str | int]) -> str:
        """Return `file:line` of a place."""
        return f"{self.path}:{self.line(location)}"


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong at a place of the scenario, and what to try."""

    place: Location
    what: str
    hint: str | None = None

    def under(self, *parent: str | int) -> Problem:
        """Return the same problem with its place as seen from further out."""
        return Problem((*parent, *self.place), self.what, self.hint)


def read(path: str | os.PathLike[str]) -> tuple[Any, Source]:
    """Read a YAML file.

    Returns:
        Its data, and the lines of its places.

    Raises:
        InputError: There is no such file, or it cannot be read.
    """
    file = Path(path)
    try:
        with file.open("rb") as opened:
            raw = opened.read(MAX_BYTES + 1)
    except FileNotFoundError as error:
        raise InputError(f"no such file: {file}", hint=_nearby(file)) from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"cannot read {file}: {reason}", hint="give the path of a scenario file") from error
    if len(raw) > MAX_BYTES:
        raise InputError("the file is longer than 1 MB", where=str(file), hint="is it a scenario file?")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise InputError(
            f"not UTF-8: byte 0x{raw[error.start]:02x}", where=f"{file}:{line}", hint="save the file as UTF-8"
        ) from error
    return parse(text, file)


def parse(text: str, path: Path) -> tuple[Any, Source]:
    """Read YAML text.

    Args:
        text: The YAML.
        path: The file that messages name.

    Returns:
        Its data, and the lines of its places.

    Raises:
        InputError: The text is not valid YAML 1.2, too large or nested too deeply.
    """
    # A Windows or old Mac line end is a line end
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ReusedAnchorWarning)  # YAML 1.2 allows an anchor to be defined again
            reading = YAML(typ="safe", pure=True)
            # The scanner's time grows with the square of the depth; a level more for the value within.
            reading.max_depth = MAX_DEPTH + 1
            node = reading.compose(text)
        if node is None:
            raise InputError("the file is empty", where=f"{path}:1", hint="copy scenarios/marketplace.yaml and edit it")
        reader = _Reader(path)
        data = reader.value(node, ())
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        if "maximum depth" in str(error.problem):
            raise _too_deep(path, mark.line + 1 if mark else 1) from None
        what = ": ".join(str(part) for part in (error.context, error.problem) if part)
        raise InputError(
            f"not YAML: {what}",
            where=f"{path}:{mark.line + 1 if mark else 1}",
            hint="check the indentation, the brackets and the quotes just before it",
        ) from error
    except YAMLError as error:
        position = getattr(error, "position", None)
        line = text[:position].count("\n") + 1 if isinstance(position, int) else 1
        raise InputError(f"not YAML: {error}", where=f"{path}:{line}", hint="remove the control character") from error
    except RecursionError:  # of an older ruamel.yaml, which knows no max_depth
        raise _too_deep(path, 1) from None
    return data, Source(path, reader.lines)


def scalar(text: str) -> Any:
    """Read a single value as YAML, so that NAME=VALUE on the command line means what it means in the file."""
    data, _ = parse(text, Path("value")) if text.strip() else ("", None)
    return data


def _too_deep(path: Path, line: int) -> InputError:
    return InputError(
        "the file is nested too deeply", where=f"{path}:{line}", hint=f"up to {MAX_DEPTH} levels are read"
    )


class _Reader:
    def __init__(self, path: Path) -> None:
        self.path = path
        self.lines: dict[Location, int] = {}
        self.count = 0
        self.inside: set[int] = set()

    def fail(self, node: Node, what: str, hint: str | None = None) -> InputError:
        return InputError(what, where=f"{self.path}:{node.start_mark.line + 1}", hint=hint)

    def value(self, node: Node, place: Location) -> Any:
        self.lines.setdefault(place, node.start_mark.line + 1)
        self.count += 1
        # An alias is the same node again: few lines can mean billions of nodes, or contain themselves
        if id(node) in self.inside:
            raise self.fail(node, "the alias is inside the value that it stands for", "write the value out")
        if self.count > MAX_NODES:
            what = f"the file has more than {MAX_NODES:,} values, each alias counted as what it stands for"
            raise self.fail(node, what, "is it a scenario file?")
        if isinstance(node, ScalarNode):
            return self.scalar(node)
        if len(place) >= MAX_DEPTH:
            raise _too_deep(self.path, node.start_mark.line + 1)
        self.inside.add(id(node))
        try:
            if isinstance(node, SequenceNode) and node.tag == _TAG + "seq":
                return [self.value(item, (*place, i)) for i, item in enumerate(node.value)]
            if isinstance(node, MappingNode) and node.tag == _TAG + "map":
                return self.mapping(node, place)
        finally:
            self.inside.discard(id(node))
        raise self.fail(node, f"the tag {node.tag} is not supported", "remove it")

    def mapping(self, node: MappingNode, place: Location) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if key_node.tag == _TAG + "merge":
                for merged in self.merged(value_node):
                    for name, value in self.mapping(merged, place).items():
                        data.setdefault(name, value)
        own: set[str] = set()
        for key_node, value_node in node.value:
            if key_node.tag == _TAG + "merge":
                continue
            if not isinstance(key_node, ScalarNode):
                raise self.fail(key_node, "a list or mapping cannot be a key", "write the key as text")
            key = self.scalar(key_node)
            if not isinstance(key, str):
                raise self.fail(key_node, f"the key {key_node.value!r} is not text", "put it in quotes")
            if key in own:
                raise self.fail(key_node, f"the key {key!r} is defined twice", "remove one of them")
            own.add(key)
            # The line of the key and not of its value: that is where an author looks
            self.lines[*place, key] = key_node.start_mark.line + 1
            data[key] = self.value(value_node, (*place, key))
        return data

    def merged(self, node: Node) -> Iterator[MappingNode]:
        candidates = node.value if isinstance(node, SequenceNode) else [node]
        for candidate in candidates:
            if not isinstance(candidate, MappingNode) or id(candidate) in self.inside:
                raise self.fail(candidate, "`<<` needs a mapping", "write the keys out")
            yield candidate

    def scalar(self, node: ScalarNode) -> Any:
        text = str(node.value)
        match str(node.tag).removeprefix(_TAG):
            case "str" | "timestamp":
                if _SURROGATE.search(text):
                    raise self.fail(
                        node, "half a character: \\ud800 to \\udfff are no text", "write the character itself"
                    )
                return text
            case "null":
                return None
            case "bool":
                return {"true": True, "false": False}.get(text.lower(), text)  # `%YAML 1.1` tags `off`, too
            case "int" | "float" if _INFINITE.fullmatch(text):
                raise self.fail(node, f"{text} is not a finite number", "give a number, or null")
            case "int" | "float":
                return self.number(node, text)
        raise self.fail(node, f"the tag {node.tag} is not supported", "remove it")

    def number(self, node: ScalarNode, text: str) -> int | float | str:
        if _INTEGER.fullmatch(text):
            if len(text) > MAX_DIGITS:
                raise self.fail(node, f"{text[:MAX_DIGITS]}... is too large a number", "put text in quotes")
            return int(text)
        if re.fullmatch(r"0x[0-9a-fA-F]+|0o[0-7]+", text):
            return int(text, 0)
        if not (_NUMBER.fullmatch(text) and any(c.isdigit() for c in text)):
            return text  # 0123, 12:30 and the like
        number = float(text)
        if not math.isfinite(number):
            raise self.fail(node, f"{text} is not a finite number", "give a smaller one")
        return number


def _nearby(path: Path) -> str:
    for folder in (path.parent, Path("scenarios")):
        files = sorted(
            p.name for pattern in ("*.yaml", "*.yml") for p in folder.glob(pattern) if _looks_like_a_scenario(p)
        )
        if files:
            return f"{did_you_mean(path.name, files)} (in {folder}/)"
    return "give the path of a scenario file"


def _looks_like_a_scenario(path: Path) -> bool:
    """Return whether a YAML file has the key `subject`, as every scenario has; it is not parsed, because it may be invalid."""
    try:
        with path.open(encoding="utf-8", errors="replace") as opened:
            return any(line.startswith("subject:") for line in opened.read(MAX_BYTES).splitlines())
    except OSError:
        return False
