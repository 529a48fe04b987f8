"""Which columns hold personal data: by the names of fields and the types of columns, and as the scenario changes that."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from perflab.errors import InputError, did_you_mean
from perflab.seeding.masking.fields import Field
from perflab.seeding.masking.names import ADDRESS, DATE, DIGITS, EMAIL, PASSWORD, SECRET, TEXT, kind_by_name

# What a column's values are, where its type tells it.
JSON, NUMBER, UUID, BYTES, ARRAY = "json", "number", "uuid", "bytes", "array"
# The scenario says so, whatever the name is.
NAMED = "named"

# What types of columns hold, in the words of both databases; what is not here is never masked.
_TYPES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), kind)
    for pattern, kind in (
        (r"^(text|character varying|varchar|citext).*\[\]$", ARRAY), (r"\[\]$|range", ""), (r"json", JSON),
        (r"char|text|clob|^name$|^$", TEXT), (r"^(inet|cidr)", ADDRESS), (r"^uuid", UUID), (r"^(bytea|blob)", BYTES),
        (r"^(date|timestamp)", DATE), (r"^(bigint|integer|numeric)", NUMBER),
    )
)  # fmt: skip
# The same by the names of Django's fields, where only the models are known.
_OF_FIELDS = {
    **dict.fromkeys(("CharField", "TextField", "SlugField", "EmailField", "URLField"), TEXT),
    **dict.fromkeys(("GenericIPAddressField", "IPAddressField"), ADDRESS),
    **dict.fromkeys(("IntegerField", "PositiveIntegerField", "BigIntegerField", "PositiveBigIntegerField"), NUMBER),
    "UUIDField": UUID, "BinaryField": BYTES, "JSONField": JSON, "DateField": DATE, "DateTimeField": DATE, "ArrayField": ARRAY,
}  # fmt: skip


@dataclass(frozen=True)
class Column:
    """A column of the database that is copied.

    Attributes:
        table: Its table.
        name: Its name.
        type: Its type, in the database's words.
        schema: The table's schema; None where a database has none.
        part_of: The partitioned table that its table is a part of.
        is_unique: Whether an index lets no two rows have the same value.
    """

    table: str
    name: str
    type: str
    schema: str | None = None
    part_of: str | None = None
    is_unique: bool = False

    @property
    def owner(self) -> str:
        """The table by which models know it."""
        return self.part_of or self.table


@dataclass(frozen=True)
class Mask:
    """A column whose values are masked.

    Attributes:
        label: The field, such as auth.User.email; `table.column` where no model has it.
        column: The column.
        kind: What its values are.
        is_unique: Whether no two rows may have the same value, however short values are.
    """

    label: str
    column: Column
    kind: str
    is_unique: bool = False


def masked_fields(fields: Sequence[Field], keep: Iterable[str], mask: Iterable[str]) -> dict[str, str]:
    """Return the fields of the models that are masked, with what their names tell of their values.

    Args:
        fields: All fields.
        keep: The scenario's `data.keep`: fields that are not masked, whatever they are called.
        mask: Its `data.mask`: fields that are masked besides.

    Raises:
        InputError: A mask would break a link between two tables, or there is none for a field.
    """
    kept, more = set(keep), set(mask)
    chosen: dict[str, str] = {}
    for field in fields:
        kind = _kind_of(field) or (NAMED if field.label in more else None)
        fits = kind is not None and masked_as(kind, _OF_FIELDS.get(field.kind, "")) is not None
        if field.label in more and field.target is not None:
            what = f"data.mask: {field.label} links to {field.target}, and a mask would break the link"
            raise InputError(what, hint="mask that field instead")
        if field.label in more and not fits:
            raise InputError(
                f"data.mask: no mask is known for {field.label}, which is a {field.kind}", hint="remove it"
            )
        if kind is not None and fits and field.label not in kept:
            chosen[field.label] = kind
    # What has the values of a masked field has the same masks.
    return {**chosen, **{field.label: chosen[field.target] for field in fields if field.target in chosen}}


def check_names(fields: Sequence[Field], names: Mapping[str, Iterable[str]], columns: Iterable[Column] = ()) -> None:
    """Find out whether all fields that a scenario names exist.

    Args:
        fields: The fields of the models.
        names: The names, by the key that has them.
        columns: The columns of the database, which may have tables of no model; none while it was not read.

    Raises:
        InputError: One does not exist; the message has the nearest one.
    """
    labels = [field.label for field in fields]
    there = {*labels, *(_label(column) for column in columns)}
    for key, wanted in names.items():
        for name in wanted:
            if name not in there and (columns or name.count(".") != 1):
                raise InputError(f"data.{key}: there is no field {name}", hint=did_you_mean(name, sorted(there)))


def masks(
    columns: Sequence[Column], fields: Sequence[Field], keep: Sequence[str] = (), mask: Sequence[str] = ()
) -> list[Mask]:
    """Return the masks of a database's columns, in their order.

    Args:
        columns: All columns of its tables.
        fields: The fields of the project's models.
        keep: Fields, or columns of no model, that are not masked.
        mask: Those that are masked besides.

    Raises:
        InputError: As `check_names` and `masked_fields`, or a column is of a type for which there is no mask.
    """
    check_names(fields, {"keep": keep, "mask": mask}, columns)
    chosen = masked_fields(fields, keep, mask)
    places = {(field.table, field.column): field for field in fields}
    targets = {field.target for field in fields}
    made = []
    for column in columns:
        field = places.get((column.owner, column.name))
        if field is None or field.schema not in (None, column.schema):
            field, label = None, _label(column)
            kind = _kind_of_column(column, keep, mask)
        else:
            label = field.label
            kind = chosen.get(label)
        if kind is None:
            continue
        fitting = masked_as(kind, _holds(column, field))
        if fitting is not None:
            linked = label in targets or (field is not None and field.target is not None)
            is_unique = (column.is_unique or (field is not None and field.is_unique)) and not linked
            made.append(Mask(label, column, fitting, is_unique))
        elif label in mask:
            raise InputError(f"data.mask: no mask is known for {label}, which is of the type {column.type}")
    return made


def sentence(labels: Sequence[str]) -> str:
    """Return the line that says what is masked.

    Args:
        labels: The fields.
    """
    free = "texts and JSON of other fields are copied as they are"
    if not labels:
        return f"no field is masked: none is called like one of personal data; {free}"
    return f"masked: {', '.join(sorted(labels))}; {free}"


def label_of(column: Column, fields: Sequence[Field]) -> str:
    """Return what a scenario calls a column: its field, or `table.column` where no model has it.

    Args:
        column: The column.
        fields: The fields of the project's models.
    """
    field = next((each for each in fields if (each.table, each.column) == (column.owner, column.name)), None)
    return _label(column) if field is None else field.label


def _label(column: Column) -> str:
    return f"{column.owner}.{column.name}"


def _kind_of(field: Field) -> str | None:
    """Return what kind of personal data a field holds by its class and its name; None for none."""
    if field.has_choices or field.target is not None:
        return None
    if field.kind == "EmailField":
        return EMAIL
    if _OF_FIELDS.get(field.kind) == ADDRESS:
        return ADDRESS
    model, _, name = field.label.lower().rpartition(".")
    return kind_by_name(name, model.rpartition(".")[2])


def _kind_of_column(column: Column, keep: Sequence[str], mask: Sequence[str]) -> str | None:
    """Return the kind of a column of no model."""
    if _label(column) in keep:
        return None
    by_name = kind_by_name(column.name.lower(), column.owner.lower())
    by_type = ADDRESS if _holds(column, None) == ADDRESS else None
    return by_name or by_type or (NAMED if _label(column) in mask else None)


def _holds(column: Column, field: Field | None) -> str:
    """Return what a column's type holds; empty where no mask is known for it. SQLite has JSON in columns of text."""
    held = next((kind for pattern, kind in _TYPES if pattern.search(column.type)), "")
    return JSON if held == TEXT and field is not None and field.kind == "JSONField" else held


def holds_text(column: Column) -> bool:
    """Say whether a column's type is one of texts or JSON documents.

    Args:
        column: The column.
    """
    return _holds(column, None) in (TEXT, JSON, ARRAY)


def masked_as(kind: str, held: str) -> str | None:
    """Return the mask of a column; None where it is not masked: a date or a number that is called like a name is none.

    Args:
        kind: What its name tells.
        held: What its type holds.
    """
    if kind == NAMED:
        return held or None
    fitting = {
        TEXT: kind if kind in (EMAIL, PASSWORD, ADDRESS) else TEXT, ADDRESS: ADDRESS, ARRAY: ARRAY,
        JSON: None if kind == DATE else JSON, DATE: DATE if kind == DATE else None, NUMBER: NUMBER if kind == DIGITS else None,
        UUID: UUID if kind == SECRET else None, BYTES: BYTES if kind in (SECRET, PASSWORD) else None,
    }  # fmt: skip
    return fitting.get(held)


def grouped(made: Iterable[Mask]) -> Iterator[tuple[tuple[str | None, str], list[Mask]]]:
    """Yield the masks of each table, by its schema and name."""
    tables: dict[tuple[str | None, str], list[Mask]] = {}
    for mask in made:
        tables.setdefault((mask.column.schema, mask.column.table), []).append(mask)
    yield from tables.items()
