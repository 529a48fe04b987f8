"""Runs faults, and says what was found: each is a whole `perflab run` of the marketplace with one mistake in it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import pandas as pd
from ruamel.yaml import YAML

from perflab.run.store import load
from tests.faults import VARIABLE, Expected, fault

PROJECT = Path(__file__).parents[2]
MIGRATIONS = ("0002_accounts_indexes", "0003_payments_indexes", "0004_reviews_indexes")
SCENARIO = PROJECT / "scenarios" / "marketplace.yaml"


@dataclass(frozen=True)
class Outcome:
    """What one run found, and when.

    `findings` are those that do not hold without a fault; `requests` is how many were measured or checked until the fault
    showed.
    """

    findings: Sequence[Mapping[str, Any]]
    requests: int | None

    def named(self, expected: Expected) -> Mapping[str, Any] | None:
        """The finding that leads, where it is what was expected; None where it is something else, or nothing was found."""
        return next((finding for finding in self.findings[:1] if fits(finding, expected)), None)

    def others(self, expected: Expected) -> list[str]:
        """What else was found: each class with the endpoints or tables where."""
        places: dict[str, set[str]] = {}
        for finding in self.findings:
            if not fits(finding, expected):
                places.setdefault(finding["class"], set()).add(finding["endpoint"] or finding.get("table") or "?")
        return [f"{kind} {', '.join(sorted(where))}" for kind, where in places.items()]


def fits(finding: Mapping[str, Any], expected: Expected) -> bool:
    """Whether a finding names the class, one of the endpoints and just these factors."""
    return (
        finding["class"] == expected.kind
        and finding["endpoint"] in expected.endpoints
        and tuple(finding["factors"]) == expected.factors
        and finding.get("index") == expected.index
    )


def holds_without_a_fault(finding: Mapping[str, Any]) -> bool:
    """Whether a finding is true of the sound marketplace.

    Of its 22 indexes some repeat others, and some serve no request; and without its optimised queries it repeats some.
    """
    if finding["class"] == "repeated_query" and finding["severity"] == "info":
        return True
    return finding["class"] in ("index_duplicate", "index_unused") and finding["index"] in _own_indexes()


@cache
def _own_indexes() -> frozenset[str]:
    """Those that the marketplace's own migrations add."""
    files = (import_module(f"marketplace.migrations.{name}") for name in MIGRATIONS)
    return frozenset(operation.index.name for file in files for operation in file.Migration.operations)


def run(
    name: str | None,
    profile: str = "smoke",
    seed: int = 1,
    changes: Mapping[str, Any] | None = None,
    factors: Sequence[str] | None = None,
) -> Outcome:
    """Run the marketplace with a fault, or without one; `changes` are keys of the profile, `factors` those that are switched if
    not all are. Raises RuntimeError where the run does not end well.
    """
    with _scratch() as folder:
        scenario = YAML(typ="safe").load(SCENARIO.read_text(encoding="utf-8"))
        scenario["subject"]["settings"] = "tests.faults.settings"
        scenario["profiles"][profile].update(changes or {})
        scenario["factors"] = [
            finding for finding in scenario["factors"] if factors is None or finding["name"] in factors
        ]
        file = folder / "scenarios" / "faulty.yaml"
        file.write_text(json.dumps(scenario, default=str), encoding="utf-8")
        path = os.pathsep.join([str(PROJECT / "app"), str(PROJECT), *filter(None, sys.path)])
        environment = {**os.environ, "PYTHONPATH": path, VARIABLE: name or ""}
        command = [
            sys.executable,
            "-m",
            "perflab",
            "run",
            str(file),
            "--profile",
            profile,
            "--quiet",
            "-p",
            f"seed={seed}",
        ]
        done = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False
        )
        if done.returncode:
            raise RuntimeError(f"perflab run ended with exit code {done.returncode}: {done.stderr.strip()[-2000:]}")
        (directory,) = (summary.parent for summary in folder.glob("reports/*/*/summary.json"))
        every = json.loads((directory / "summary.json").read_text(encoding="utf-8"))["findings"]
        findings = [finding for finding in every if not holds_without_a_fault(finding)]
        expected, trace = fault(name).EXPECTED if name else None, load(directory).trace
        right = (finding for finding in findings if expected is not None and fits(finding, expected))
        return Outcome(findings, min((_requests_until(finding, trace) for finding in right), default=None))


def _requests_until(finding: Mapping[str, Any], trace: pd.DataFrame) -> int:
    """How many requests of the trace came until the first of its Steps, the rounds before it and itself with them.

    What has no Step of its own is seen by all of them together.
    """
    if not finding["steps"]:
        return len(trace)
    first = finding["steps"][0]
    before = (trace["round"] < first["round"]) | ((trace["round"] == first["round"]) & (trace["step"] <= first["step"]))
    return int(before.sum())


@contextmanager
def _scratch() -> Iterator[Path]:
    """A project with the notebooks and a place for scenarios; it goes afterwards. Seeded data is the usual one's."""
    folder = Path(tempfile.mkdtemp(prefix="perflab-faults-"))
    try:
        shutil.copytree(PROJECT / "notebooks", folder / "notebooks")
        (folder / "scenarios").mkdir()
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
