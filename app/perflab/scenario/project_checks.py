"""What a scenario says of its Django project, checked in a process where that project is set up.

Only models, settings and URLs are looked at: it needs no database and no cache.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connection, models
from django.urls import Resolver404, URLPattern, URLResolver, get_resolver, resolve

from perflab.errors import InputError
from perflab.scenario import project
from perflab.scenario.loading import and_more
from perflab.scenario.lookups import lookup, user_label
from perflab.scenario.models import CacheFactor, Endpoint, IndexFactor, Scenario, SettingFactor
from perflab.scenario.params import matches, sources
from perflab.scenario.rules import Problem
from perflab.scenario.source import Location
from perflab.scenario.template import fill_path
from perflab.scenario.words import suggestion

WORDS = ("declared", "foreign_keys")


def check_subject(scenario: Scenario) -> None:
    """Raise InputError for the first thing that the scenario names and the project has not.

    The project must have been set up (`perflab.scenario.project.set_up`).
    """
    found = subject_problems(scenario)
    if found:
        first = found[0]
        raise InputError(first.what, where=first.where, hint=and_more(first.hint, len(found)))


def subject_problems(scenario: Scenario) -> list[InputError]:
    """Everything of the kind, in the file's order; empty if all is well."""
    found = [*_project(scenario), *_factors(scenario), *_endpoints(scenario)]
    found.sort(key=lambda problem: scenario.source.line(problem.place))
    return [InputError(p.what, where=scenario.source.where(p.place), hint=p.hint) for p in found]


def _project(scenario: Scenario) -> Iterator[Problem]:
    for key, path in (("seed", scenario.subject.seed), ("auth", scenario.subject.auth)):
        yield from _caught(("subject", key), lambda path=path, key=key: project.imported(path, f"subject.{key}"))


def _factors(scenario: Scenario) -> Iterator[Problem]:
    for i, factor in enumerate(scenario.factors):
        place: Location = ("factors", i)
        match factor:
            case SettingFactor():
                known = [name for name in dir(settings) if name.isupper()]
                if factor.setting not in known:
                    yield Problem(
                        (*place, "setting"),
                        f"the project has no setting {factor.setting}",
                        _near(factor.setting, known) or "give it its usual value in the settings",
                    )
            case CacheFactor():
                for j, alias in enumerate(factor.aliases):
                    if alias not in settings.CACHES:
                        yield Problem(
                            (*place, "aliases", j),
                            f"the project has no cache {alias!r}",
                            suggestion(alias, settings.CACHES),
                        )
            case IndexFactor():
                yield from _indexes(factor, place)


def _indexes(factor: IndexFactor, place: Location) -> Iterator[Problem]:
    declared, foreign_keys, needed = index_names()
    for i, word in enumerate(factor.which):
        where = (*place, "which", i)
        if word in needed:
            yield Problem(where, f"the index {word} belongs to a constraint and cannot be switched off", "leave it out")
        elif (word == "declared" and not declared) or (word == "foreign_keys" and not foreign_keys):
            yield Problem(where, f"the project's models have no indexes of the kind {word!r}", "remove the factor")
        elif word not in (*WORDS, *declared, *foreign_keys):
            hint = suggestion(word, (*WORDS, *declared, *foreign_keys))
            yield Problem(where, f"no index is called {word!r}", hint)


def index_names() -> tuple[list[str], list[str], list[str]]:
    """Names of the indexes that models declare, that foreign keys have by themselves, and that constraints need.

    From the models alone; the factor itself reads the database's catalogue.
    """
    declared: list[str] = []
    foreign_keys: list[str] = []
    needed: list[str] = []
    editor: Any = connection.schema_editor()
    for model in apps.get_models():
        options = model._meta
        if not options.managed or options.proxy:
            continue
        declared += [index.name for index in options.indexes]
        needed += [c.name for c in options.constraints if isinstance(c, models.UniqueConstraint)]
        fields: list[Any] = options.local_fields
        for field in fields:
            if not field.db_index or field.unique:
                continue
            name = editor._create_index_name(options.db_table, [field.column])
            (foreign_keys if field.is_relation else declared).append(name)
    return declared, foreign_keys, needed


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
                f"`as` names {endpoint.as_!r}, which is no user",
                f"draw it from {user_label()}.pk or a foreign key to it",
            )
        yield from _path(endpoint, place)
    yield from _reads(scenario, targets)


def example_path(endpoint: Endpoint) -> str:
    """A path of this endpoint with values that the project's URLs may match; without its query."""
    return fill_path(endpoint.path, {name: _example(source) for name, source in endpoint.params.items()}).partition(
        "?"
    )[0]


def _path(endpoint: Endpoint, place: Location) -> Iterator[Problem]:
    try:
        resolve(example_path(endpoint))
    except Resolver404:
        routes = list(_routes(get_resolver().url_patterns, "/"))
        asked = endpoint.path.partition("?")[0]
        yield Problem((*place, "path"), f"no URL of the project matches {asked}", suggestion(asked, routes))


def _example(source: str | list[Any]) -> Any:
    """A value that a URL's converter takes."""
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
            # {user_id} instead of <int:user_id>: as a scenario writes it
            yield "".join(
                part if i % 2 == 0 else "{" + part.rpartition(":")[2] + "}"
                for i, part in enumerate(route.replace(">", "<").split("<"))
            )


def _reads(scenario: Scenario, targets: dict[str, str | None]) -> Iterator[Problem]:
    """Endpoints that a write is said to affect, and that read nothing of what it names."""
    for i, write in enumerate(scenario.traffic.endpoints):
        for j, name in enumerate(write.affects):
            read = scenario.endpoint(name)
            known = all(source in targets for e in (write, read) for source in sources(e).values())
            if known and not matches(write, read, targets):
                yield Problem(
                    ("traffic", "endpoints", i, "affects", j),
                    f"{write.name} names no row that {name} reads",
                    "draw the row's key as a param of the write; it need not be sent",
                )


def _near(word: str, known: Sequence[str]) -> str | None:
    """The nearest word, but not the list of all: a project has two hundred settings."""
    hint = suggestion(word, known)
    return hint if hint and hint.startswith("did") else None


def _caught(place: Location, check: Callable[..., Any], *arguments: Any) -> Iterator[Problem]:
    try:
        check(*arguments)
    except InputError as error:
        yield Problem(place, error.what, error.hint)
