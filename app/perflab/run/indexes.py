"""An index of the measured database: experiment records it, reports read it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, Self

# Why there is an index: a constraint needs it; Django creates one for each foreign key; Meta.indexes or a field's db_index
# declares it; anything else (such as Django's index for LIKE on a unique text).
IndexKind = Literal["constraint", "foreign_key", "meta", "field", "other"]

# PostgreSQL's default costs: of a page that is read in order, of one that is not, and of a row with one condition.
SEQUENTIAL_PAGE, RANDOM_PAGE, ROW = 1.0, 4.0, 0.01 + 0.0025


@dataclass(frozen=True, slots=True)
class Index:
    """One index.

    `key` has its columns or expressions in order, `terms` adds operator class, collation and direction to each, for comparing
    two keys. `include` are the columns that are stored without being searched. Without a `predicate` the index covers all rows.
    `bytes` and `build_s` are None where they are unknown, and so are the rows and pages of its table, as the planner counts them.
    `package` is the installed app whose model it belongs to; None for the project's own.
    """

    name: str
    table: str
    model: str | None
    kind: IndexKind
    key: tuple[str, ...]
    terms: tuple[str, ...]
    method: str = "btree"
    include: tuple[str, ...] = ()
    unique: bool = False
    predicate: str | None = None
    definition: str = ""
    bytes: int | None = None
    build_s: float | None = None
    table_rows: int | None = None
    table_pages: int | None = None
    package: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the index as plain data."""
        return asdict(self)

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> Self:
        """Return the index that `as_dict` described, also after a detour through JSON; unknown keys are ignored."""
        names = {field.name for field in fields(cls)}
        values: dict[str, Any] = {
            name: tuple(v) if isinstance(v, list) else v for name, v in facts.items() if name in names
        }
        return cls(**values)

    @property
    def needed(self) -> bool:
        """Whether the schema needs it: a constraint, or unique."""
        return self.kind == "constraint" or self.unique

    @property
    def is_too_small(self) -> bool:
        """Whether its table is too small for an index to be chosen; False where its size is unknown, as on SQLite.

        By PostgreSQL's default costs reading the whole table is then cheaper than two pages at random, one of the index and one
        of the table: https://www.postgresql.org/docs/current/runtime-config-query.html#RUNTIME-CONFIG-QUERY-CONSTANTS.
        """
        if self.table_rows is None or self.table_pages is None:
            return False
        return self.table_pages * SEQUENTIAL_PAGE + self.table_rows * ROW < 2 * RANDOM_PAGE
