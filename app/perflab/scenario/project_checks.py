"""Checks a scenario against its Django project, which is set up in this process or in one of its own.

It reads models, settings and URLs, and needs no database and no cache.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from types import SimpleNamespace
from typing import Any

from perflab.errors import InputError, did_you_mean
from perflab.scenario import project
from perflab.scenario.endpoint_params import RowField, functions, is_function, is_general, sources, ties
from perflab.scenario.factors.base import IndexFacts, Project
from perflab.scenario.indexes.migrations import made_by_migrations
from perflab.scenario.indexes.places import places_by_models
from perflab.scenario.loading import and_more
from perflab.scenario.lookups import example_of, row_of, user_label
from perflab.scenario.models import Scenario
from perflab.scenario.placeholders import fill_path
from perflab.scenario.source import Location, Problem
from perflab.scenario.subject import index_kinds
from perflab.scenario.subject.surroundings import interpreter_of
from perflab.scenario.traffic import Endpoint
from perflab.scenario.urls.example import matching_path
from perflab.scenario.urls.routes import routes

_PARAM = re.compile(r"\{[^}]*\}")


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
    problems = problems_of(scenario, database)
    return [InputError(p.what, where=scenario.source.where(p.place), hint=p.hint) for p in problems]


def problems_of(scenario: Scenario, database: str | None = None) -> list[Problem]:
    """Return the same with the places in the scenario; see `project_problems`."""
    settings = project.settings_now()
    problems = [
        *_driver(scenario, database),
        *_imports(scenario, settings),
        *_factors(scenario, settings, database),
        *_endpoints(scenario),
    ]
    return sorted(problems, key=lambda problem: scenario.source.line(problem.place))


def _driver(scenario: Scenario, database: str | None) -> Iterator[Problem]:
    """Find out whether the project can reach PostgreSQL from its own interpreter."""
    interpreter = interpreter_of(scenario.subject)
    if database == "postgresql" and interpreter is not None and not interpreter.has_driver():
        yield Problem(
            ("subject", "python"),
            f"{interpreter.executable} has no psycopg, so the project cannot reach PostgreSQL",
            f"try `{interpreter.executable} -m pip install 'psycopg[binary]'`, or `database: sqlite` under `subject:`",
        )


def _imports(scenario: Scenario, settings: Mapping[str, Any]) -> Iterator[Problem]:
    yield from _caught(("subject", "seed"), project.check_import, scenario.seeding, "subject.seed")
    yield from _login(scenario.subject.auth, ("subject", "auth"), settings)
    for i, endpoint in enumerate(scenario.traffic.endpoints):
        place: Location = ("traffic", "endpoints", i)
        yield from _login(endpoint.auth, (*place, "auth"), settings)
        for param, function in functions(endpoint).items():
            yield from _caught((*place, "params", param), project.check_import, function, f"params.{param}")


def _login(way: str | None, place: Location, settings: Mapping[str, Any]) -> Iterator[Problem]:
    """Find out what a way to log in needs and the project lacks."""
    if way == "session" and not any("Session" in name.rpartition(".")[2] for name in settings["MIDDLEWARE"]):
        yield Problem(
            place,
            "`auth: session` needs a session middleware, and MIDDLEWARE has none",
            "write `package.module:name` of a function that returns the headers of a user",
        )
    elif way == "token" and not project.is_installed("rest_framework.authtoken"):
        yield Problem(
            place,
            "`auth: token` needs rest_framework.authtoken among INSTALLED_APPS",
            "write `package.module:name` of a function that returns the headers of a user",
        )
    elif way not in (None, "session", "token"):
        yield from _caught(
            place, project.check_import, way, ".".join(str(part) for part in place if isinstance(part, str))
        )


def _factors(scenario: Scenario, settings: Mapping[str, Any], database: str | None) -> Iterator[Problem]:
    view = _view(settings, database)
    for i, factor in enumerate(scenario.factors):
        for problem in factor.problems(view):
            yield problem.under("factors", i)


def _view(settings: Mapping[str, Any], database: str | None) -> Project:
    facts = cache(lambda: IndexFacts(places_by_models(), made_by_migrations()))
    return Project(SimpleNamespace(**settings), cache(index_kinds.of_models), database, facts)


def switched_by(scenario: Scenario, database: str | None = None) -> dict[str, list[str]]:
    """Return the names of what factors switch, by the factor, where their keys do not name them; the project is set up.

    Args:
        scenario: The scenario, which has been checked.
        database: What it is measured on, if known.
    """
    view = _view(project.settings_now(), database)
    return {factor.name: names for factor in scenario.factors if (names := factor.stands_for(view))}


def _endpoints(scenario: Scenario) -> Iterator[Problem]:
    rows: dict[str, RowField] = {}
    for i, endpoint in enumerate(scenario.traffic.endpoints):
        place: Location = ("traffic", "endpoints", i)
        wrong = False
        for key, source in [
            *((("params", p), s) for p, s in sources(endpoint).items()),
            *((("where", s), s) for s in endpoint.where),
        ]:
            try:
                rows[source] = row_of(source)
            except InputError as error:
                wrong = True
                yield Problem((*place, *key), error.what, error.hint)
        if wrong:
            continue
        caller = rows[sources(endpoint)[endpoint.as_]] if endpoint.as_ in sources(endpoint) else None
        if caller is not None and (caller.model, caller.field) != (user_label(), "pk"):
            yield Problem(
                (*place, "as"),
                f"`as` names {endpoint.as_!r}, which is not a user",
                f"draw it from {user_label()}.pk or a foreign key to it"
                if user_label()
                else "the project has no user model",
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


def _example(source: str | list[Any]) -> Any:
    """Return a value that a URL's converter takes."""
    if isinstance(source, list):
        return source[0]
    return "x" if is_function(source) else example_of(source)


def _path(endpoint: Endpoint, place: Location) -> Iterator[Problem]:
    """Find out whether a URL matches. Another host may have other URLs (`request.urlconf`): the first requests try them."""
    if any(name.lower() == "host" for name in endpoint.headers):
        return
    if matching_path(endpoint.path.partition("?")[0], _examples(endpoint)) is None:
        every = routes()
        path = endpoint.path.partition("?")[0]
        if not any(_has_form(path, route) for route in every):
            yield Problem((*place, "path"), f"no URL of the project matches {path}", did_you_mean(path, every))


def _has_form(path: str, route: str) -> bool:
    """Tell whether a path may match a route, whatever its values are: the texts between them are the same.

    What the values must look like, a regular expression may say, and only the seeded rows can tell whether they do.
    """
    texts = _PARAM.split(path)
    return len(texts) > 1 and texts == _PARAM.split(route)


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
