"""Are two runs alike? What must be the same before their figures may be held against each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from perflab.analysis.stats.values import mapping
from perflab.errors import InputError
from perflab.run.preregistration import PREREGISTERED

if TYPE_CHECKING:
    from perflab.run.store import Run


def check_question(run: Run, baseline: Run) -> None:
    """Raises InputError where two runs answer different questions: another scenario, or other factors."""
    difference = unlike_question(run, baseline)
    if difference is not None:
        raise InputError(
            f"the runs {run.run_id} and {baseline.run_id} are not pooled: {difference}",
            hint="give a baseline of the same scenario, or look at both with `perflab compare`",
        )


def unlike_question(run: Run, baseline: Run) -> str | None:
    """What is different about the question that two runs ask; None where nothing is."""
    if run.scenario_name != baseline.scenario_name:
        return f"their scenarios are {run.scenario_name} and {baseline.scenario_name}"
    if run.factors != baseline.factors:
        return f"their factors are {_listed(run.factors)} and {_listed(baseline.factors)}"
    return None


def unlike_machines(run: Run, baseline: Run) -> list[str]:
    """What is different about machine, pinning, Python and the database, a phrase each; times are not pooled then.

    A fact that neither run recorded is taken to be the same, one that only one of them recorded is not.
    """
    return list(_differences(_place(run.environment), _place(baseline.environment)))


def unlike_data(run: Run, baseline: Run) -> str | None:
    """What is different about the data that two runs worked on; None where nothing is known to be.

    The same request does another amount of work on other data, so that not even its queries are comparable.
    """
    return next(_differences(_data(run), _data(baseline)), None)


def unlike_preregistration(run: Run, baseline: Run) -> str | None:
    """A note where the runs were fixed on different claims, margin or traffic; None where they were not, or nobody knows."""
    here, there = run.meta.get("preregistration"), baseline.meta.get("preregistration")
    if here is None or there is None or here == there:
        return None
    changed = [name for name in PREREGISTERED if run.scenario.get(name) != baseline.scenario.get(name)]
    what = _listed(changed) if changed else "the scenario"
    return f"the preregistered scenario differs from the baseline's: {what} changed in between"


def _place(environment: Mapping[str, Any]) -> dict[str, Any]:
    machine, pinning, postgres, sqlite, versions = (
        mapping(environment.get(name)) for name in ("machine", "pinning", "postgres", "sqlite", "versions")
    )
    cores = pinning.get("measured_cores")
    return {
        "processor": machine.get("cpu_model"),
        "cores": machine.get("cores"),
        "architecture": machine.get("architecture"),
        "Python": _leading(environment.get("python") or versions.get("python"), 2),
        "PostgreSQL": _leading(postgres.get("version"), 1),
        "SQLite": _leading(sqlite.get("version"), 2),
        "pinned": pinning.get("pinned"),
        "cores pinned to": len(cores) if isinstance(cores, list) else None,
    }


def _data(run: Run) -> dict[str, Any]:
    rows = [n for n in mapping(run.environment.get("rows")).values() if isinstance(n, int)]
    return {
        "seed": mapping(run.meta.get("parameters")).get("seed"),
        "as_of": mapping(run.scenario.get("data")).get("as_of"),
        "rows": f"{sum(rows):,}" if rows else None,
    }


def _differences(here: Mapping[str, Any], there: Mapping[str, Any]) -> Iterator[str]:
    for name, value in here.items():
        if value != there[name]:
            yield f"{name}: {_said(value)}, not {_said(there[name])}"


def _leading(version: Any, parts: int) -> str | None:
    """The first numbers of a version: Python's and SQLite's two, PostgreSQL's one, are what a change of speed comes with."""
    return ".".join(str(version).split(".")[:parts]) if version else None


def _said(value: Any) -> str:
    if value is None:
        return "unknown"
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


def _listed(names: Any) -> str:
    return ", ".join(str(name) for name in names) or "none"
