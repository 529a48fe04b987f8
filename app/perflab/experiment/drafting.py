"""The part of `perflab init` that needs the project: it is set up, filled with rows from its models, and its routes are tried."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from perflab import seeding
from perflab.errors import InputError, PerflabError
from perflab.experiment.isolate import outside
from perflab.experiment.setup.trying import try_all
from perflab.scenario import loading, profiles
from perflab.scenario.drafting import looking, openapi
from perflab.scenario.drafting.candidates import candidates, is_left_out, of_write
from perflab.scenario.drafting.looking import Model
from perflab.scenario.drafting.proposal import Found, provisional
from perflab.scenario.models import Scenario
from perflab.scenario.source import Source

SEED = 1
# So many tables may be left empty because nothing fits them.
MAX_EMPTY = 20
Report = Callable[[dict[str, Any]], None]


def draft(arguments: Mapping[str, Any], report: Report) -> dict[str, Any]:
    """Find out what a first scenario of a project can ask; return the proposal as plain data.

    Args:
        arguments: `subject` and `data` of a scenario, and `log`, the file for the project's output.
        report: Receives events.

    Raises:
        PerflabError: The project cannot be set up, or the servers cannot be started.
    """
    empty: dict[str, str] = {}
    scenario = _scenario(arguments, empty)
    with outside.guarded(scenario):
        report({"event": "phase", "name": "reading the project"})
        facts = replace(looking.look(scenario.subject.settings), auth=scenario.subject.auth)
        while True:
            scenario = _scenario(arguments, empty)
            question = profiles.resolve(scenario, "smoke")
            try:
                data = seeding.ensure(question, SEED, report, anew=True)
                break
            except InputError as error:
                new = [label for label in labels_of(error, facts.models) if label not in empty]
                if (
                    scenario.subject.seed is not None
                    or not scenario.data.is_drawn
                    or not new
                    or len(empty) >= MAX_EMPTY
                ):
                    raise
                empty |= dict.fromkeys(new, error.what)
        question = question.ending(data.as_of)
        year = question.scenario.as_of.year
        left_out = {route.path: reason for route in facts.routes if (reason := is_left_out(route)) is not None}
        ways = {route.path: candidates(route, facts, year) for route in facts.routes if route.path not in left_out}
        described = openapi.writes(openapi.documents(), {model.name: model.label for model in facts.models})
        ways |= {f"{write.method} {write.path}": own for write in described if (own := of_write(write, facts, year))}

        def progress(done: int) -> None:
            report(
                {
                    "event": "progress",
                    "phase": "trying routes",
                    "done": done,
                    "total": len(ways),
                    "rate": None,
                    "eta_s": None,
                }
            )

        tried = try_all(question, SEED, data, ways, Path(str(arguments["log"])), progress)
    return asdict(Found(facts, tried, left_out, empty))


def labels_of(error: InputError, models: Sequence[Model]) -> list[str]:
    """Return the models that a mistake of the data is about: of a table, and those whose rows bring some of its along.

    Args:
        error: The mistake.
        models: All models.
    """
    where = (error.where or "").removeprefix("data from ").removeprefix("seed of ")
    about = {model.label for model in models if where and where in (model.label, model.table)}
    if not about:  # SQLite says it in words: UNIQUE constraint failed: shop_item.code
        words = set(re.findall(r"\w+", error.what))
        about = {model.label for model in models if model.table in words}
    return [model.label for model in models if model.label in about or about & set(model.parents)]


def _scenario(arguments: Mapping[str, Any], empty: Mapping[str, str]) -> Scenario:
    data = arguments["data"]
    rows = {**data.get("rows", {}), **dict.fromkeys(empty, 0)}
    whole = {**data, "rows": rows} if rows else data
    try:
        return loading.validated(provisional(arguments["subject"], whole), Source(Path("scenario.yaml")))
    except InputError as error:
        raise PerflabError(error.what, hint=error.hint) from error
