"""Params of an endpoint: where their values come from, and how those of a write fill those of a read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from perflab.scenario.placeholders import placeholders

if TYPE_CHECKING:
    from perflab.scenario.traffic import Endpoint


def split(source: str) -> tuple[str, str]:
    """Split `app.Model.field` into (`app.Model`, `field`)."""
    model, _, field = source.rpartition(".")
    return model, field


def is_function(source: object) -> bool:
    """Tell whether a param's source is `package.module:name` of a function."""
    return isinstance(source, str) and ":" in source


def sources(endpoint: Endpoint) -> dict[str, str]:
    """Return the params that are drawn from rows, with their sources."""
    return {
        name: source for name, source in endpoint.params.items() if isinstance(source, str) and not is_function(source)
    }


def functions(endpoint: Endpoint) -> dict[str, str]:
    """Return the params that a function computes, with the function's name."""
    return {name: str(source) for name, source in endpoint.params.items() if is_function(source)}


def is_general(endpoint: Endpoint) -> bool:
    """Tell whether an endpoint reads no row in particular: no param stands in its path, and none is drawn from rows."""
    return not sources(endpoint) and not placeholders(endpoint.path.partition("?")[0])


class RowField(NamedTuple):
    """The row and the field that a source's values come from.

    Attributes:
        drawn: Label of the model that is drawn from.
        model: Label of the model whose row has the field: of the drawn one, or one that it refers to.
        path: The lookup path from the drawn row to that row; empty for the drawn row itself.
        field: The field there; `pk` for a key.
    """

    drawn: str
    model: str
    path: str
    field: str


def joined(*parts: str) -> str:
    """Join the parts of a lookup path; empty ones are left out."""
    return "__".join(filter(None, parts))


@dataclass(frozen=True, slots=True)
class Tie:
    """Some params of a read that come from one row, and the ways to fill them from a write.

    Attributes:
        ways: Each a way to fill all of them: param of the read -> key of the write's values, see `tied_key`.
        user: Whether the param is a user; where a write has two, each reads what is the other one's.
    """

    ways: Sequence[Mapping[str, str]]
    user: bool = False


def tied_key(param: str, field: str) -> str:
    """Return under which key a write's values have another field of the row that fills one of its params.

    Args:
        param: The param of the write.
        field: The lookup path of the other field, from the row that is drawn. No param is named so: it has a dot.
    """
    return f"{param}.{field}"


def tied_field(key: str) -> tuple[str, str] | None:
    """Return param and field of a key that `tied_key` made; None for the name of a param."""
    param, dot, field = key.partition(".")
    return (param, field) if dot else None


def ties(write: Endpoint, read: Endpoint, rows: Mapping[str, RowField], user_model: str | None = None) -> list[Tie]:
    """Find out how a write fills the params of a read, so that the read is of the row that is written.

    A param that is a key takes the write's param of the same name, if that is a key of the same model, and otherwise every param
    that is. Any other param is a field of a row that the write names, by its key, its slug, or whatever else it is drawn by.

    Args:
        write: The endpoint that writes.
        read: The endpoint that reads what was written.
        rows: For each source, the row and the field of its values.
        user_model: Label of the user model.
    """
    written = sources(write)
    made: list[Tie] = []
    of_drawn: dict[str, dict[str, str]] = {}  # model -> param of the read -> field, seen from a row of the model
    of_referred: dict[tuple[str, str], dict[str, str]] = {}
    for param, source in sources(read).items():
        drawn, model, path, field = rows[source]
        keys = [p for p, s in written.items() if field == rows[s].field == "pk" and rows[s].model == model]
        named = {rows[s].model for s in written.values()}
        if keys:
            ways = [param] if param in keys else keys
            made.append(Tie([{param: way} for way in ways], user=model == user_model))
        elif drawn in named:
            of_drawn.setdefault(drawn, {})[param] = joined(path, field)
        elif model in named:
            of_referred.setdefault((model, path), {})[param] = field
    for model, fields in [*of_drawn.items(), *((place[0], fields) for place, fields in of_referred.items())]:
        by = {p: rows[s].path for p, s in written.items() if rows[s].model == model}
        made.append(Tie([{p: tied_key(w, joined(path, f)) for p, f in fields.items()} for w, path in by.items()]))
    computed = functions(write)
    return made + [Tie([{p: p}]) for p, function in functions(read).items() if computed.get(p) == function]


def tied_fields(endpoints: Iterable[Endpoint], write: Endpoint, rows: Mapping[str, RowField]) -> dict[str, str]:
    """Return the further values that a write needs to fill the reads after it: {key: field of the drawn row}.

    Args:
        endpoints: All endpoints.
        write: The endpoint that writes.
        rows: For each source, the row and the field of its values.
    """
    keys = {
        key
        for read in endpoints
        if read.name in write.affects
        for tie in ties(write, read, rows)
        for way in tie.ways
        for key in way.values()
    }
    return {key: place[1] for key in sorted(keys) if (place := tied_field(key)) is not None}
