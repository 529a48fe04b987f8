"""CACHES of a cell: every cache its own, of whatever backend, so that cells share nothing with each other or with the project.

A cache on a Redis-protocol server gets a part of the lab's server, one in files a folder. One in memory is a process' own anyhow,
and one in the database is a table of the cell's clone. Two aliases share entries here exactly if they do in production: they have
the same place there.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from perflab.errors import InputError
from perflab.scenario.loading import and_more
from perflab.scenario.project import BEHIND
from perflab.scenario.subject.modules import bases
from perflab.servers.valkey import KeySpace
from perflab.worker.probes.cache.keys import DEFAULT, DEFAULT_REVERSE, FromSettings, Prefixed, Reversed

Entry = Mapping[str, Any]

NOTHING, MEMORY, FILES, DATABASE, SERVER, MEMCACHED = "nothing", "memory", "files", "database", "server", "memcached"
# The modules of backends, by what they keep entries in. A project's own backend is one of these if its base class is.
FAMILIES = {
    "perflab.worker.switched_off": NOTHING,
    "django.core.cache.backends.dummy": NOTHING,
    "django.core.cache.backends.locmem": MEMORY,
    "django.core.cache.backends.filebased": FILES,
    "django.core.cache.backends.db": DATABASE,
    "django.core.cache.backends.redis": SERVER,
    "django.core.cache.backends.memcached": MEMCACHED,
    "django_redis": SERVER,
    "django_valkey": SERVER,
    "redis_cache": SERVER,
    "diskcache": FILES,
}
# What only a connection to the project's own server needs, in lower case; the lab's URL has all that the lab's server needs.
CONNECTION = frozenset(
    {"host", "port", "path", "db", "username", "password", "credential_provider", "client_name", "socket_keepalive",
     "socket_keepalive_options", "socket_type", "sentinels", "sentinel_kwargs"}
)  # fmt: skip
NESTED = ("CONNECTION_POOL_KWARGS", "CONNECTION_POOL_CLASS_KWARGS")
CLASSES = ("pool_class", "CONNECTION_POOL_CLASS", "CLIENT_CLASS")


@dataclass(frozen=True)
class CachePlace:
    """Where one cell's caches are.

    Attributes:
        space: Returns a part of the lab's server, by a number that the cell chooses.
        folder: A folder of the cell's own; it need not exist.
        module: The project's settings module.
    """

    space: Callable[[int], KeySpace]
    folder: Path
    module: str = ""


@dataclass
class _Numbers:
    """Number the places of the project's caches: the same place has the same number."""

    _numbers: dict[Any, int] = field(default_factory=dict)

    def of(self, place: Any) -> int:
        return self._numbers.setdefault(place, len(self._numbers))


def isolated(settings: Mapping[str, Any], place: CachePlace) -> dict[str, dict[str, Any]]:
    """Return the project's CACHES with every entry in a place of the cell's own.

    Args:
        settings: The project's settings, as the cell has them.
        place: The cell's place.
    """
    servers, folders = _Numbers(), _Numbers()

    def entry_of(alias: str, entry: Entry) -> dict[str, Any]:
        own = dict(entry)
        if BEHIND in own:
            own[BEHIND] = entry_of(alias, own[BEHIND])
            return own
        for name in ("KEY_FUNCTION", "REVERSE_KEY_FUNCTION"):
            if "<" in getattr(own.get(name), "__qualname__", ""):  # a lambda does not reach another process
                own[name] = FromSettings(place.module, alias, name)
        family = family_of(str(own.get("BACKEND", "")))
        if family == FILES:
            folder = os.path.realpath(own.get("LOCATION") or ".")
            own["LOCATION"] = str(place.folder / str(folders.of(folder)))
        elif family == SERVER:
            _onto(own, place.space(servers.of(server_of(entry))), settings)
        return own

    return {alias: entry_of(alias, entry) for alias, entry in settings["CACHES"].items()}


def _onto(entry: dict[str, Any], space: KeySpace, settings: Mapping[str, Any]) -> None:
    """Move an entry to a part of the lab's server."""
    options = _without_connection(entry.get("OPTIONS") or {})
    package = str(_known_module(str(entry["BACKEND"]))).partition(".")[0]
    factory = options.get("CONNECTION_FACTORY") or settings.get(f"{package.upper()}_CONNECTION_FACTORY")
    if "sentinel" in str(factory).lower():
        options["CONNECTION_FACTORY"] = f"{package}.pool.ConnectionFactory"
    if package == "redis_cache":  # of a URL's query it takes the database alone
        name = parse_qs(urlsplit(space.url).query)["client_name"][0]
        options["CONNECTION_POOL_CLASS_KWARGS"] = {
            **options.get("CONNECTION_POOL_CLASS_KWARGS", {}),
            "client_name": name,
        }
    if options or "OPTIONS" in entry:
        entry["OPTIONS"] = options
    entry["LOCATION"] = space.url
    if space.prefix:
        entry["KEY_FUNCTION"] = Prefixed(space.prefix, entry.get("KEY_FUNCTION") or DEFAULT)
        reverse = entry.get("REVERSE_KEY_FUNCTION")
        if reverse or package in ("django_redis", "django_valkey"):
            default = DEFAULT_REVERSE.replace("django_redis", package)
            entry["REVERSE_KEY_FUNCTION"] = Reversed(space.prefix, reverse or default)


def _without_connection(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return a backend's OPTIONS without what leads to the project's own server, or has no meaning on a socket."""
    kept = {}
    for name, value in options.items():
        word = name.lower()
        if word in CONNECTION or word == "ssl" or word.startswith("ssl_"):
            continue
        if name in CLASSES and re.search("sentinel|ssl", str(value), re.IGNORECASE):
            continue
        kept[name] = _without_connection(value) if name in NESTED and isinstance(value, Mapping) else value
    return kept


def server_of(entry: Entry) -> Any:
    """Return what tells whether two entries of CACHES are on the same database of the same server: its address there."""
    location, options = entry.get("LOCATION") or "", entry.get("OPTIONS") or {}
    servers = re.split("[;,]", location) if isinstance(location, str) else list(location)
    nested: Mapping[str, Any] = next((options[name] for name in NESTED if isinstance(options.get(name), Mapping)), {})
    database = next((o[name] for o in (options, nested) for name in ("db", "DB") if o.get(name) is not None), 0)
    addresses = [_address(str(server).strip(), database) for server in servers]
    # The first one is the primary, others are its replicas; but shards make up one cache.
    return tuple(sorted(addresses)) if "shard" in str(options.get("CLIENT_CLASS", "")).lower() else addresses[0]


def _address(server: str, database: Any) -> tuple[str, str]:
    split = urlsplit(server if "://" in server or server.startswith("/") else f"redis://{server}")
    on_socket = split.scheme in ("unix", "")
    named = parse_qs(split.query).get("db", [""])[0] or ("" if on_socket else split.path.strip("/"))
    host = "127.0.0.1" if split.hostname in ("localhost", None) else split.hostname
    return (split.path if on_socket else f"{host}:{split.port or 6379}"), str(named or database)


def family_of(backend: str) -> str | None:
    """Return what a backend keeps entries in, by its class or a base class of it; None for one that is unknown.

    Raises:
        InputError: It cannot be imported.
    """
    module = _known_module(backend)
    return FAMILIES[module] if module is not None else None


@cache
def _known_module(backend: str) -> str | None:
    """Return which of the modules in FAMILIES a backend is from, or its nearest base class that is from one."""
    modules = chain([backend], _bases(backend))  # lazily: a backend that is known by its path is not imported
    return next((k for module in modules for k in FAMILIES if module == k or module.startswith(f"{k}.")), None)


def _bases(backend: str) -> Iterator[str]:
    try:
        yield from bases(backend)
    except InputError as error:
        raise InputError(f"the cache backend {error.what}", hint=error.hint) from error


def all_on_server(caches: Mapping[str, Entry]) -> bool:
    """Tell whether the lab's server holds every cache of the project, so that its counters cover all lookups."""
    return bool(caches) and all(
        family_of(str(entry.get("BACKEND", ""))) in (NOTHING, SERVER) for entry in caches.values()
    )


def check(settings: Mapping[str, Any], where: str) -> None:
    """Refuse caches that cells cannot have of their own.

    Args:
        settings: The project's settings.
        where: The settings module, for the message.

    Raises:
        InputError: The first such cache, with the count of the others.
    """
    problems = [problem for alias, entry in settings["CACHES"].items() for problem in _problems(alias, entry)]
    if problems:
        what, hint = problems[0]
        raise InputError(what, where=where, hint=and_more(hint, len(problems)))


def _problems(alias: str, entry: Entry) -> Iterator[tuple[str, str]]:
    backend = str(entry.get("BACKEND", ""))
    name = f"CACHES[{alias!r}]"
    try:
        family = family_of(backend)
    except InputError as error:
        yield f"{name}: {error.what}", "install its package beside perflab"
        return
    instead = "measure with settings in which it is in memory, in files, in the database or on a Redis server"
    if family == MEMCACHED:
        yield f"{name} is on memcached, and perflab has none of its own: cells would share it with the project", instead
    elif family is None:
        yield f"{name}: perflab does not know how to give each cell a {backend} of its own", instead
