"""Checks a scenario against its Django project, in a process where that project is set up.

It reads models, settings and URLs, and needs no database and no cache.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from django.conf import settings
from django.db import models
from django.urls import URLPattern, URLResolver, get_resolver

from perflab.errors import InputError, did_you_mean
from perflab.scenario import project
from perflab.scenario.endpoint_params import matches, sources
from perflab.scenario.factors import index_kinds
from perflab.scenario.factors.base import Project
from perflab.scenario.loading import and_more
from perflab.scenario.lookups import lookup, user_label
from perflab.scenario.models import Endpoint, Scenario
from perflab.scenario.placeholders import fill_path
from perflab.scenario.source import Location, Problem
from perflab.scenario.urls.example import matching_path


def check_project(scenario: Scenario, database: str | None = None) -> None:
    """Check that the project has all that the scenario names.

    The project must have been set up (`perflab.scenario.project.set_up`).

    Args:
        scenario: The scenario.
        database: What it is measured on, if known: `postgresql` or `sqlite`.

    Raises:
        InputError: The first thing that the project lacks, with the count of the others.
    """
    problems = project_problems(scenario, database)
    if problems:
        first = problems[0]
        raise InputError(first.what, where=first.where, hint=and_more(first.hint, len(problems)))


def project_problems(scenario: Scenario, database: str | None = None) -> list[InputError]:
    """Return everything that the scenario names and the project lacks, in the file's order."""
    problems = [*_imports(scenario), *_factors(scenario, database), *_endpoints(scenario)]
    problems.sort(key=lambda problem: scenario.source.line(problem.place))
    return [InputError(p.what, where=scenario.source.where(p.place), hint=p.hint) for p in problems]


def _imports(scenario: Scenario) -> Iterator[Problem]:
    for key, path in (("seed", scenario.subject.seed), ("auth", scenario.subject.auth)):
        yield from _caught(("subject", key), project.imported, path, f"subject.{key}")


def _factors(scenario: Scenario, database: str | None) -> Iterator[Problem]:
    view = Project(settings, index_kinds.of_models, database)
    for i, factor in enumerate(scenario.factors):
        for problem in factor.problems(view):
            yield problem.under("factors", i)


def _endpoints(scenario: Scenario) -> Iterator[Problem]:
    targets: dict[str, str | None] = {}
    for i, endpoint in enumerate(scenario.traffic.endpoints):
        place: Location = ("traffic", "endpoints", i)
        wrong = False
        for key, source in [
            *((("params", p), s) for p, s in sources(endpoint).items()),
            *((("where", s), s) for s in endpoint.where),
        ]:
            problems = list(_caught((*place, *key), lookup, source))
            wrong = wrong or bool(problems)
            yield from problems
            if not problems:
                target = lookup(source).target
                targets[source] = target._meta.label if target is not None else None
        if wrong:
            continue
        if endpoint.as_ in sources(endpoint) and targets[sources(endpoint)[endpoint.as_]] != user_label():
            yield Problem(
                (*place, "as"),
                f"`as` names {endpoint.as_!r}, which is not a user",
                f"draw it from {user_label()}.pk or a foreign key to it",
            )
        yield from _path(endpoint, place)
    yield from _reads(scenario, targets)


def example_path(endpoint: Endpoint) -> str:
    """Return a path of this endpoint, without its query, with values that one of the project's URLs matches, if any does."""
    values = _examples(endpoint)
    path = endpoint.path.partition("?")[0]
    return matching_path(path, values) or fill_path(path, values)


def _examples(endpoint: Endpoint) -> dict[str, Any]:
    return {name: _example(source) for name, source in endpoint.params.items()}


def _path(endpoint: Endpoint, place: Location) -> Iterator[Problem]:
    if matching_path(endpoint.path.partition("?")[0], _examples(endpoint)) is None:
        routes = list(_routes(get_resolver().url_patterns, "/"))
        path = endpoint.path.partition("?")[0]
        yield Problem((*place, "path"), f"no URL of the project matches {path}", did_you_mean(path, routes))


def _example(source: str | list[Any]) -> Any:
    """Return a value that a URL's converter takes."""
    if isinstance(source, list):
        return source[0]
    field = lookup(source).field
    while field.is_relation:
        field = field.target_field
    match field:
        case models.UUIDField():
            return uuid.UUID(int=1)
        case models.IntegerField() | models.AutoField():
            return 1
        case models.DateField():
            return "2025-10-20"
        case _:
            return "x"


def _routes(patterns: Sequence[Any], before: str) -> Iterator[str]:
    for pattern in patterns:
        route = before + str(pattern.pattern).lstrip("^").rstrip("$")
        if isinstance(pattern, URLResolver):
            yield from _routes(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern):
            # {user_id} instead of <int:user_id>, as in a scenario
            yield "".join(
                part if i % 2 == 0 else "{" + part.rpartition(":")[2] + "}"
                for i, part in enumerate(route.replace(">", "<").split("<"))
            )


def _reads(scenario: Scenario, targets: dict[str, str | None]) -> Iterator[Problem]:
    """Find endpoints that a write affects according to the scenario, but that read none of the rows it names."""
    for i, write in enumerate(scenario.traffic.endpoints):
        for j, name in enumerate(write.affects):
            read = scenario.endpoint(name)
            resolved = all(source in targets for e in (write, read) for source in sources(e).values())
            if resolved and not matches(write, read, targets):
                yield Problem(
                    ("traffic", "endpoints", i, "affects", j),
                    f"no param of {write.name} identifies a row that {name} reads",
                    f"add a param with the row's key to {write.name}; the request need not use it",
                )


def _caught(place: Location, check: Callable[..., Any], *arguments: Any) -> Iterator[Problem]:
    try:
        check(*arguments)
    except InputError as error:
        yield Problem(place, error.what, error.hint)
