"""Checks a scenario against its Django project, in a process where that project is set up.

It reads models, settings and URLs, and needs no database and no cache.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import models
from django.urls import URLPattern, URLResolver, get_resolver

from perflab.errors import InputError, did_you_mean
from perflab.scenario import project
from perflab.scenario.endpoint_params import RowField, functions, is_function, is_general, sources, ties
from perflab.scenario.factors import index_kinds
from perflab.scenario.factors.base import Project
from perflab.scenario.loading import and_more
from perflab.scenario.lookups import lookup, user_label
from perflab.scenario.models import Scenario
from perflab.scenario.placeholders import fill_path
from perflab.scenario.source import Location, Problem
from perflab.scenario.subject.surroundings import interpreter_of
from perflab.scenario.traffic import Endpoint
from perflab.scenario.urls.example import matching_path

_PARAM = re.compile(r"\{[^}]*\}")
_NAMED = re.compile(r"\(\?P<(\w+)>")
_CONVERTER = re.compile(r"<(?:\w+:)?(\w+)>")


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
    problems = [*_driver(scenario, database), *_imports(scenario), *_factors(scenario, database), *_endpoints(scenario)]
    problems.sort(key=lambda problem: scenario.source.line(problem.place))
    return [InputError(p.what, where=scenario.source.where(p.place), hint=p.hint) for p in problems]


def _driver(scenario: Scenario, database: str | None) -> Iterator[Problem]:
    """Find out whether the project can reach PostgreSQL from its own interpreter."""
    interpreter = interpreter_of(scenario.subject)
    if database == "postgresql" and interpreter is not None and not interpreter.has_driver():
        yield Problem(
            ("subject", "python"),
            f"{interpreter.executable} has no psycopg, so the project cannot reach PostgreSQL",
            f"try `{interpreter.executable} -m pip install 'psycopg[binary]'`, or `database: sqlite` under `subject:`",
        )


def _imports(scenario: Scenario) -> Iterator[Problem]:
    yield from _caught(("subject", "seed"), project.imported, scenario.subject.seed, "subject.seed")
    yield from _login(scenario.subject.auth, ("subject", "auth"))
    for i, endpoint in enumerate(scenario.traffic.endpoints):
        place: Location = ("traffic", "endpoints", i)
        yield from _login(endpoint.auth, (*place, "auth"))
        for param, function in functions(endpoint).items():
            yield from _caught((*place, "params", param), project.imported, function, f"params.{param}")


def _login(way: str | None, place: Location) -> Iterator[Problem]:
    """Find out what a way to log in needs and the project lacks."""
    if way == "session" and not any("Session" in name.rpartition(".")[2] for name in settings.MIDDLEWARE):
        yield Problem(
            place,
            "`auth: session` needs a session middleware, and MIDDLEWARE has none",
            "write `package.module:name` of a function that returns the headers of a user",
        )
    elif way == "token" and not apps.is_installed("rest_framework.authtoken"):
        yield Problem(
            place,
            "`auth: token` needs rest_framework.authtoken among INSTALLED_APPS",
            "write `package.module:name` of a function that returns the headers of a user",
        )
    elif way not in (None, "session", "token"):
        yield from _caught(place, project.imported, way, ".".join(str(part) for part in place if isinstance(part, str)))


def _factors(scenario: Scenario, database: str | None) -> Iterator[Problem]:
    view = Project(settings, index_kinds.of_models, database)
    for i, factor in enumerate(scenario.factors):
        for problem in factor.problems(view):
            yield problem.under("factors", i)


def _endpoints(scenario: Scenario) -> Iterator[Problem]:
    rows: dict[str, RowField] = {}
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
                rows[source] = lookup(source).row
        if wrong:
            continue
        caller = rows[sources(endpoint)[endpoint.as_]] if endpoint.as_ in sources(endpoint) else None
        if caller is not None and (caller.model, caller.field) != (user_label(), "pk"):
            yield Problem(
                (*place, "as"),
                f"`as` names {endpoint.as_!r}, which is not a user",
                f"draw it from {user_label()}.pk or a foreign key to it",
            )
        yield from _path(endpoint, place)
    yield from _reads(scenario, rows)


def example_path(endpoint: Endpoint) -> str:
    """Return a path of this endpoint, without its query, with values that one of the project's URLs matches, if any does."""
    values = _examples(endpoint)
    path = endpoint.path.partition("?")[0]
    return matching_path(path, values) or fill_path(path, values)


def _examples(endpoint: Endpoint) -> dict[str, Any]:
    return {name: _example(source) for name, source in endpoint.params.items()}


def _path(endpoint: Endpoint, place: Location) -> Iterator[Problem]:
    """Find out whether a URL matches. Another host may have other URLs (`request.urlconf`): the first requests try them."""
    if any(name.lower() == "host" for name in endpoint.headers):
        return
    if matching_path(endpoint.path.partition("?")[0], _examples(endpoint)) is None:
        routes = list(_routes(get_resolver().url_patterns, "/"))
        path = endpoint.path.partition("?")[0]
        if not any(_has_form(path, route) for route in routes):
            yield Problem((*place, "path"), f"no URL of the project matches {path}", did_you_mean(path, routes))


def _has_form(path: str, route: str) -> bool:
    """Tell whether a path may match a route, whatever its values are: the texts between them are the same.

    What the values must look like, a regular expression may say, and only the seeded rows can tell whether they do.
    """
    texts = _PARAM.split(path)
    return len(texts) > 1 and texts == _PARAM.split(route)


def _example(source: str | list[Any]) -> Any:
    """Return a value that a URL's converter takes."""
    if isinstance(source, list):
        return source[0]
    if is_function(source):
        return "x"
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
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _routes(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern):
            yield _readable(route)


def _readable(route: str) -> str:
    """Return a route as a scenario writes it: {user_id} instead of <int:user_id> or (?P<user_id>[0-9]+)."""
    text, depth, name = "", 0, ""
    i = 0
    while i < len(route):
        character = route[i]
        if character == "\\" and i + 1 < len(route):
            text, i = text + ("" if depth or route[i + 1] in "AZ" else route[i + 1]), i + 2
            continue
        if character == "(":
            if depth == 0:
                name = match[1] if (match := _NAMED.match(route, i)) else "value"
                text += f"{{{name}}}"
            depth += 1
        elif character == ")":
            depth -= 1
        elif depth == 0 and character not in "^$":
            text += character
        i += 1
    # {user_id} instead of <int:user_id>
    return _CONVERTER.sub(lambda match: f"{{{match[1]}}}", text)


def _reads(scenario: Scenario, rows: dict[str, RowField]) -> Iterator[Problem]:
    """Find endpoints that a write affects according to the scenario, but that read none of the rows it names."""
    for i, write in enumerate(scenario.traffic.endpoints):
        for j, name in enumerate(write.affects):
            read = scenario.endpoint(name)
            resolved = all(source in rows for e in (write, read) for source in sources(e).values())
            if resolved and not is_general(read) and not ties(write, read, rows):
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
