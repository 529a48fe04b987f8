"""What perflab reads of a project that is set up, to propose a scenario for it: its routes, models, caches and logins."""

from __future__ import annotations

import inspect
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from perflab.scenario import project
from perflab.scenario.subject.calls import in_project
from perflab.scenario.urls.routes import readable

# So many characters of a view's source are read for the model that a param names.
MAX_SOURCE = 20_000
# So many characters before a keyword, the model stands whose row it names.
NEAR = 120


@dataclass(frozen=True)
class Route:
    """A URL pattern.

    Attributes:
        path: Its path as a scenario writes it: /jobs/{job_id}/.
        name: Its name, with its namespaces.
        params: What it takes, and the converter of each: int, str, slug, uuid, or `re` for an expression.
        view: Module and name of the view.
        model: Label of the model that the view shows; None if that is not known.
        fields: The field by which the view finds a row of that model, by param.
        lookups: Further models and fields that the view's source names beside a param: {param: (label, field)}.
    """

    path: str
    name: str | None
    params: tuple[tuple[str, str], ...]
    view: str
    model: str | None = None
    fields: dict[str, str] = field(default_factory=dict)
    lookups: dict[str, tuple[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Column:
    """A field of a model, by which a row may be named in a URL.

    Attributes:
        name: The field's name; `pk` for the primary key.
        kind: What its values are: int, uuid, slug or str.
        unique: Whether a value names one row.
    """

    name: str
    kind: str
    unique: bool


@dataclass(frozen=True)
class Model:
    """A model of the project.

    Attributes:
        label: Its label.
        app: The label of its app.
        name: Its name in small letters.
        columns: Its columns of numbers, texts and UUIDs, the key first.
        owner: The name of the foreign key to the user model; None without one.
        links: The foreign keys, by the label of the model that they lead to.
        table: The name of its table.
        parents: Labels of the models whose rows its own bring along.
    """

    label: str
    app: str
    name: str
    columns: tuple[Column, ...]
    owner: str | None
    links: dict[str, str]
    table: str = ""
    parents: tuple[str, ...] = ()


@dataclass(frozen=True)
class Facts:
    """All of it.

    Attributes:
        django: Django's version.
        routes: The URL patterns.
        models: The models.
        user: Label of the user model; None in a project without users.
        username: The field by which users log in.
        superusers: Whether the user model has is_superuser.
        sessions: Whether a session middleware is installed.
        tokens: Whether Django REST framework's tokens are.
        caches: The aliases of the caches that the project configures, and that keep something.
        indexes: Whether the models declare indexes.
        auth: How callers log in, if the user says so: session, token, or `package.module:name` of a function.
        static_root: The folder of collected static files; None if the settings name none.
    """

    django: str
    routes: Sequence[Route]
    models: Sequence[Model]
    user: str | None
    username: str | None
    superusers: bool
    sessions: bool
    tokens: bool
    caches: Sequence[str]
    indexes: bool
    static_root: str | None = None
    auth: str | None = None


@in_project
def look(settings_module: str) -> Facts:
    """Read the project that is set up here.

    Args:
        settings_module: The project's settings, as they are without perflab's changes.
    """
    import django
    from django.apps import apps
    from django.contrib.auth import get_user_model

    from perflab.scenario.lookups import user_label
    from perflab.scenario.subject import index_kinds

    user = user_label() or None
    model: Any = get_user_model() if user else None
    models = [_model(each, user) for each in apps.get_models() if not each._meta.proxy and each._meta.managed]
    names = {each.__name__: each._meta.label for each in apps.get_models()}
    own = project.base_settings(settings_module)
    caches = {} if own["CACHES"] == project.default_setting("CACHES") else own["CACHES"]
    return Facts(
        django=django.get_version(),
        routes=list(_routes(names)),
        models=models,
        user=user,
        username=model.USERNAME_FIELD if user else None,
        superusers=bool(user) and any(each.name == "is_superuser" for each in model._meta.concrete_fields),
        sessions=any("Session" in name.rpartition(".")[2] for name in own["MIDDLEWARE"]),
        tokens=apps.is_installed("rest_framework.authtoken"),
        caches=[alias for alias, entry in caches.items() if not str(entry.get("BACKEND")).endswith("DummyCache")],
        indexes=any(kind in ("meta", "field") for kind in index_kinds.of_models().values()),
        static_root=os.path.abspath(own["STATIC_ROOT"]) if own.get("STATIC_ROOT") else None,
    )


def _model(model: Any, user: str | None) -> Model:
    fields = [each for each in model._meta.concrete_fields if each.is_relation and each.related_model is not None]
    links = {each.related_model._meta.label: each.name for each in reversed(fields)}
    columns = [Column("pk", kind_of(model._meta.pk), True)]
    plain = [each for each in model._meta.concrete_fields if not each.is_relation and not each.primary_key]
    columns += [Column(each.name, kind_of(each), each.unique) for each in plain if kind_of(each)]
    return Model(
        model._meta.label,
        model._meta.app_label,
        model._meta.model_name,
        tuple(columns),
        links.get(user or ""),
        links,
        model._meta.db_table,
        tuple(parent._meta.label for parent in model._meta.get_parent_list()),
    )


def kind_of(field: Any) -> str:
    """Return what a field's values are in a URL: int, uuid, slug or str; empty for anything else.

    Args:
        field: The field; a foreign key is what it leads to.
    """
    while getattr(field, "is_relation", False) and getattr(field, "target_field", None) is not None:
        field = field.target_field
    kind = field.get_internal_type()
    if kind.endswith(("IntegerField", "AutoField")):
        return "int"
    return {"UUIDField": "uuid", "SlugField": "slug", "CharField": "str"}.get(kind, "")


def _routes(names: dict[str, str]) -> Iterator[Route]:
    from django.urls import get_resolver

    yield from _of_patterns(get_resolver().url_patterns, "/", (), (), names)


def _of_patterns(
    patterns: Sequence[Any],
    before: str,
    namespaces: tuple[str, ...],
    taken: tuple[tuple[str, str], ...],
    names: dict[str, str],
) -> Iterator[Route]:
    from django.urls import URLPattern, URLResolver

    for pattern in patterns:
        path = before + str(pattern.pattern)
        params = (*taken, *_params(pattern.pattern))
        if isinstance(pattern, URLResolver):
            spaces = (*namespaces, pattern.namespace) if pattern.namespace else namespaces
            yield from _of_patterns(pattern.url_patterns, path, spaces, params, names)
        elif isinstance(pattern, URLPattern):
            name = ":".join((*namespaces, pattern.name or "")) or None
            yield _route(readable(path), name, params, pattern.callback, names)


def _params(pattern: Any) -> Iterator[tuple[str, str]]:
    converters = getattr(pattern, "converters", {})
    for name in pattern.regex.groupindex:
        converter = converters.get(name)
        yield (
            name,
            "re"
            if converter is None
            else type(converter).__name__.removesuffix("Converter").replace("String", "Str").lower(),
        )


def _route(
    path: str, name: str | None, params: Sequence[tuple[str, str]], callback: Any, names: dict[str, str]
) -> Route:
    view = getattr(callback, "view_class", None) or getattr(callback, "cls", None) or inspect.unwrap(callback)
    shown = f"{getattr(view, '__module__', '')}.{getattr(view, '__qualname__', type(view).__name__)}"
    options = {key: getattr(view, key, None) for key in _OPTIONS}
    model = _shown_model(view, options)
    fields: dict[str, str] = {}
    if options["lookup_field"]:
        fields[options["lookup_url_kwarg"] or options["lookup_field"]] = options["lookup_field"]
    elif options["pk_url_kwarg"]:
        fields |= {options["pk_url_kwarg"]: "pk", options["slug_url_kwarg"] or "slug": options["slug_field"] or "slug"}
    return Route(
        path, name, tuple(params), shown, model, fields, dict(_lookups(view, [each for each, _ in params], names))
    )


_OPTIONS = ("model", "queryset", "lookup_field", "lookup_url_kwarg", "pk_url_kwarg", "slug_url_kwarg", "slug_field")


def _shown_model(view: Any, options: dict[str, Any]) -> str | None:
    for candidate in (options["model"], getattr(options["queryset"], "model", None)):
        if isinstance(candidate, type) and hasattr(candidate, "_meta") and not candidate._meta.abstract:
            return str(candidate._meta.label)
    serializer = getattr(view, "serializer_class", None)
    model = getattr(getattr(serializer, "Meta", None), "model", None)
    return None if model is None else str(model._meta.label)


def _lookups(view: Any, params: Sequence[str], names: dict[str, str]) -> Iterator[tuple[str, tuple[str, str]]]:
    """Yield what a view's source says of its params: `get_object_or_404(Job, id=job_id)`."""
    try:
        source = inspect.getsource(view)[:MAX_SOURCE]
    except (OSError, TypeError):
        return
    for param in params:
        value = rf"(?:self\.kwargs(?:\.get\(|\[)\s*['\"]|kwargs\[['\"]|\w*\()?{re.escape(param)}\b"
        for match in re.finditer(rf"\b(\w+)\s*=\s*{value}", source):
            before = re.findall(r"\b[A-Z]\w+\b", source[max(0, match.start() - NEAR) : match.start()])
            if (model := next((name for name in reversed(before) if name in names), None)) is not None:
                yield param, (names[model], match[1])
                break
