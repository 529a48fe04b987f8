"""Which columns hold personal data: by the names of fields and the types of columns, and as the scenario changes that."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from perflab.errors import InputError, did_you_mean
from perflab.seeding.masking.fields import Field

# What a column's values are. The first ones are told by its name, the others by its type.
TEXT, EMAIL, PASSWORD, ADDRESS, DATE, DIGITS, SECRET = (
    "text", "email", "password", "ip address", "date", "digits", "secret",
)  # fmt: skip
JSON, NUMBER, UUID, BYTES, ARRAY = "json", "number", "uuid", "bytes", "array"
# The scenario says so, whatever the name is.
NAMED = "named"

_WHOSE = (
    "first|last|middle|full|given|family|maiden|nick|user|display|real|legal|screen|contact|author|owner|customer|client|recipient"
    "|sender|patient|holder|member|employee|guest|billing|shipping|account"
)
_NUMBERS = "card|account|licen[cs]e|house|passport|tax|vat|insurance"
# The first rule that fits a name decides. `(^|_)` and `(_|$)` keep `ip` out of `zip`, and `name` out of `namespace`.
_RULES: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern))
    for kind, pattern in (
        (PASSWORD, r"passw(or)?d|pass_?phrase|(^|_)pwd(_|$)"),
        (EMAIL, r"e_?mail"),
        (ADDRESS, r"(^|_)ip(_?addr(ess)?|v4|v6)?(_|$)|remote_addr"),
        (SECRET, r"token|secret|pass_?code|credential|cookie|signature|(^|_)(otp|totp|pin|cvv|salt)(_|$)"),
        (SECRET, r"session_?(key|data|id)$"),
        (SECRET, r"(api|access|private|auth|ping|badge|signing|activation|verification|recovery|backup)_?(key|code)"),
        (TEXT, rf"^(({_WHOSE})_?)+names?(_|$)|_({_WHOSE})_?names?$|surname|forename|(^|_)initials(_|$)"),
        (TEXT, r"^(login|handle|object_repr)$"),
        (DIGITS, r"phone(_|$|n)|(^|_)(mobile|fax|tel|cell|msisdn|whatsapp)(_|$|_?(no|nr|number)$)"),
        (TEXT, r"address|(^|_)addr(_?\d)?(_|$)|street|(^|_)zip(_?code)?(_|$)|post_?(al_?)?code"),
        (DIGITS, rf"(^|_)(ssn|iban|bic|swift|passport|national_id|tax_?id|vat_?id|({_NUMBERS})_?n(o|r|umber))(_|$)"),
        (DATE, r"birth|(^|_)dob(_|$)"),
    )
)  # fmt: skip
# Names that end like that say which row another one belongs to, but for those of papers and sessions.
_KEY = re.compile(r"(?<!session)(?<!national)(?<!tax)(?<!vat)_id$")
# A field that is only called name, or key, is a person's or a token's if its table is one of persons or tokens.
_PERSONS = re.compile(
    r"user|person|people|customer|client|profile|member|contact|employee|patient|student|author|subscriber|guest|recipient"
    r"|applicant|candidate|teacher|child|parent|owner|attendee|participant|staff"
)
_TOKENS = re.compile(r"token|api_?key|credential")

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
    """

    table: str
    name: str
    type: str
    schema: str | None = None
    part_of: str | None = None

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
            is_unique = field is not None and field.is_unique and label not in targets and field.target is None
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


def kind_by_name(name: str, table: str) -> str | None:
    """Return what kind of personal data a name tells of; None for none.

    Args:
        name: The name of a field or column, in small letters.
        table: The name of its model or table, in small letters.
    """
    if _KEY.search(name):
        return None
    for kind, pattern in _RULES:
        if pattern.search(name):
            return kind
    if (name in ("name", "names") and _PERSONS.search(table)) or (name == "key" and _TOKENS.search(table)):
        return TEXT if name != "key" else SECRET
    return None


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
