"""Whole runs of the project `answers`: a scenario of some of its endpoints, replayed in a process of its own."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from perflab.run.store import Run, load
from tests.perflab.tasks import task

ITEM = {"params": {"item_id": "answers.Item.pk"}}
JOIN = {"name": "join", "kind": "setting", "setting": "SHOP_JOIN", "when_off": False, "when_on": True}
CACHE = {"name": "cache", "kind": "cache", "aliases": ["default"]}
SAME = {
    "id": "same",
    "statement": "No response changes",
    "metric": "changed_responses",
    "direction": "at_most",
    "bound": 0,
}
FRESH = {
    "id": "fresh",
    "statement": "Nobody is shown an old page",
    "metric": "stale_responses",
    "direction": "at_most",
    "bound": 0,
}


def get(name: str, path: str, weight: float = 1, **more: Any) -> dict[str, Any]:
    """A read of the scenario."""
    item = ITEM if "{item_id}" in path else {}
    return {"name": name, "method": "GET", "path": path, "weight": weight, "audited": True, **item, **more}


def post(name: str, path: str, weight: float = 1, **more: Any) -> dict[str, Any]:
    """A write of the scenario."""
    item = ITEM if "{item_id}" in f"{path}{more}" else {}
    return {"name": name, "method": "POST", "path": path, "weight": weight, "body": {}, **item, **more}


def scenario(
    folder: Path,
    name: str,
    endpoints: Sequence[Mapping[str, Any]],
    factors: Sequence[Mapping[str, Any]],
    claims: Sequence[Mapping[str, Any]],
    **profile: Any,
) -> Path:
    """Write a scenario; the path of its file."""
    smoke = {"scale": 1, "rounds": 2, "block": 20, "replay_s": 2, "warmup_blocks": 1, "warm_s": 0, **profile}
    text = {
        "title": name,
        "subject": {"settings": "tests.cases.answers.settings", "seed": "tests.cases.answers.seeding:archetypes"},
        "data": {"as_of": "2025-10-20", "rows": {"users": 50, "items": 20}},
        "traffic": {"rate_per_s": 5, "active_users": 20, "zipf": 1.0, "endpoints": list(endpoints)},
        "factors": list(factors),
        "claims": list(claims),
        "profiles": {"smoke": smoke, "default": smoke},
    }
    path = folder / f"{name}.yaml"
    path.write_text(json.dumps(text))
    return path


def replayed(path: Path, home: Path) -> Run:
    """Replay a scenario through the task that `perflab run` starts; the saved run."""
    directory = path.parent / "reports" / path.stem
    arguments = {
        "scenario": str(path), "profile": "smoke", "overrides": {}, "seed": 1, "directory": str(directory),
        "command": "perflab run",
    }  # fmt: skip
    with task("replay", arguments, home, path.with_suffix(".log")) as replay:
        assert replay.end() == 0, replay.log.read_text()[-3000:] + json.dumps(replay.events[-1])
    return load(directory)
