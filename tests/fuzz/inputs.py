"""The examples: what is mutated, and how. An example is its kind and number; the same pair gives the same bytes."""

from __future__ import annotations

import gzip
import json
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from perflab.scenario import source
from tests.fuzz.mutations import TEXTS, changed_bytes, changed_data, value

PROJECT = Path(__file__).resolve().parents[2]
KINDS = ("scenario", "log", "har")
MAX_LINE = 80_000  # more than a reader takes of one
METHODS, TARGETS = (
    ("GET", "GET", "GET", "POST", "get", "PROPFIND", "-"),
    ("/books/7/", "/books/8/", "/books/9/?a=b", "/years/1999/", "/books/?page=2", "//x/y", "http://x/a?b", "*", ""),
)
ZONES = ("+0000", "-0530", "+9999", "0000")
TIMES: tuple[Any, ...] = (
    "2025-10-10T13:55:36+02:00",
    "2025-10-10",
    1_760_097_336.5,
    1_760_097_336_000,
    "",
    None,
    10**30,
    1e308,
)


@cache
def scenarios() -> tuple[bytes, ...]:
    """Return the scenarios of the repository."""
    files = [
        *PROJECT.glob("scenarios/*.yaml"),
        *PROJECT.glob("tests/projects/**/*.yaml"),
        *PROJECT.glob("tests/cases/**/*.yaml"),
    ]
    return tuple(file.read_bytes() for file in sorted(files))


@cache
def parsed(text: bytes) -> Any:
    """Return a scenario as plain data."""
    return source.parse(text.decode(), Path("scenario.yaml"))[0]


def example(kind: str, number: int, seed: int) -> tuple[str, bytes]:
    """Return the name and the contents of a file.

    Args:
        kind: One of KINDS.
        number: The example's number.
        seed: That of all examples.
    """
    random = Random(f"{seed} {kind} {number}")
    if kind == "scenario":
        return "scenario.yaml", _scenario(random)
    return _har(random) if kind == "har" else _log(random)


def _scenario(random: Random) -> bytes:
    text = random.choice(scenarios())
    if random.random() < 0.5:
        return changed_bytes(text, random)
    data = changed_data(parsed(text), random)
    return json.dumps(data, indent=random.choice((None, 1)), ensure_ascii=random.random() < 0.5).encode(
        errors="surrogatepass"
    )


def _har(random: Random) -> tuple[str, bytes]:
    entries = [
        {
            "startedDateTime": random.choice(TIMES),
            "request": {"method": random.choice(METHODS), "url": f"https://shop.example{random.choice(TARGETS)}"},
            "response": {"status": random.choice((200, 404, "200", 0, 700, None))},
        }
        for _ in range(random.randrange(1, 6))
    ]
    data = changed_data({"log": {"version": "1.2", "entries": entries}}, random)
    text = json.dumps(data).encode()
    return "trace.har", changed_bytes(text, random) if random.random() < 0.3 else text


def _log(random: Random) -> tuple[str, bytes]:
    lines = [_line(random) for _ in range(random.randrange(1, 12))]
    text = "\n".join(lines).encode(errors="surrogatepass")
    if random.random() < 0.7:
        text = changed_bytes(text, random)
    if random.random() < 0.1:
        packed = gzip.compress(text, mtime=0)
        return "access.log.gz", changed_bytes(packed, random) if random.random() < 0.7 else packed
    return random.choice(("access.log", "access.jsonl", "ACCESS")), text


def _line(random: Random) -> str:
    target = random.choice(TARGETS) + random.choice(TEXTS) * random.choice((0, 0, 1))
    if random.random() < 0.02:
        target += "/9" * MAX_LINE
    method, status = random.choice(METHODS), random.choice((200, 302, 404, 500, 99, "x"))
    if random.random() < 0.5:
        day, year, zone = random.choice((10, 31, 0)), random.choice((2025, 1, 9999, 0)), random.choice(ZONES)
        return f'203.0.113.7 - - [{day}/Oct/{year}:13:55:36 {zone}] "{method} {target} HTTP/1.1" {status} 5 "-"'
    data = {"method": method, "path": target, "status": status, "time": random.choice(TIMES)}
    return json.dumps(
        changed_data(data, random) if random.random() < 0.5 else {**data, random.choice(TEXTS): value(random)}
    )
