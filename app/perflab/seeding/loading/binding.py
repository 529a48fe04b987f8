"""The values of archetypes as a database stores them: made where the project is, by its own fields and its own driver."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from perflab.errors import InputError, PerflabError, one_line
from perflab.scenario.subject.calls import in_project

NULL = "\\N"
# COPY's own escapes: the backslash first
ESCAPES = (("\\", "\\\\"), ("\t", "\\t"), ("\n", "\\n"), ("\r", "\\r"), ("\b", "\\b"), ("\f", "\\f"), ("\v", "\\v"))


@in_project
def bound(model: Any, archetypes: Sequence[Any], names: Sequence[str], connection: Any) -> list[tuple[Any, ...]]:
    """Return each archetype's values of some fields, as Django's connection would bind them.

    Args:
        model: The model.
        archetypes: Instances of it, or of a model derived from it.
        names: The fields' attributes, in the order of their values.
        connection: Django's.

    Raises:
        InputError: An archetype has no value for a field that may not be null, or one that the field does not take.
    """
    rows = _bound(model, archetypes, names, connection)
    return [tuple(bytes(value) if isinstance(value, memoryview) else value for value in values) for values in rows]


@in_project
def texts(model: Any, archetypes: Sequence[Any], names: Sequence[str], connection: Any) -> list[str]:
    """Return each archetype's values of some fields, as one piece of COPY text; errors as of `bound`.

    Args:
        model: The model.
        archetypes: Unsaved instances of it.
        names: The fields, by the names of their columns' attributes.
        connection: Django's connection.
    """
    fields = _fields(model, names)
    written = _by_psycopg(model, fields) or _by_the_server(model, fields, connection)
    return [
        "\t".join(NULL if text is None else escaped(text) for text in written(values))
        for values in _bound(model, archetypes, names, connection)
    ]


def _fields(model: Any, names: Sequence[str]) -> list[Any]:
    by_name = {field.attname: field for field in model._meta.concrete_fields}
    return [by_name[name] for name in names]


def _bound(model: Any, archetypes: Sequence[Any], names: Sequence[str], connection: Any) -> Iterator[tuple[Any, ...]]:
    fields = _fields(model, names)
    for archetype in archetypes:
        values = []
        for field in fields:
            raw = getattr(archetype, field.attname)
            if raw is None and not field.null:
                raise _error(
                    model,
                    f"{field.name} may not be null, and an archetype has no value for it",
                    "add it to columns, or to the factory",
                )
            try:
                values.append(field.get_db_prep_save(raw.value if isinstance(raw, enum.Enum) else raw, connection))
            except Exception as error:
                raise _unfit(model, field, raw, error) from error
        yield tuple(values)


def _error(model: Any, what: str, hint: str) -> InputError:
    return InputError(what, where=f"seed of {model._meta.label}", hint=hint)


def _unfit(model: Any, field: Any, value: object, error: Exception) -> PerflabError:
    return _error(
        model,
        f"{field.name} does not accept an archetype's value {repr(value)[:60]}: {one_line(error)[:150]}",
        "correct the factory",
    )


Texts = Callable[[Sequence[Any]], "list[str | None]"]


def _by_psycopg(model: Any, fields: Sequence[Any]) -> Texts | None:
    """Return the function that writes values as psycopg does; None where the project has not its version 3."""
    try:
        from psycopg.adapt import PyFormat, Transformer
    except ImportError:
        return None
    transformer: Any = Transformer()

    def text(value: Any) -> str:
        if isinstance(value, str):
            return value
        if isinstance(value, dict):
            return hstore(value)
        if isinstance(value, dt.datetime) and value.tzinfo is not None:
            value = value.astimezone(dt.timezone.utc)  # noqa: UP017 - Python 3.10 has no datetime.UTC
        dumped = transformer.get_dumper(value, PyFormat.TEXT).dump(value)
        return "" if dumped is None else bytes(dumped).decode()

    def written(values: Sequence[Any]) -> list[str | None]:
        made: list[str | None] = []
        for field, value in zip(fields, values, strict=True):
            try:
                made.append(None if value is None else text(value))
            except Exception as error:
                raise _unfit(model, field, value, error) from error
        return made

    return written


def _by_the_server(model: Any, fields: Sequence[Any], connection: Any) -> Texts:
    """Return the function that lets the database itself write values: psycopg2 makes literals, and no text for COPY."""
    columns = ", ".join(["(%s)::text"] * len(fields))

    def written(values: Sequence[Any]) -> list[str | None]:
        try:
            with connection.cursor() as cursor:
                cursor.execute(f"SELECT {columns}", values)
                return list(cursor.fetchone())
        except Exception as error:
            raise _error(
                model, f"an archetype's values cannot be bound: {one_line(error)[:150]}", "correct the factory"
            ) from error

    return written


def hstore(pairs: dict[str, str | None]) -> str:
    """Return key-value pairs as the type hstore reads them."""

    def quoted(text: str) -> str:
        return '"{}"'.format(text.replace("\\", "\\\\").replace('"', '\\"'))

    return ", ".join(f"{quoted(key)}=>{'NULL' if value is None else quoted(value)}" for key, value in pairs.items())


def escaped(text: str) -> str:
    """Return a value as COPY reads it."""
    for plain, written in ESCAPES:
        if plain in text:
            text = text.replace(plain, written)
    return text
