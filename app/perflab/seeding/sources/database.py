"""A copy of an existing database (`data: {from: database}`), with personal data masked."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator, Sequence
from typing import Any

from perflab.errors import InputError
from perflab.seeding.copying.looks import look_like_mail
from perflab.seeding.copying.migrations import lacking
from perflab.seeding.copying.newest import columns
from perflab.seeding.copying.place import place_of
from perflab.seeding.copying.postgres import copy_database
from perflab.seeding.copying.programs import find_programs
from perflab.seeding.copying.sqlite import copy_file
from perflab.seeding.loading.drawing import LoadProgress
from perflab.seeding.masking import rules
from perflab.seeding.masking.fields import Field, fields_of_models
from perflab.seeding.masking.rules import Column, Mask, check_names, label_of, masked_fields, sentence
from perflab.seeding.sources.base import DataSource, Filled, Ground
from perflab.seeding.sources.counted import counted
from perflab.seeding.spec import SeedSpec
from perflab.seeding.target import ALIAS
from perflab.servers.aliases.entry import title_of
from perflab.servers.aliases.handler import close_all
from perflab.servers.database import POSTGRESQL
from perflab.servers.disk.home import open_home
from perflab.servers.sqlite import SqliteFiles


class Copied(DataSource):
    """A copy of an existing database.

    Args:
        spec: The data that is wanted.
    """

    by_models = True  # they say which columns are masked

    def __init__(self, spec: SeedSpec) -> None:
        super().__init__(spec)
        self.keep: list[str] = list(spec.data.get("keep") or ())
        self.mask: list[str] = list(spec.data.get("mask") or ())
        self.place = place_of(str(spec.data["source"]), spec.settings)
        # A file tells whether it has changed; a server does not.
        self.changes_by_itself = self.place.vendor == POSTGRESQL and not spec.data.get("reuse")

    def inputs(self) -> dict[str, Any]:
        """Return the database, as far as it tells of changes, and the masks."""
        masks = {"keep": sorted(self.keep), "mask": sorted(self.mask)}
        return {"data": {"from": "database", **self.place.facts(), **masks}}

    def prepare(self) -> list[str]:
        """Find out whether the copy can be measured on, and whether the fields that the scenario names exist.

        Returns:
            What is copied, and which fields of the models are masked.

        Raises:
            InputError: The source is on another kind of database, or there is no such field.
        """
        if self.place.vendor != self.spec.vendor:
            hint = f"write `database: {self.place.vendor}` under `subject`"
            there, here = title_of(self.place.vendor), title_of(self.spec.vendor)
            raise InputError(f"data.source is on {there}, but the project is measured on {here}", hint=hint)
        fields = fields_of_models()
        check_names(fields, {"keep": self.keep, "mask": self.mask})
        return [f"data is a copy of {self.place.title}", sentence(list(masked_fields(fields, self.keep, self.mask)))]

    def fill(self, ground: Ground) -> Filled:
        """Copy the database, and migrate the copy.

        Args:
            ground: The databases.
        """
        server, database, fields = ground.server, ground.names[ALIAS], fields_of_models()

        def masks_of(columns: Sequence[Column]) -> list[Mask]:
            return rules.masks(columns, fields, self.keep, self.mask)

        began, taken = time.monotonic(), dt.datetime.now(dt.UTC)
        lacks: list[str] = []
        ground.report(LoadProgress("read the source's schema", 0, 0))
        if isinstance(server, SqliteFiles):
            masks = copy_file(self.place, server, database, masks_of, ground.report)
        else:
            programs = find_programs(open_home())
            masks, lacks = copy_database(self.place, server, database, programs, masks_of, ground.report)
        seconds = time.monotonic() - began
        unmasked = self._unmasked(ground, masks, fields)
        migrations = lacking()
        ground.make_tables()
        close_all()
        labels = list(dict.fromkeys(mask.label for mask in masks))
        remarks = [
            f"a copy of {self.place.title}, taken on {taken:%Y-%m-%d at %H:%M} UTC", sentence(labels), *unmasked,
            *_others(ground), *lacks, *_migrated(migrations),
        ]  # fmt: skip
        return counted(ground, self.spec.settings, seconds, remarks, labels)

    def _unmasked(self, ground: Ground, masks: Sequence[Mask], fields: Sequence[Field]) -> list[str]:
        """Name the fields that are not masked, but look as if they should be."""
        masked = {(mask.column.owner, mask.column.name) for mask in masks}
        with ground.server.connect(ground.names[ALIAS]) as connection, ground.server.errors("cannot read the copy"):
            there = columns(connection, is_sqlite=isinstance(ground.server, SqliteFiles))
            suspects = look_like_mail(connection, [each for each in there if (each.table, each.name) not in masked])
            names = sorted({label_of(column, fields) for column in suspects} - {*self.keep})
        what = f"mail addresses seem to be in {', '.join(names)}, not masked: name them in `mask` or `keep`"
        return [what] if names else []


def _others(ground: Ground) -> Iterator[str]:
    """Name the databases of which there is no copy."""
    others = [alias for alias in ground.names if alias != ALIAS]
    if others:
        yield f"the databases of {', '.join(others)} have tables without rows: only that of {ALIAS} is copied"


def _migrated(migrations: Sequence[str]) -> Iterator[str]:
    if migrations:
        more = f" and {len(migrations) - 5} more" if len(migrations) > 5 else ""
        yield f"the source lacked {', '.join(migrations[:5])}{more}: the copy is migrated"
