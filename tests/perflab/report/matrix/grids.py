"""A matrix on disk, with the verdicts that a test wants."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

Verdict = Callable[[Mapping[str, Any]], str]


def claim(verdict: str, **changes: Any) -> dict[str, Any]:
    given = {
        "id": "fast", "statement": "It is fast", "metric": "latency_s", "unit": "s", "direction": "at_least", "bound": 0.5,
        "scope": "all", "estimate": 0.7, "low": 0.6, "high": 0.8, "n": 10, "rounds": 3, "verdict": verdict,
    }  # fmt: skip
    if verdict == "not measured":
        given |= {"estimate": None, "low": None, "high": None, "reason": "Not measured: the clock is unknown."}
    return {**given, **changes}


def save(
    folder: Path, over: Mapping[str, Sequence[Any]], verdict: Verdict, machine: str = "alpha", **changes: Any
) -> Path:
    """Write a matrix; a verdict `failed` or `missing` is a point without a run."""
    dimensions = [{"key": key, "values": list(values)} for key, values in over.items()]
    folder.mkdir(parents=True, exist_ok=True)
    facts = {"schema": 1, "name": "m", "scenario": "scenarios/s.yaml", "profile": "smoke", "dimensions": dimensions}
    (folder / "plan.json").write_text(json.dumps(facts))
    for number, combination in enumerate(itertools.product(*over.values())):
        values = dict(zip(over, combination, strict=True))
        result = verdict(values)
        name = f"p{number}-{machine}" if machine.isalnum() else f"p{number}"
        point = {"id": name, "values": [{"key": k, "value": v} for k, v in values.items()], "machine": machine}
        if result == "failed":
            (folder / "failed").mkdir(exist_ok=True)
            reason = changes.get("reason", "the disk is full")
            (folder / "failed" / f"{name}.json").write_text(json.dumps({**point, "reason": reason}))
        elif result != "missing":
            run = folder / "points" / name
            run.mkdir(parents=True)
            (run / "point.json").write_text(json.dumps(point))
            (run / "summary.json").write_text(json.dumps({"schema": 2, "claims": [claim(result, **changes)]}))
            (run / "summary.html").touch()
    return folder
