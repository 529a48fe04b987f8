"""Which of a project's aliases share a database, and which have one of their own.

An alias is another's mirror, by a connection of its own, if the project says so (TEST.MIRROR), if both are at the same place,
or if the routers only ever read from it what they write to one other: a replica. Every other alias has a database of its own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from perflab.errors import InputError
from perflab.scenario import project
from perflab.scenario.subject.calls import in_project
from perflab.servers.aliases.entry import engine_vendor, merged, remarks
from perflab.servers.aliases.handler import no_databases
from perflab.servers.database import SQLITE, Database

DEFAULT = "default"
# How often routers are asked where a model is read: some choose among replicas at random.
ASKED = 16


@dataclass(frozen=True)
class Layout:
    """Hold the databases of a project.

    Attributes:
        homes: For each alias the one whose database it uses; `default` first.
        entries: The project's own entries, by alias.
    """

    homes: Mapping[str, str] = field(default_factory=lambda: {DEFAULT: DEFAULT})
    entries: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def owners(self) -> tuple[str, ...]:
        """The aliases that have a database of their own, in the order in which they are migrated: `default` first."""
        left = [alias for alias, home in self.homes.items() if alias == home]
        ordered: list[str] = []
        while left:
            ready = [alias for alias in left if not self._dependencies(alias) & {*left} - {alias}]
            ordered += ready[:1] or left[:1]  # a circle is begun anywhere
            left.remove(ordered[-1])
        return tuple(ordered)

    def _dependencies(self, alias: str) -> set[str]:
        test = self.entries.get(alias, {}).get("TEST") or {}
        return set(test.get("DEPENDENCIES", () if alias == DEFAULT else (DEFAULT,)))

    def names(self, base: str) -> dict[str, str]:
        """Return the database of each alias that has one of its own; `default` has `base`."""
        return {alias: name_of(base, alias) for alias in self.owners}

    def databases(self, server: Database, base: str) -> dict[str, dict[str, Any]]:
        """Return DATABASES: each alias as the project has it, on the lab's server.

        Args:
            server: The lab's server.
            base: The database of `default`, a template or a clone; the others' names follow from it.
        """
        return {
            alias: merged(self.entries.get(alias) or {}, server.django_settings(name_of(base, home)))
            for alias, home in self.homes.items()
        }

    def to_fill(self, server: Database, base: str) -> dict[str, dict[str, Any]]:
        """Return DATABASES for a template, to migrate, fill or read it.

        AUTOCOMMIT is on, else no migration would be committed. Options of SQLite would be written into the file, and every
        clone would inherit them.

        Args:
            server: The lab's server.
            base: The template of `default`.
        """
        entries = self.databases(server, base)
        for alias, entry in entries.items():
            entry["AUTOCOMMIT"] = True
            if server.vendor == SQLITE:
                entry["OPTIONS"] = server.django_settings(name_of(base, self.homes[alias])).get("OPTIONS", {})
        return entries

    def remarks(self, vendor: str) -> list[str]:
        """Return what of the project's DATABASES does not hold in the lab, a sentence for each.

        Args:
            vendor: The kind of database that the project is measured on.
        """
        sentences = []
        for alias, home in self.homes.items():
            if alias != DEFAULT:
                own = (
                    "has a database of its own"
                    if alias == home
                    else f"shares the database of {home}, by its own connection"
                )
                sentences.append(f"{alias}: {own}")
            sentences += remarks(alias, self.entries.get(alias) or {}, vendor)
        return [f"database {sentence}" for sentence in sentences]

    def inputs(self) -> dict[str, Any]:
        """Return what seeded data depends on, as plain data: {} of a project with one ordinary database."""
        described = {}
        for alias, home in self.homes.items():
            entry = self.entries.get(alias) or {}
            own = str((entry.get("OPTIONS") or {}).get("options") or "")
            engine = str(entry.get("ENGINE") or "")
            if alias != DEFAULT or own or engine.rpartition(".")[0] not in ("", "django.db.backends"):
                described[alias] = {"home": home, "engine": engine, "options": own, "zone": str(entry.get("TIME_ZONE"))}
        return described


def name_of(base: str, alias: str) -> str:
    """Return the name of an alias's database, where that of `default` is `base`."""
    return base if alias == DEFAULT else f"{base}_{hashlib.sha256(alias.encode()).hexdigest()[:6]}"


def layout_of(settings_module: str) -> Layout:
    """Return the databases of a project. Its routers are asked only if Django is set up; none of them gets a connection.

    Args:
        settings_module: The project's settings.

    Raises:
        InputError: An alias is the mirror of one that the project does not have.
    """
    entries = {DEFAULT: {}, **project.base_settings(settings_module)["DATABASES"]}
    mirrors: dict[str, str] = {}
    for alias in entries:
        mirrors[alias] = _mirrored(entries, alias) or _at_same_place(entries, mirrors, alias) or alias
    for alias, home in replicas(entries).items():
        if mirrors[alias] == alias:
            mirrors[alias] = home
    homes = {alias: _home(mirrors, alias) for alias in mirrors}
    # whoever shares a database with `default` uses its, whichever of them the project calls the mirror
    return Layout({alias: DEFAULT if home == homes[DEFAULT] else home for alias, home in homes.items()}, entries)


def _home(mirrors: Mapping[str, str], alias: str) -> str:
    """Follow mirrors of mirrors to the alias that owns the database; of a circle it is the first by name."""
    followed = [alias]
    while (next_one := mirrors[followed[-1]]) not in followed:
        followed.append(next_one)
    return min(followed[followed.index(next_one) :])


def _mirrored(entries: Mapping[str, Mapping[str, Any]], alias: str) -> str | None:
    """Return the alias that this one is the mirror of, as the project's own tests have it."""
    of = (entries[alias].get("TEST") or {}).get("MIRROR")
    if of is not None and of not in entries:
        raise InputError(
            f"DATABASES[{alias!r}] is a mirror of {of!r}, which does not exist", hint="see its TEST['MIRROR']"
        )
    return None if of is None else str(of)


def _at_same_place(entries: Mapping[str, Mapping[str, Any]], before: Mapping[str, str], alias: str) -> str | None:
    place = _place(entries[alias])
    if place is None:
        return None
    return next((other for other in before if _place(entries[other]) == place), None)


def _place(entry: Mapping[str, Any]) -> tuple[str, ...] | None:
    """Return where a database is; None where an entry does not say, or means one in memory, which nobody shares."""
    options = entry.get("OPTIONS") or {}
    name = str(options.get("dbname") or options.get("database") or entry.get("NAME") or "")
    service = str(options.get("service") or "")
    if not name and not service:
        return None
    if engine_vendor(entry.get("ENGINE")) == SQLITE:
        return None if ":memory:" in name or "mode=memory" in name else (SQLITE, str(Path(name).absolute()))
    host = options.get("host") or options.get("hostaddr") or entry.get("HOST") or ""
    return name, str(host), str(options.get("port") or entry.get("PORT") or ""), service


@in_project
def replicas(entries: Mapping[str, Any]) -> dict[str, str]:
    """Return each alias from which the routers only read, with the one alias to which they write the same models.

    The models must be at home there: what may not be migrated there is no copy of it. Models that the project does not
    manage say nothing. Without Django set up, or without routers, there are none.

    Args:
        entries: The project's entries in DATABASES.
    """
    from django.apps import apps

    if not apps.ready or len(entries) < 2:
        return {}
    from django.db import router

    written: set[str] = set()
    read: dict[str, set[str]] = {}
    with no_databases(entries):
        for model in apps.get_models(include_auto_created=True):
            if not model._meta.managed or model._meta.proxy:
                continue
            try:
                to = router.db_for_write(model)
                written.add(to)
                at_home = router.allow_migrate_model(to, model)
                sources = {router.db_for_read(model) for _ in range(ASKED)} - {to}
            except Exception:  # a router may need an instance, or a database, before it decides
                continue
            for alias in sources & {*entries}:
                read.setdefault(alias, set()).add(to if at_home else alias)
    return {
        alias: home for alias, homes in read.items() if alias not in written and len(homes) == 1
        for home in homes if home != alias and home in entries
    }  # fmt: skip
