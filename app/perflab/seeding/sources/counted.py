"""What a source that draws no rows itself has put into the databases: counted, and its newest moment read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from perflab.scenario import project
from perflab.seeding.copying.newest import columns, newest_moment, rows_of, zone_of
from perflab.seeding.masking.fields import fields_of_models
from perflab.seeding.sources.base import Filled, Ground
from perflab.servers.aliases.handler import close_all
from perflab.servers.sqlite import SqliteFiles


def counted(
    ground: Ground, settings: str, seconds: float, remarks: Sequence[str], masked: Sequence[str] = ()
) -> Filled:
    """Return what is in the databases now. A query for each table, and one for each that has dates.

    Args:
        ground: The databases.
        settings: The project's settings module.
        seconds: How long filling them took.
        remarks: What the data are, in sentences.
        masked: The fields whose values are masked.
    """
    close_all()  # what Django's connections have begun is seen by others when it has ended
    fields, zone = fields_of_models(), zone_of(project.base_settings(settings))
    now = dt.datetime.now(dt.UTC)
    rows: dict[str, int] = {}
    moments: list[dt.datetime] = []
    for database in ground.names.values():
        with ground.server.connect(database) as connection, ground.server.errors("cannot read the data"):
            there = columns(connection, is_sqlite=isinstance(ground.server, SqliteFiles))
            rows = {**rows_of(connection, fields, there), **rows}
            moment = newest_moment(connection, there, now, zone)
            moments += [moment] if moment is not None else []
    newest = max(moments, default=now.replace(microsecond=0))
    return Filled(rows, seconds, tuple(remarks), tuple(masked), newest.isoformat())
