"""Checks the keys of a scenario against each other. Pure: it reads nothing but the scenario."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from pydantic import ValidationError

from perflab.errors import did_you_mean
from perflab.run.cells import ALL, BASELINE, CONTROLS, MIX, OPTIMISED, cells_of
from perflab.run.metrics import CLAIM_METRICS, metric_of
from perflab.run.scenario import READING_METHODS
from perflab.run.tables import reserved_names
from perflab.scenario.endpoint_params import is_function, sources
from perflab.scenario.factors.server import served_on
from perflab.scenario.models import Claim, Scenario
from perflab.scenario.placeholders import TemplateError, placeholders
from perflab.scenario.source import Location, Problem
from perflab.scenario.subject.surroundings import LAB_VARIABLES
from perflab.scenario.traffic import Endpoint, is_json

_IMPORTABLE = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*")
CELL_NAMES = (BASELINE, OPTIMISED, *CONTROLS)
SCOPES = ("audited", "all")
# The kinds of metrics whose bound is at most 1, so that 95 instead of 0.95 is a likely mistake.
SHARES = {"reduction": "a relative reduction", "share": "a share"}


def problems(scenario: Scenario) -> Iterator[Problem]:
    """Yield all contradictions within a scenario."""
    yield from _variables(scenario)
    if scenario.subject.seed is not None and scenario.data.from_ is not None:
        what = f"rows come from {scenario.data.from_}, and from the function that subject.seed names"
        yield Problem(("data", "from"), what, "remove one of the two keys")
    yield from scenario.data.problems()
    yield from _factors(scenario)
    yield from _traffic(scenario)
    yield from _claims(scenario)
    yield from _capacity(scenario)
    yield from _expect(scenario)


def _expect(scenario: Scenario) -> Iterator[Problem]:
    names = [endpoint.name for endpoint in scenario.traffic.endpoints]
    for key, endpoints in scenario.expect:
        for n, name in enumerate(endpoints):
            if name not in names and (key, name) != ("slower", ALL):
                yield Problem(("expect", key, n), f"there is no endpoint {name!r}", did_you_mean(name, names))


def _capacity(scenario: Scenario) -> Iterator[Problem]:
    if scenario.capacity is None:
        return
    names = [cell.name for cell in cells_of(scenario.factor_names) if cell.role != "reference"]
    loaded = scenario.capacity.loaded(scenario.factor_names)
    for n, name in enumerate(loaded):
        if name not in names:
            hint = did_you_mean(name, names) or f"the cells are {', '.join(names)}"
            yield Problem(("capacity", "cells", n), f"there is no cell {name!r} to load", hint)
    yield from _twice("cell", ("capacity", "cells"), None, loaded)
    for cell in cells_of(scenario.factor_names):
        if cell.name in loaded:
            try:
                scenario.capacity.on(served_on(scenario.factors, cell.is_on))
            except ValidationError as error:
                what = str(error.errors(include_url=False)[0]["msg"]).removeprefix("Value error, ")
                yield Problem(("capacity", "cells"), f"the server of the cell {cell.name}: {what}")


def _variables(scenario: Scenario) -> Iterator[Problem]:
    for name in scenario.subject.env:
        if LAB_VARIABLES.fullmatch(name):
            yield Problem(("subject", "env", name), f"subject.env: perflab sets {name} itself", "remove it")


def _factors(scenario: Scenario) -> Iterator[Problem]:
    if not scenario.factors:
        yield from _without_factors(scenario)
    yield from _twice("factor", ("factors",), "name", [f.name for f in scenario.factors])
    for i in [i for i, factor in enumerate(scenario.factors) if factor.kind == "code"][1:]:
        hint = "compare two at a time; other kinds of factors can be combined with it"
        yield Problem(("factors", i, "kind"), "a second factor switches the code", hint)
    for i, factor in enumerate(scenario.factors):
        place = ("factors", i, "name")
        if factor.name in reserved_names():
            yield Problem(
                place,
                f"a factor may not be named {factor.name!r}: the samples have a column with that name",
                f"try {factor.name}_switch",
            )
        if factor.name in CELL_NAMES:
            yield Problem(
                place, f"a factor may not be named {factor.name!r}: a cell has that name", f"try {factor.name}_switch"
            )


def _without_factors(scenario: Scenario) -> Iterator[Problem]:
    """Find what compares cells where there is only one."""
    hint = "add a factor, or remove {}"
    if scenario.claims:
        what = "a claim compares everything on with everything off, and the scenario has no factors"
        yield Problem(("claims",), what, hint.format("the claims"))
    if scenario.precision is not None:
        what = "precision is that of a comparison, and the scenario has no factors"
        yield Problem(("precision",), what, hint.format("it"))


def _traffic(scenario: Scenario) -> Iterator[Problem]:
    endpoints = scenario.traffic.endpoints
    names = [e.name for e in endpoints]
    yield from _twice("endpoint", ("traffic", "endpoints"), "name", names)
    if sum(e.weight for e in endpoints) <= 0:
        yield Problem(("traffic", "endpoints"), "the weights add up to 0", "give an endpoint a weight above 0")
    for i, endpoint in enumerate(endpoints):
        place: Location = ("traffic", "endpoints", i)
        if endpoint.name in (*SCOPES, ALL, *MIX, *CONTROLS):
            yield Problem(
                (*place, "name"),
                f"an endpoint may not be named {endpoint.name!r}: the word is reserved",
                f"try {endpoint.name.lower()}_requests",
            )
        if endpoint.as_ is not None and endpoint.as_ not in endpoint.params:
            yield Problem(
                (*place, "as"),
                f"`as` names the param {endpoint.as_!r}, which the endpoint does not have",
                did_you_mean(endpoint.as_, endpoint.params) or "add it to params",
            )
        yield from _params(endpoint, place)
        yield from _affects(scenario, endpoint, place)


def _params(endpoint: Endpoint, place: Location) -> Iterator[Problem]:
    used = {endpoint.as_}
    templates: list[tuple[Location, Any]] = [
        (("path",), endpoint.path),
        (("body",), endpoint.body),
        (("form",), endpoint.form),
    ]
    templates += [(("headers", name), text) for name, text in endpoint.headers.items()]
    templates += [(("files", name), file.content) for name, file in endpoint.files.items()]
    for keys, value in templates:
        key = ".".join(map(str, keys))
        try:
            names = placeholders(value)
        except TemplateError as error:
            yield Problem((*place, *keys), f"{key}: {error}", "write {name}, and {{ for a brace")
            return
        used |= names
        for name in sorted(names - set(endpoint.params)):
            yield Problem(
                (*place, *keys),
                f"{key}: no param fills {{{name}}}",
                did_you_mean(name, endpoint.params) or f"add {name} to params",
            )
    for name, source in endpoint.params.items():
        # A writing endpoint may draw more than it sends: the reads after it are filled from it
        if name not in used and not endpoint.affects:
            yield Problem(
                (*place, "params", name),
                f"nothing uses the param {name!r}",
                f"write {{{name}}} in the path, the body, a header or a form, or remove it",
            )
        if isinstance(source, str) and not is_function(source) and source.count(".") != 2:
            yield Problem(
                (*place, "params", name),
                f"{source!r} is not a model field (app.Model.field)",
                "write it as auth.User.pk, for example, or write package.module:name of a function, or a list to choose from",
            )
        if isinstance(source, str) and is_function(source) and not _IMPORTABLE.fullmatch(source):
            yield Problem((*place, "params", name), f"{source!r} is not a function path", "write package.module:name")
        if isinstance(source, list):
            if not source:
                yield Problem((*place, "params", name), f"the list of {name!r} is empty", "give it a value")
            if any(isinstance(item, dict | list) or item is None for item in source):
                yield Problem((*place, "params", name), f"the list of {name!r} may contain only numbers and text")
    models = {s.rpartition(".")[0] for s in sources(endpoint).values()}
    for condition in endpoint.where:
        if condition.count(".") != 2 or condition.rpartition(".")[0] not in models:
            yield Problem(
                (*place, "where", condition),
                f"`where` names {condition!r}, but no param is drawn from that model",
                f"name a field of {' or '.join(sorted(models))}" if models else "remove it",
            )
    yield from _body(endpoint, place)


def _body(endpoint: Endpoint, place: Location) -> Iterator[Problem]:
    form = [key for key, value in (("form", endpoint.form), ("files", endpoint.files or None)) if value is not None]
    bodies = [key for key in ("body", *form) if key != "body" or endpoint.body is not None]
    if bodies and endpoint.method in READING_METHODS:
        yield Problem((*place, bodies[0]), f"a {endpoint.method} request has no body", "use the query string")
    if form and endpoint.body is not None:
        yield Problem((*place, "body"), f"a request has a body or a {form[0]}, not both", "remove one of them")
    kind = endpoint.content_type
    if endpoint.body is not None and kind is not None and not is_json(kind) and not endpoint.is_raw:
        hint = "write the fields under `form`" if "form" in kind else "write the body as text"
        yield Problem((*place, "body"), f"a body with keys or items is sent as JSON, not as {kind}", hint)
    for name, file in endpoint.files.items():
        given = [key for key in ("content", "path", "size") if getattr(file, key) is not None]
        if len(given) > 1:
            yield Problem((*place, "files", name), f"the file has {' and '.join(given)}", "keep one of them")
    if endpoint.auth is not None and endpoint.as_ is None:
        hint = "add `as` with the param that identifies the caller"
        yield Problem((*place, "auth"), f"{endpoint.name} has a login but no caller", hint)


def _affects(scenario: Scenario, endpoint: Endpoint, place: Location) -> Iterator[Problem]:
    names = [e.name for e in scenario.traffic.endpoints]
    if endpoint.affects and not endpoint.writes:
        yield Problem(
            (*place, "affects"),
            f"{endpoint.name} does not write, so it affects nothing",
            "add `writes: true`",
        )
    for i, name in enumerate(endpoint.affects):
        if name not in names:
            yield Problem(
                (*place, "affects", i),
                f"`affects` names the endpoint {name!r}, which does not exist",
                did_you_mean(name, names),
            )
        elif scenario.endpoint(name).writes:
            yield Problem((*place, "affects", i), f"`affects` names {name!r}, which writes", "name one that only reads")
        if name in endpoint.affects[:i]:
            yield Problem((*place, "affects", i), f"`affects` lists {name!r} twice", "remove one of them")


def _claims(scenario: Scenario) -> Iterator[Problem]:
    yield from _twice("claim", ("claims",), "id", [c.id for c in scenario.claims])
    names = [e.name for e in scenario.traffic.endpoints]
    for i, claim in enumerate(scenario.claims):
        place: Location = ("claims", i)
        if claim.metric not in CLAIM_METRICS:
            yield Problem(
                (*place, "metric"), f"unknown metric {claim.metric!r}", did_you_mean(claim.metric, CLAIM_METRICS)
            )
        elif metric_of(claim.metric).kind in SHARES:
            yield from _share(claim, place)
        elif claim.bound < 0:
            yield Problem((*place, "bound"), f"{claim.metric} is never below 0, but the bound is {claim.bound:g}")
        if claim.scope not in (*SCOPES, *names):
            yield Problem(
                (*place, "scope"),
                f"unknown scope {claim.scope!r}",
                did_you_mean(claim.scope, (*SCOPES, *names)),
            )
        if claim.scope == "audited" and not scenario.audited:
            yield Problem(
                (*place, "scope"),
                "no endpoint is audited",
                "add `audited: true` to an endpoint, or `scope: all`",
            )


def _share(claim: Claim, place: Location) -> Iterator[Problem]:
    if abs(claim.bound) <= 1:
        return
    meaning = SHARES[metric_of(claim.metric).kind]
    hint = f"write {claim.bound / 100:g} for {claim.bound:g}%" if abs(claim.bound) <= 100 else "write 0.95 for 95%"
    yield Problem((*place, "bound"), f"the bound of {claim.metric} is {meaning}, at most 1, not {claim.bound:g}", hint)


def _twice(kind: str, place: Location, key: str | None, names: Iterable[Any]) -> Iterator[Problem]:
    names = list(names)
    counts = Counter(names)
    for i, name in enumerate(names):
        if counts[name] > 1 and name in names[:i]:
            where = (*place, i) if key is None else (*place, i, key)
            yield Problem(where, f"the {kind} {name!r} is defined twice", "rename or remove one of them")
