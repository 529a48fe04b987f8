"""A run against an earlier one, as `perflab compare` has it, inside a notebook."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from perflab.errors import InputError
from perflab.explore.tables import STYLE
from perflab.report.comparison import page
from perflab.report.comparison.comparison import Comparison
from perflab.report.html import Markup, Section, element, join
from perflab.run import store
from perflab.run.writer import read_json


def compare(run: store.Run, other: store.Run | str | None = None) -> Section:
    """Return the comparison with an earlier run as A and this one as B, or a sentence where there is no earlier run.

    Args:
        run: The later run.
        other: The earlier run, its name or directory; None takes the newest comparable run before this one.

    Raises:
        InputError: There is no such run, or it is this run.
    """
    before = _given(run, other) if other is not None else _before(run)
    if before is None:
        sentence = (
            f"There is no earlier complete run of {run.scenario_name} with the profile {_profile(run.meta)} to compare with "
            f'{run.run_id}. Run the scenario again, or name another run: other = "RUN".'
        )
        return Section(element("p", sentence))
    if before.directory.resolve() == run.directory.resolve():
        raise InputError(f"the run {run.run_id} would be compared with itself", hint="give another run")
    return Section(join([Markup(STYLE), *page.parts(Comparison.of(before, run))]))


def _given(run: store.Run, other: store.Run | str) -> store.Run:
    """A run itself, or one by its name, which may lie beside this run."""
    return other if isinstance(other, store.Run) else store.load(other, run.directory.resolve().parent.parent)


def _before(run: store.Run) -> store.Run | None:
    """The newest complete run of the same scenario and profile that is older; folders are named by the time."""
    here = run.directory.resolve()
    older = (
        sorted((folder for folder in here.parent.iterdir() if folder.name < here.name), reverse=True)
        if here.is_dir()
        else []
    )
    return next((store.load(folder) for folder in older if _is_like(folder, run)), None)


def _is_like(folder: Path, run: store.Run) -> bool:
    meta = read_json(folder / "run.json")
    return (
        meta.get("status") == "complete"
        and meta.get("schema") in store.READABLE
        and meta.get("scenario_name") == run.scenario_name
        and _profile(meta) == _profile(run.meta)
    )


def _profile(meta: Mapping[str, Any]) -> Any:
    return (meta.get("parameters") or {}).get("profile")
