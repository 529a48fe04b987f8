"""The scenario that perflab proposes for a project: as plain data to try with, and as a file to edit."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from perflab.errors import InputError
from perflab.run.scenario import EVERY
from perflab.scenario.drafting.candidates import CALLER, names_of
from perflab.scenario.drafting.looking import Facts
from perflab.scenario.models import Scenario
from perflab.scenario.output.writing import text as yaml
from perflab.units import counted

TRAFFIC = {"rate_per_s": 20, "active_users": 100, "zipf": 0.8, "timeout_s": 10}
# Requests of a block: every endpoint has some in each round.
SHORTEST_BLOCK = 40
# More factors would make a first run long: each one doubles the cells.
MAX_FACTORS, FETCH_MODES_SINCE = 3, (6, 1)
COPIED = (
    "Rows are a copy of an existing database, which is only read. Personal data are masked: `perflab check` lists the fields,",
    "`keep: [shop.Shop.phone]` and `mask: [shop.Order.note]` change that.",
)
# A write is checked against so many reads.
MAX_AFFECTED = 3
# So many routes that were not reached are listed in the file, and as many that were left out.
LISTED = 200


@dataclass(frozen=True)
class Found:
    """What the project showed.

    Attributes:
        facts: Its routes, models, caches and logins.
        tried: What became of each route that was requested.
        left_out: Why routes were not requested, by their path.
        empty: Why tables have no rows, by the model's label.
        slow: What is left out because a first run would take long with it.
        switches: The switches of a first scenario; None proposes them by the facts.
    """

    facts: Facts
    tried: Sequence[Any]
    left_out: Mapping[str, str] = field(default_factory=dict)
    empty: Mapping[str, str] = field(default_factory=dict)
    slow: Sequence[Any] = ()
    switches: Sequence[Mapping[str, Any]] | None = None

    @property
    def factors(self) -> list[dict[str, Any]]:
        """Return the switches of a first scenario."""
        return factors_of(self.facts) if self.switches is None else [dict(factor) for factor in self.switches]


def provisional(subject: Mapping[str, Any], data: Mapping[str, Any]) -> dict[str, Any]:
    """Return a scenario to seed and to try routes with; its endpoint does not matter.

    Args:
        subject: The scenario's `subject`.
        data: Its `data`.
    """
    return {
        "title": "perflab init",
        "subject": dict(subject),
        "data": dict(data),
        "traffic": {**TRAFFIC, "endpoints": [{"name": "root", "method": "GET", "path": "/", "weight": 1.0}]},
        "profiles": {"smoke": {"scale": 1, "rounds": 1, "block": 20, "replay_s": 1}},
    }


def factors_of(facts: Facts) -> list[dict[str, Any]]:
    """Return the switches of a first scenario: what the project's own indexes, joins and caches buy today.

    Without models there is nothing to join; a project that has no caches either gets a scenario without switches.
    """
    factors: list[dict[str, Any]] = []
    if facts.indexes:
        factors.append({"name": "indexes", "kind": "indexes", "which": ["declared"]})
    if facts.models:
        factors.append({"name": "joins", "kind": "joins"})
    if facts.caches:
        factors.append({"name": "caching", "kind": "cache", "aliases": list(facts.caches)})
    has_fetch_modes = tuple(int(part) for part in facts.django.split(".")[:2]) >= FETCH_MODES_SINCE
    if has_fetch_modes and facts.models and len(factors) < MAX_FACTORS:
        factors.append({"name": "fetch_peers", "kind": "fetch_mode"})
    return factors


def scenario_text(subject: Mapping[str, Any], data: Mapping[str, Any], shown: Found, name: str) -> str:
    """Return the scenario as a file to edit.

    Args:
        subject: The scenario's `subject`.
        data: Its `data`.
        shown: What the project showed.
        name: The project's name.
    """
    endpoints = list(_endpoints(shown))
    rows = {**data.get("rows", {}), **dict.fromkeys(shown.empty, 0)}
    reads = [endpoint for endpoint in endpoints if endpoint["method"] == "GET"]
    block = max(SHORTEST_BLOCK, -(-len(endpoints) // 20) * 20)
    words = [factor["name"] for factor in shown.factors]
    switches = " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
    title = f"What do the {switches} of {name} buy?" if words else f"Where does {name} spend its time?"
    proposed: dict[str, Any] = {
        "title": title,
        "subject": dict(subject),
        "data": {**data, "rows": rows} if rows else dict(data),
        "traffic": {**TRAFFIC, "endpoints": endpoints},
        **({"factors": shown.factors} if words else {}),
        "profiles": {
            "smoke": {"scale": 1, "rounds": 3, "block": block, "replay_s": 15, "warm_s": 0},
            "default": {"scale": 1, "rounds": 8, "block": block, "replay_s": 90},
        },
    }
    comments = {
        "title": [
            "What perflab measures on this project. `perflab check` explains it; docs/scenario.md has all keys. Edit it."
        ],
        "data": COPIED
        if data["from"] == "database"
        else [
            f"Rows are made from the models alone: {EVERY} is the number for each model that has none of its own, such as",
            "`shop.Order: 50000`. A function of your own (subject.seed) knows better what belongs together.",
        ],
        "traffic": [
            f"{len(reads)} of {counted(len(shown.facts.routes), 'route')} responded. All are requested equally often: set",
            f"the weights to your traffic's. {_of_writes(len(endpoints) - len(reads))}",
        ],
        "factors": ["Off is the project without them: the page says what each of them buys today, and what it costs."],
    }
    return "\n".join([*_commented(yaml(proposed), comments), *_not_reached(shown)]) + "\n"


def _endpoints(shown: Found) -> Iterator[dict[str, Any]]:
    """Yield an endpoint for each request that succeeded: the reads, then the writes with the reads that they affect."""
    names = names_of(shown.facts.routes)
    reached = [each.candidate for each in shown.tried if each.candidate is not None]
    reads = [way.endpoint(names[way.route]) for way in reached if way.method == "GET"]
    yield from reads
    taken = {str(read["name"]) for read in reads}
    for way in reached:
        if way.method == "GET":
            continue
        base = f"{way.method.lower()}-{names[way.route]}"[:36]
        name = next(each for each in (base, *(f"{base}-{n}" for n in range(2, 1_000))) if each not in taken)
        taken.add(name)
        affected = [str(read["name"]) for read in reads if _is_affected(read, way)][:MAX_AFFECTED]
        yield {**way.endpoint(name), **({"affects": affected} if affected else {})}


def _is_affected(read: Mapping[str, Any], write: Any) -> bool:
    """Say whether a read most likely shows what a write changes: its path begins that of the write, and its rows are the same."""
    params = {name: source for name, source in (read.get("params") or {}).items() if name != CALLER}
    begins = str(write.route).startswith(str(read["path"])) and read["path"] != "/"
    return begins and all(write.params.get(name) == source for name, source in params.items())


def _of_writes(number: int) -> str:
    if not number:
        return "Writes (POST, PUT ...) are for you to add."
    return f"{counted(number, 'write')} of its OpenAPI schema succeeded; others are for you to add."


def updated(text: str, scenario: Scenario, shown: Found) -> tuple[str, list[str]]:
    """Return a scenario's file with the endpoints that it lacks after its own, and their names. Everything else stays.

    Args:
        text: The file.
        scenario: The scenario in it.
        shown: What the project showed.

    Raises:
        InputError: The endpoints of the file are not on lines of their own.
    """
    own = scenario.traffic.endpoints
    there, taken = {(each.method, each.path) for each in own}, {each.name for each in own}
    new = []
    for endpoint in _endpoints(shown):
        if (endpoint["method"], endpoint["path"]) in there:
            continue
        name = str(endpoint["name"])
        free = next(each for each in (name, *(f"{name[:34]}-{n}" for n in range(2, 1_000))) if each not in taken)
        taken.add(free)
        new.append({**endpoint, "name": free})
    lines = text.split("\n")
    last = scenario.source.line(("traffic", "endpoints", len(own) - 1)) - 1
    indent = len(lines[last]) - len(lines[last].lstrip())
    if not lines[last].lstrip().startswith("- "):
        where = scenario.source.where(("traffic", "endpoints"))
        raise InputError(
            "endpoints cannot be added in place", where=where, hint="write each endpoint on lines of its own"
        )
    end = last + 1
    while end < len(lines) and (len(lines[end]) - len(lines[end].lstrip()) > indent) and lines[end].strip():
        end += 1
    block = yaml({"traffic": {"endpoints": new}}).rstrip().split("\n")[2:] if new else []
    lines[end:end] = [" " * indent + line[4:] for line in block]
    return "\n".join(lines), [each["name"] for each in new]


def _commented(text: str, comments: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Yield the lines of a file with comments before its top keys."""
    for line in text.rstrip().split("\n"):
        match = re.match(r"(\w+):", line)
        if match:
            yield from (f"# {comment}" for comment in comments.get(match[1], ()))
        yield line


def _not_reached(shown: Found) -> Iterator[str]:
    """Yield comments on the routes and tables that are missing, with the reasons."""
    groups: dict[str, list[str]] = {}
    for each in shown.tried:
        if each.candidate is None:
            groups.setdefault(f"Not reached: {each.reason}", []).append(each.route)
    for path, reason in shown.left_out.items():
        groups.setdefault(f"Not requested: {reason}", []).append(path)
    for each in shown.slow:
        title = "Left out of a first run, because they are slow; as endpoints they look like the others"
        groups.setdefault(title, []).append(f"{each.route} {(each.milliseconds or 0) / 1000:.1f} s")
    for label, reason in shown.empty.items():
        groups.setdefault(f"Left empty: {reason}", []).append(label)
    for title, things in groups.items():
        yield ""
        yield f"# {_plain(title)}"
        yield from (f"#   {_plain(thing)}" for thing in things[:LISTED])
        if len(things) > LISTED:
            yield f"#   and {len(things) - LISTED} more"


def _plain(text: str) -> str:
    """Return a text on one line: what a project says may hold anything."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:300]
