"""An index of the measured database, as both halves of perflab know it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, Self

# What made an index: a constraint needs it; Django makes one for a foreign key by itself; Meta.indexes or a field's db_index
# asks for it; anything else (such as Django's index for LIKE on a unique text).
Kind = Literal["constraint", "foreign_key", "meta", "field", "other"]


@dataclass(frozen=True, slots=True)
class Index:
    """One index. `key`: its columns or expressions in order; `terms`: the same with operator class, collation and direction,
    by which two keys are compared. `include`: what it carries along. `predicate` None: it is of all rows. `bytes` and
    `build_s` are None where they are unknown.
    """

    name: str
    table: str
    model: str | None
    kind: Kind
    key: tuple[str, ...]
    terms: tuple[str, ...]
    method: str = "btree"
    include: tuple[str, ...] = ()
    unique: bool = False
    predicate: str | None = None
    definition: str = ""
    bytes: int | None = None
    build_s: float | None = None

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> Self:
        """From what `as_dict` gave, also after a way through JSON."""
        known = {field.name for field in fields(cls)}
        values: dict[str, Any] = {
            name: tuple(v) if isinstance(v, list) else v for name, v in facts.items() if name in known
        }
        return cls(**values)

    @property
    def needed(self) -> bool:
        """Whether the schema cannot be without it."""
        return self.kind == "constraint" or self.unique
