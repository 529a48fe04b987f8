"""Where an existing database is: what `data.source` of a scenario says, as a place to read from."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from psycopg import Error, conninfo, pq

from perflab.errors import InputError, did_you_mean
from perflab.scenario import project
from perflab.servers.aliases.entry import engine_vendor, title_of
from perflab.servers.database import POSTGRESQL, SQLITE

_URL = re.compile(r"(\w+)(\+\w+)?://")
_VARIABLE = re.compile(r"\$\{?(\w+)\}?")
HINT = "write a URL, an alias of DATABASES, or the path of an SQLite file"
# Seconds until a server that does not respond is given up.
CONNECT_TIMEOUT_S = 10


@dataclass(frozen=True)
class Place:
    """An existing database.

    Attributes:
        vendor: POSTGRESQL or SQLITE.
        title: What it is called on a page: it names neither host nor user.
        info: libpq's parameters, of a PostgreSQL.
        path: The file, of SQLite.
    """

    vendor: str
    title: str
    info: Mapping[str, Any] | None = None
    path: Path | None = None

    def address(self) -> str:
        """Return where it is, for a message: without a password."""
        if self.info is None:
            return str(self.path)
        info = self.info
        return (
            f"PostgreSQL at {info.get('host') or 'localhost'}:{info.get('port') or 5432}, database {info.get('dbname')}"
        )

    def facts(self) -> dict[str, Any]:
        """Return what a copy depends on: a file's size and the time of its last change; of a server only which database it is."""
        if self.path is None:
            return {"server": self.address()}
        wal = self.path.with_name(f"{self.path.name}-wal")
        states = [path.stat() for path in (self.path, wal) if path.exists()]
        return {"file": str(self.path), "states": [[state.st_size, state.st_mtime_ns] for state in states]}


def place_of(source: str, settings: str) -> Place:
    """Return the database that a scenario names. Nothing connects to it.

    Args:
        source: `data.source`: a URL, an alias of the project's DATABASES, the path of an SQLite file, or `$NAME` of an
            environment variable that holds one of these.
        settings: The project's settings module.

    Raises:
        InputError: There is none, or it is of another kind.
    """
    variable = _VARIABLE.fullmatch(source)
    if variable:
        if not os.environ.get(variable[1]):
            raise InputError(
                f"data.source: the environment variable {variable[1]} is not set", hint=f"export {variable[1]}=..."
            )
        return place_of(os.environ[variable[1]], settings)
    url = _URL.match(source)
    if url:
        return _of_url(source, url[1])
    entries: Mapping[str, Mapping[str, Any]] = project.base_settings(settings)["DATABASES"]
    if source in entries:
        return _of_entry(source, entries[source])
    path = Path(source).expanduser()
    if path.is_file():
        return Place(SQLITE, "an SQLite file", path=path.absolute())
    looks_like_a_path = "/" in source or path.suffix
    hint = None if looks_like_a_path else did_you_mean(source, entries)
    raise InputError(f"data.source: {source!r} is no URL, no alias of DATABASES and no file", hint=hint or HINT)


def _of_url(url: str, scheme: str) -> Place:
    if scheme in ("postgres", "postgresql"):
        try:
            info = conninfo.conninfo_to_dict(re.sub(r"^\w+(\+\w+)?:", "postgresql:", url))
        except Error:
            # without the driver's text, which may hold the password
            raise InputError(
                "data.source: not a PostgreSQL URL", hint="write postgresql://user:password@host:5432/database"
            ) from None
        return _postgres(info, "an existing PostgreSQL database")
    if scheme == "sqlite":
        path = Path(
            unquote(urlsplit(url).path).removeprefix("/")
        ).expanduser()  # sqlite:///relative, sqlite:////absolute
        if not path.is_file():
            raise InputError(f"data.source: there is no file {path}", hint=HINT)
        return Place(SQLITE, "an SQLite file", path=path.absolute())
    raise InputError(
        f"data.source: {scheme} is neither PostgreSQL nor SQLite, and perflab copies no other database",
        hint="use `from: fixtures` with the output of manage.py dumpdata",
    )


def _of_entry(alias: str, entry: Mapping[str, Any]) -> Place:
    vendor, title = engine_vendor(entry.get("ENGINE")), f"the database ‘{alias}’ of the settings"
    options = dict(entry.get("OPTIONS") or {})
    if vendor == SQLITE:
        path = Path(str(entry.get("NAME") or "")).absolute()
        if not path.is_file():
            raise InputError(f"data.source: DATABASES[{alias!r}] has no file {path}", hint=HINT)
        return Place(SQLITE, title, path=path)
    if vendor != POSTGRESQL:
        raise InputError(
            f"data.source: DATABASES[{alias!r}] is on {title_of(vendor)}, and perflab copies PostgreSQL and SQLite only",
            hint="use `from: fixtures` with the output of manage.py dumpdata",
        )
    names = {"NAME": "dbname", "USER": "user", "PASSWORD": "password", "HOST": "host", "PORT": "port"}
    given = {libpq: entry[name] for name, libpq in names.items() if entry.get(name)}
    return _postgres({**{name: value for name, value in options.items() if name in _parameters()}, **given}, title)


def _postgres(info: Mapping[str, Any], title: str) -> Place:
    if "service" in info:
        raise InputError(
            "data.source: names of services are not read", hint="write postgresql://user@host:5432/database"
        )
    own = {name: str(value) for name, value in info.items() if value not in (None, "")}
    return Place(
        POSTGRESQL, title, {"connect_timeout": str(CONNECT_TIMEOUT_S), "application_name": "perflab", **own}
    )  # fmt: skip


def _parameters() -> set[str]:
    return {option.keyword.decode() for option in pq.Conninfo.get_defaults()}


def environment(info: Mapping[str, Any]) -> dict[str, str]:
    """Return libpq's parameters as variables for a program: unlike its arguments, nobody else can read them.

    Args:
        info: The parameters, by libpq's names; one that has no variable is left out.
    """
    variables = {option.keyword.decode(): option.envvar for option in pq.Conninfo.get_defaults()}
    return {
        variable.decode(): str(value) for name, value in info.items() if (variable := variables.get(name)) is not None
    }
