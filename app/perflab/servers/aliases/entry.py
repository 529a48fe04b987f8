"""One alias of DATABASES: the project's own entry first, the lab's place over it.

What decides how the project's queries run stays: the backend class, ATOMIC_REQUESTS, the isolation level, `-c` options. What
says where its database is, or who connects, goes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any

from perflab.scenario.subject.modules import backend_vendor
from perflab.servers.database import POSTGRESQL, SQLITE

TITLES = {POSTGRESQL: "PostgreSQL", SQLITE: "SQLite", "mysql": "MySQL", "oracle": "Oracle", "microsoft": "SQL Server"}

# What is true of an alias whichever kind of database it is on.
NEUTRAL = ("ATOMIC_REQUESTS", "AUTOCOMMIT", "TIME_ZONE", "CONN_HEALTH_CHECKS", "DISABLE_SERVER_SIDE_CURSORS")

# OPTIONS that say where a database is, who connects and how both sides know each other (libpq's parameters; `database` is
# sqlite3's), and those that the lab cannot keep: a pool hands out backends in turn, and a role exists on the project's server.
_NAMES = """
    host hostaddr port dbname database user password passfile service servicefile conninfo requirepeer requiressl
    sslmode sslcompression sslcert sslkey sslpassword sslcertmode sslrootcert sslcrl sslcrldir sslsni sslnegotiation sslkeylogfile
    ssl_min_protocol_version ssl_max_protocol_version min_protocol_version max_protocol_version channel_binding require_auth
    krbsrvname gsslib gssencmode gssdelegation target_session_attrs load_balance_hosts replication
    scram_client_key scram_server_key oauth_issuer oauth_client_id oauth_client_secret oauth_scope pool assume_role
"""
LEFT_OUT = frozenset(_NAMES.split())

# Backends whose drivers may be missing here: by name, without importing them.
KNOWN = {
    "sqlite3": SQLITE, "spatialite": SQLITE, "postgresql": POSTGRESQL, "postgresql_psycopg2": POSTGRESQL,
    "postgis": POSTGRESQL, "mysql": "mysql", "oracle": "oracle",
}  # fmt: skip
DJANGOS_OWN = ("django.db.backends.", "django.contrib.gis.db.backends.")
# For a backend of somebody else's that cannot be imported.
WORDS = (("postg", POSTGRESQL), ("psql", POSTGRESQL), ("lite", SQLITE), ("mysql", "mysql"), ("maria", "mysql"),
         ("oracle", "oracle"), ("mssql", "microsoft"))  # fmt: skip


def engine_vendor(engine: object) -> str | None:
    """Return the kind of database that a backend (ENGINE) is for, as its class says it; None where there is no backend."""
    name = str(engine or "")
    if not name or name == "django.db.backends.dummy":
        return None
    package, _, last = name.rpartition(".")
    if f"{package}." in DJANGOS_OWN and last in KNOWN:
        return KNOWN[last]
    vendor = backend_vendor(name)
    return next((vendor for word, vendor in WORDS if word in name), name) if vendor is None else vendor


def title_of(vendor: str | None) -> str:
    """Return what people call a kind of database."""
    return TITLES.get(vendor or "", vendor or "no database")


def merged(own: Mapping[str, Any], place: Mapping[str, Any]) -> dict[str, Any]:
    """Return an entry for DATABASES: the project's own, with the place of a database of the lab's.

    Where the project's backend is for another kind of database, only what holds for all kinds is kept.

    Args:
        own: The project's entry; {} where it has none.
        place: The lab's, as `django_settings` of its server returns it.
    """
    fits = engine_vendor(own.get("ENGINE")) == engine_vendor(place["ENGINE"])
    kept = {name: value for name, value in own.items() if name != "TEST" and (fits or name in NEUTRAL)}
    options = dict(kept.pop("OPTIONS", None) or {})
    options = {name: plain(value) for name, value in options.items() if name not in LEFT_OUT}
    placed = dict(place.get("OPTIONS") or {})
    both = " ".join(str(text) for text in (placed.get("options"), options.get("options")) if text)
    engine = own["ENGINE"] if fits else place["ENGINE"]
    return {
        **kept,
        **place,
        "ENGINE": engine,
        # PostgreSQL takes the last of two `-c`: the project's
        "OPTIONS": {**options, **placed, **({"options": both} if both else {})},
    }


def plain(value: Any) -> Any:
    """Return a value that another process reads without the driver that made it: of an enumeration's member what it holds."""
    return value.value if isinstance(value, Enum) else value


def remarks(alias: str, own: Mapping[str, Any], vendor: str) -> Iterator[str]:
    """Yield what of a project's entry does not hold in the lab, a sentence for each.

    Args:
        alias: Its alias.
        own: The project's entry.
        vendor: The kind of database that it is measured on.
    """
    theirs = engine_vendor(own.get("ENGINE"))
    if theirs is not None and theirs != vendor:
        yield f"{alias}: {title_of(theirs)} in the project, {title_of(vendor)} here; its ENGINE and OPTIONS are not used"
        return
    options = own.get("OPTIONS") or {}
    gone = sorted(name for name in options if name in LEFT_OUT and name != "pool")
    if options.get("pool"):
        yield f"{alias}: without its pool: each thread of a worker keeps one connection"
    if gone:
        yield f"{alias}: without {', '.join(gone)} of its OPTIONS: the server is perflab's"
