"""The key `data` of a scenario: what is in the database, and where it comes from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from perflab.scenario.source import Problem
from perflab.scenario.strict import Moment, RowsName, StrictModel, TablesFrom, Text

# A field of a model, or a column of a table that no model has.
FieldName = Annotated[str, StringConstraints(pattern=r"^[^.]+\.[^.]+(\.[^.]+)?$")]
# The keys that belong to a source, the first of which it needs.
OWN_KEYS = {
    "models": (), "database": ("source", "reuse", "keep", "mask"), "fixtures": ("fixtures",), "command": ("command",),
}  # fmt: skip


class Data(StrictModel):
    """The contents of the database."""

    as_of: Moment | None = Field(
        default=None,
        description="The moment at which the data ends and the requests begin, from which all dates are derived: a date (its "
        "beginning in UTC), or a date and time with a UTC offset, such as 2025-10-20T18:30+02:00. With a date, the requests "
        "begin when that day has begun both in UTC and in the project's TIME_ZONE. Default: for data from a database, fixtures "
        "or a command, the newest date or time in them that is not in the future; other data need this key.",
    )
    from_: Literal["models", "database", "fixtures", "command"] | None = Field(
        default=None,
        alias="from",
        description="Where rows come from without subject.seed. `models`: they are made from the models alone, so that fields, "
        "validators and constraints are satisfied. `database`: they are a copy of the database that `source` names. `fixtures`: "
        "`manage.py loaddata` loads them. `command`: a command of the project's own makes them. The last two run in the "
        "project's interpreter; their data is used again until their code, their files or the migrations change. Default: "
        "models, if there is no subject.seed.",
    )
    source: Text | None = Field(
        default=None,
        description="The database to copy: a URL (postgresql://user@host/name), an alias of the project's DATABASES, the path of "
        "an SQLite file, or `$NAME` of an environment variable that holds one of these. It is read in one read-only transaction "
        "and never written to; migrations that it lacks are run on the copy. It has to be of the kind that the project is "
        "measured on, and is copied to the database of the alias default.",
    )
    reuse: bool = Field(
        default=False,
        description="Use the copy of a PostgreSQL database that an earlier run has made, however old it is; otherwise each run "
        "takes a new one. The copy of an SQLite file is used again until the file changes.",
    )
    keep: list[FieldName] = Field(
        default_factory=list,
        description="Fields of a copied database that are not masked, such as shop.Shop.phone. Masked are names, mail and IP "
        "addresses, phones, postal addresses, dates of birth, tokens and passwords, by the names and types of fields: `perflab "
        "check` lists them. Equal values have equal masks of the same length; null stays null, empty stays empty, and what is "
        "unique stays so. The key of the masks is not kept.",
    )
    mask: list[FieldName] = Field(
        default_factory=list,
        description="Further fields that are masked, such as shop.Order.note. Texts and JSON whose names do not tell of personal "
        "data are otherwise copied as they are. A column of a table without a model is written as table.column.",
    )
    fixtures: list[Text] = Field(
        default_factory=list, description="The fixtures to load, in this order, as `manage.py loaddata` takes them."
    )
    command: Text | None = Field(
        default=None,
        description="The command of manage.py that fills the database, with its arguments, such as `create_demo --big`.",
    )
    rows: dict[RowsName, Annotated[int, Field(ge=0)]] = Field(
        default_factory=dict,
        description="Number of rows of each kind, before the profile's scale is applied. The kinds are those of the seeding, "
        "`{}` if it decides the numbers itself; for rows from the models they are labels such as auth.User, and `every` for all "
        "models that are not named (default 1,000). Other sources decide the numbers themselves.",
    )
    schema_: TablesFrom = Field(default="migrations", alias="schema")

    @property
    def is_drawn(self) -> bool:
        """Tell whether rows are drawn, from the project's description or its models, and not taken from elsewhere."""
        return self.from_ in (None, "models")

    def problems(self) -> Iterator[Problem]:
        """Yield the contradictions among the keys."""
        kind = self.from_ or "models"
        given = {name for name in ("source", "reuse", "keep", "mask", "fixtures", "command") if getattr(self, name)}
        for owner, keys in OWN_KEYS.items():
            for key in keys:
                if key in given and owner != kind:
                    yield Problem(
                        ("data", key), f"data.{key} is for `from: {owner}`", f"remove it, or write `from: {owner}`"
                    )
        needed = OWN_KEYS[kind][:1]
        if needed and needed[0] not in given:
            yield Problem(("data", "from"), f"data.{needed[0]} is missing, which `from: {kind}` needs", "add it")
        if self.is_drawn and self.as_of is None:
            yield Problem(("data", "as_of"), "data.as_of is missing", "add it")
        if not self.is_drawn and self.rows:
            yield Problem(("data", "rows"), f"data.rows has no meaning for `from: {kind}`", "remove it")
        if kind == "database" and self.schema_ != "migrations":
            yield Problem(("data", "schema"), "a copied database has its own tables", "remove data.schema")
        for name in {*self.keep} & {*self.mask}:
            yield Problem(("data", "mask"), f"{name} is in data.keep and in data.mask", "remove one of them")
