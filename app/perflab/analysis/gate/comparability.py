"""Comparability: what must be the same before the figures of two runs may be compared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from perflab.analysis.stats.values import mapping
from perflab.errors import InputError
from perflab.run.scenario import PREREGISTERED

if TYPE_CHECKING:
    from perflab.run.store import Run


def require_same_question(run: Run, baseline: Run) -> None:
    """Require that two runs have the same scenario and the same factors.

    Raises:
        InputError: If they have not.
    """
    difference = question_difference(run, baseline)
    if difference is not None:
        raise InputError(
            f"the runs {run.run_id} and {baseline.run_id} cannot be compared: {difference}",
            hint="give a baseline of the same scenario, or look at both with `perflab compare`",
        )


def question_difference(run: Run, baseline: Run) -> str | None:
    """Return how the scenarios or the factors of two runs differ; None if they do not."""
    if run.scenario_name != baseline.scenario_name:
        return f"their scenarios are {run.scenario_name} and {baseline.scenario_name}"
    if run.factors != baseline.factors:
        return f"their factors are {_listed(run.factors)} and {_listed(baseline.factors)}"
    return None


def machine_differences(run: Run, baseline: Run) -> list[str]:
    """Return how machine, pinning, Python and the database differ, a phrase each; if they do, times are not compared.

    A fact that neither run recorded is taken to be the same, one that only one of them recorded is not.
    """
    return list(_differences(_place(run.environment), _place(baseline.environment)))


def data_difference(run: Run, baseline: Run) -> str | None:
    """Return how the data of two runs differ; None if they do not, or nothing is known.

    The same request does another amount of work on other data, so that not even its queries are comparable.
    """
    return next(_differences(_data(run), _data(baseline)), None)


def preregistration_difference(run: Run, baseline: Run) -> str | None:
    """Return a note if two runs preregistered different claims, margins or traffic; None if not, or if that is unknown."""
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
            yield f"{name}: {_in_words(value)}, not {_in_words(there[name])}"


def _leading(version: Any, parts: int) -> str | None:
    """Return the first numbers of a version: two of Python's and SQLite's, one of PostgreSQL's, decide about speed."""
    return ".".join(str(version).split(".")[:parts]) if version else None


def _in_words(value: Any) -> str:
    if value is None:
        return "unknown"
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


def _listed(names: Any) -> str:
    return ", ".join(str(name) for name in names) or "none"
