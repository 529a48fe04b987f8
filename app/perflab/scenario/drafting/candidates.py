"""Ways to request a route: where each of its params may come from, and who may call it. Trying them shows which one is right."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice, product
from typing import Any

from perflab.scenario.drafting.looking import Column, Facts, Model, Route
from perflab.scenario.drafting.openapi import Write

# Sources tried for a param, and combinations of them for a route.
MAX_SOURCES, MAX_FILLINGS = 4, 6
# What a converter takes, by the kind of a column's values.
FITS = {"int": ("int",), "uuid": ("uuid",), "slug": ("slug", "str", "int"), "str": ("str", "slug", "int", "uuid"),
        "path": ("str", "slug"), "re": ("int", "str", "slug", "uuid")}  # fmt: skip
LISTS: dict[str, list[Any]] = {"month": [1, 5, 9], "day": [3, 14, 25]}
# They end a session, change something by a GET, or are Django's own.
LEFT_OUT = re.compile(r"logout|log_out|signout|sign_out|delete|remove|jsi18n|__debug__")
_PARAM = re.compile(r"\{([^}]*)\}")
ADMIN, ADMINS = "admin:", "django.contrib.admin."
FILES = "django.views.static."
# Pages about an API.
ABOUT = ("ninja.openapi.", "drf_spectacular.", "drf_yasg.")
CALLER = "caller"
# Of a read it is 1.
WEIGHT_OF_WRITES = 0.2
# Writes that log in, or whose rows no traffic should make.
SENSITIVE = re.compile(
    r"login|log_in|signin|sign_in|password|token|(?<![a-z])otp(?![a-z])|verify|register|signup|sign_up"
)
# Params that often stand for a user.
USERS = frozenset({"username", "user", "login", "author", "owner"})


@dataclass(frozen=True)
class Candidate:
    """One way to request a route.

    Attributes:
        route: Path of the route.
        params: Where the values come from, as in a scenario.
        caller: How the caller is known: `anonymous`, `owner`, `user` or `superuser`.
        auth: How the caller logs in: session, token or a function; None for nobody.
        where: Conditions on the rows.
        method: GET, or the method of a write.
        body: Its JSON body; None without one.
    """

    route: str
    params: Mapping[str, str | list[Any]] = field(default_factory=dict)
    caller: str = "anonymous"
    auth: str | None = None
    where: Mapping[str, Any] = field(default_factory=dict)
    method: str = "GET"
    body: Any = None

    def endpoint(self, name: str) -> dict[str, Any]:
        """Return it as an endpoint of a scenario; a write is requested less often than a read.

        Args:
            name: The endpoint's name.
        """
        weight = 1 if self.method == "GET" else WEIGHT_OF_WRITES
        made: dict[str, Any] = {"name": name, "method": self.method, "path": self.route, "weight": weight}
        if self.params:
            made["params"] = dict(self.params)
        if self.where:
            made["where"] = dict(self.where)
        if self.auth is not None:
            made |= {"as": CALLER, "auth": self.auth}
        if self.body is not None:
            made["body"] = self.body
        return made


def is_left_out(route: Route) -> str | None:
    """Return why a route is not requested at all; None where it is."""
    if (route.name or "").startswith(ADMIN) or route.view.startswith(ADMINS):
        return "the admin"
    if route.view.startswith(FILES):
        return "it sends files"
    if route.view.startswith(ABOUT):
        return "it describes the API"
    if "{format}" in route.path:
        return "it is another form of a page that has a route of its own"
    if re.search(r"\s", route.path) or set(_PARAM.findall(route.path)) != {name for name, _ in route.params}:
        return "its path is no text with named params"
    if LEFT_OUT.search(route.path) or LEFT_OUT.search(route.name or ""):
        return "it may end a session or change something"
    return None


def candidates(route: Route, facts: Facts, year: int) -> list[Candidate]:
    """Return the ways to request a route, the most likely first.

    Args:
        route: The route.
        facts: What is known of the project.
        year: The year in which the data ends.
    """
    options = {name: list(islice(_sources(name, kind, route, facts, year), MAX_SOURCES)) for name, kind in route.params}
    fillings = [dict(zip(options, chosen, strict=True)) for chosen in islice(product(*options.values()), MAX_FILLINGS)]
    made: list[Candidate] = []
    for filling in fillings:
        params = _of_one_row(filling, facts)
        made += _callers(route.path, params, facts)
    # Whoever calls is tried first for the likeliest values.
    return sorted(made, key=lambda each: (each.caller != "anonymous", each.caller == "superuser"))


def of_write(write: Write, facts: Facts, year: int) -> list[Candidate]:
    """Return the ways to make a write; none if the project has no such route, or it had better not be made.

    Args:
        write: The write, as the project's OpenAPI schema describes it.
        facts: What is known of the project.
        year: The year in which the data ends.
    """
    anonymous = _PARAM.sub("{}", write.path)
    route = next((each for each in facts.routes if _PARAM.sub("{}", each.path) == anonymous), None)
    if route is None or is_left_out(route) is not None or SENSITIVE.search(f"{write.path} {write.name}".lower()):
        return []
    return [
        replace(way, params={**write.params, **way.params}, method=write.method, body=write.body)
        for way in candidates(route, facts, year)
    ]


def _callers(path: str, params: dict[str, Any], facts: Facts) -> Iterator[Candidate]:
    yield Candidate(path, params)
    ways = [way for way, is_there in (("session", facts.sessions), ("token", facts.tokens)) if is_there and facts.user]
    if facts.auth is not None and facts.user:
        ways = [facts.auth]
    for way in ways:
        for owner in dict.fromkeys(_owners(params, facts)):
            yield Candidate(path, {**params, CALLER: owner}, "owner", way)
        yield Candidate(path, {**params, CALLER: f"{facts.user}.pk"}, "user", way)
        if facts.superusers:
            where = {f"{facts.user}.is_superuser": True}
            yield Candidate(path, {**params, CALLER: f"{facts.user}.pk"}, "superuser", way, where)


def _owners(params: Mapping[str, Any], facts: Facts) -> Iterator[str]:
    """Yield the users that the rows in a URL belong to, so that each asks for what is theirs."""
    by_label = {model.label: model for model in facts.models}
    for source in params.values():
        if not isinstance(source, str):
            continue
        model = by_label[source.rpartition(".")[0]]
        if model.owner is not None:
            yield f"{model.label}.{model.owner}"
        for label, name in model.links.items():
            parent = by_label.get(label)
            if parent is not None and parent.owner is not None and parent.label != facts.user:
                yield f"{model.label}.{name}__{parent.owner}"


def _sources(name: str, kind: str, route: Route, facts: Facts, year: int) -> Iterator[str | list[Any]]:
    if name == "year":
        yield [year, year - 1]
    elif name in LISTS:
        yield LISTS[name]
    chosen: set[str] = set()
    for model, column in _columns(name, route, facts):
        source = f"{model.label}.{column.name}"
        if column.kind in FITS.get(kind, FITS["str"]) and source not in chosen:
            chosen.add(source)
            yield source


def _columns(name: str, route: Route, facts: Facts) -> Iterator[tuple[Model, Column]]:
    """Yield the columns that a param may be drawn from: what the view says, then what the names say, then any of the app."""
    by_label = {model.label: model for model in facts.models}
    shown = by_label.get(route.model or "")
    if name in route.lookups:
        label, looked_up = route.lookups[name]
        yield from _named(by_label.get(label), looked_up)
    if shown is not None:
        yield from _named(shown, route.fields.get(name, name))
    plain = name.lower().replace("_", "")
    if plain in USERS and facts.user is not None:
        yield from _named(by_label[facts.user], facts.username or "pk")
    app = _app(route, facts)
    near = sorted(facts.models, key=lambda model: model.app != app)
    for suffix in ("id", "pk", "slug", "uuid", "code", "key", "name", ""):
        stem = plain.removesuffix(suffix)
        if not stem or (suffix and stem == plain):
            continue
        for model in near:
            if model.name == stem:
                yield from _named(model, "pk" if suffix in ("", "id", "pk") else suffix)
                yield from _unique(model)
    for model in near:
        if plain not in ("pk", "id"):
            yield from ((model, column) for column in model.columns if column.name == name)
    if shown is not None:
        yield from _unique(shown)
    # A view's own name often has the model's in it.
    words = f"{route.name or ''} {route.path} {route.view.rpartition('.')[2]}".lower().replace("_", "").replace("-", "")
    likely = [model for model in near if model.name in words or f"{model.name}s" in words]
    for model in (*sorted(likely, key=lambda model: -len(model.name)), *(model for model in near if model.app == app)):
        yield from _unique(model)


def _named(model: Model | None, name: str) -> Iterator[tuple[Model, Column]]:
    if model is None:
        return
    wanted = "pk" if name in ("id", "pk") else name
    yield from ((model, column) for column in model.columns if column.name == wanted)


def _unique(model: Model) -> Iterator[tuple[Model, Column]]:
    yield from ((model, column) for column in model.columns if column.unique)
    yield from ((model, column) for column in model.columns if column.kind == "slug" and not column.unique)


def _app(route: Route, facts: Facts) -> str:
    """Return the label of the app that a view most likely belongs to: that of its module's packages which is an app's name."""
    apps = {model.app for model in facts.models}
    return next((part for part in reversed(route.view.split(".")) if part in apps), "")


def _of_one_row(filling: Mapping[str, str | list[Any]], facts: Facts) -> dict[str, str | list[Any]]:
    """Return a filling whose values belong together: where one param's row links to another's, that one is followed."""
    by_label = {model.label: model for model in facts.models}
    made = dict(filling)
    rows = {name: by_label[source.rpartition(".")[0]] for name, source in filling.items() if isinstance(source, str)}
    for name, model in rows.items():
        for other, source in filling.items():
            if (
                other != name
                and isinstance(source, str)
                and rows[other] is not model
                and rows[other].label in model.links
            ):
                field = source.rpartition(".")[2]
                made[other] = f"{model.label}.{model.links[rows[other].label]}__{'pk' if field == 'pk' else field}"
    return made


def names_of(routes: Sequence[Route]) -> dict[str, str]:
    """Return a name for each route's endpoint, by its path: from the pattern's name, else from the path; none twice."""
    names: dict[str, str] = {}
    taken: set[str] = set()
    for route in routes:
        words = (
            re.sub(r"[^A-Za-z0-9]+", "-", (route.name or route.path.replace("{", "").replace("}", "")))
            .strip("-")
            .lower()
        )
        base = (words if words[:1].isalpha() else f"page-{words}".strip("-"))[:36]
        name, number = base, 2
        while name in taken:
            name, number = f"{base}-{number}", number + 1
        taken.add(name)
        names[route.path] = name
    return names
