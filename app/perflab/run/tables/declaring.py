"""How tables and their columns are declared."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import pandas as pd

Row = dict[str, Any]
DType = Literal["bool", "int16", "int32", "int64", "float64", "string"]  # as Arrow names them

# What pandas calls a column that may be null; the others keep their name.
NULLABLE = {"bool": "boolean", "int16": "Int16", "int32": "Int32", "int64": "Int64"}


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table.

    `title` is what people call it. For a measured column, `timed` means that it depends on the machine's speed, `effect` that
    cells are compared by it, and `more_is_better` that an increase is a gain.
    """

    name: str
    dtype: DType = "string"
    unit: str | None = None
    title: str | None = None
    nullable: bool = True
    timed: bool = False
    effect: bool = False
    more_is_better: bool = False

    @property
    def pandas_dtype(self) -> str:
        """The dtype of this column in a DataFrame."""
        return NULLABLE.get(self.dtype, self.dtype) if self.nullable else self.dtype


@dataclass(frozen=True)
class Table:
    """One table of a run, a folder of its own. `per_round`: one file per round, or one for the whole run.

    `has_levels`: it has one column per factor, after `phase`, which says whether the factor was off or on.
    """

    name: str
    columns: tuple[Column, ...]
    per_round: bool = True
    has_levels: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns, in order."""
        return tuple(column.name for column in self.columns)

    @property
    def dtypes(self) -> dict[str, str]:
        """The dtype in pandas of each column."""
        return {column.name: column.pandas_dtype for column in self.columns}

    def with_factors(self, factors: Sequence[str]) -> Table:
        """Return this table with a column of text for each factor; itself where it has no levels."""
        if not self.has_levels:
            return self
        place = self.names.index("phase") + 1
        levels = (Column(name) for name in factors)
        return replace(self, columns=(*self.columns[:place], *levels, *self.columns[place:]), has_levels=False)

    @cached_property
    def schema(self) -> Any:
        """The table as a `pyarrow.Schema`, each field with its unit and title."""
        import pyarrow as pa

        def described(column: Column) -> Any:
            metadata = {key: text for key in ("unit", "title") if (text := getattr(column, key))}
            return pa.field(column.name, pa.type_for_alias(column.dtype), nullable=column.nullable, metadata=metadata)

        return pa.schema([described(column) for column in self.columns])

    def frame(self, rows: Iterable[Row]) -> pd.DataFrame:
        """Return rows as a DataFrame with exactly these columns, typed; a value that a row lacks is null."""
        import pandas as pd

        return pd.DataFrame.from_records(list(rows), columns=list(self.names)).astype(self.dtypes)


def rows_where(table: pd.DataFrame, /, **values: object) -> pd.DataFrame:
    """Return the rows of a DataFrame in which each of these columns has this value; null equals nothing."""
    for column, value in values.items():
        table = table[(table[column] == value).to_numpy(bool, na_value=False)]
    return table


# Columns that several tables have.
ROUND, STEP, BLOCK = (Column(name, "int32", nullable=False) for name in ("round", "step", "block"))
CELL, PHASE, ENDPOINT, METHOD, PATH, BODY, USER = map(
    Column, ("cell", "phase", "endpoint", "method", "path", "body", "user")
)
# A place in a response and the two values there: `expected` and `got` are JSON.
POINTER, KIND, EXPECTED, GOT = map(Column, ("pointer", "kind", "expected", "got"))
FINGERPRINT, STATEMENT, SOURCE = map(Column, ("fingerprint", "statement", "source"))
SECONDS = Column("seconds", "float64", "s")

# What a sampled stack belongs to; worker/probes/stacks.py has the rule. Under load a thread may also wait for a connection.
PARTS = ("database", "cache", "orm", "serialising", "templates", "middleware", "application", "framework")
POOL = "pool"
