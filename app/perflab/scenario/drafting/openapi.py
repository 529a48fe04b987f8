"""The writes of a project that describes them by OpenAPI (django-ninja, drf-spectacular), with a body by example for each."""

from __future__ import annotations

import gc
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from perflab.scenario.subject.calls import in_project

WRITING = ("post", "put", "patch")
JSON = "application/json"
# A schema that refers to itself has examples so deep.
DEEPEST = 6
# By the format of a text, one that has it.
FORMATS = {
    "date": "2025-01-15", "date-time": "2025-01-15T12:00:00Z", "time": "12:00:00", "email": "somebody@example.com",
    "uri": "https://example.com/", "url": "https://example.com/", "uuid": "00000000-0000-4000-8000-000000000000",
    "ipv4": "192.0.2.1", "hostname": "example.com", "decimal": "1.00",
}  # fmt: skip
KEYS = ("_id", "_pk", "_uuid", "")


@dataclass(frozen=True)
class Write:
    """A request that writes, as the project's schema describes it.

    Attributes:
        method: POST, PUT or PATCH.
        path: Its path, as a scenario writes it.
        name: The operation's name.
        body: A body by example; None for a request without one.
        params: Where values in the body come from: placeholders of it, by the name of a model's field.
    """

    method: str
    path: str
    name: str
    body: Any = None
    params: Mapping[str, str] = field(default_factory=dict)


@in_project
def documents() -> list[dict[str, Any]]:
    """Return the project's OpenAPI documents; none where it has no library that makes one, or that fails."""
    made: list[dict[str, Any]] = []
    ninja, spectacular = sys.modules.get("ninja"), sys.modules.get("drf_spectacular.generators")
    if ninja is not None:
        apis = [each for each in gc.get_objects() if isinstance(each, ninja.NinjaAPI)]
        made += [document for api in apis if (document := _of_ninja(api)) is not None]
    if spectacular is None and "drf_spectacular" in sys.modules:
        from importlib import import_module

        spectacular = import_module("drf_spectacular.generators")
    if spectacular is not None:
        try:
            made.append(spectacular.SchemaGenerator().get_schema(request=None, public=True))
        except Exception:  # a project whose schema cannot be made has none
            pass
    return made


def _of_ninja(api: Any) -> dict[str, Any] | None:
    """Return the document of an API of ninja; None for one that no URL leads to."""
    import json

    try:
        return dict(json.loads(json.dumps(api.get_openapi_schema(), default=str)))
    except Exception:
        return None


def writes(documents: Sequence[Mapping[str, Any]], models: Mapping[str, str]) -> list[Write]:
    """Return the writes that some documents describe, each with a body by example.

    Args:
        documents: OpenAPI documents, whoever wrote them: what cannot be understood is left out.
        models: Labels of the project's models, by their names in small letters.
    """
    made: dict[tuple[str, str], Write] = {}
    for document in documents:
        paths = document.get("paths")
        for path, operations in paths.items() if isinstance(paths, Mapping) else ():
            for method in WRITING:
                operation = operations.get(method) if isinstance(operations, Mapping) else None
                if isinstance(operation, Mapping) and (write := _write(document, path, method, operation, models)):
                    made.setdefault((write.method, write.path), write)
    return list(made.values())


def _write(
    document: Mapping[str, Any], path: str, method: str, operation: Mapping[str, Any], models: Mapping[str, str]
) -> Write | None:
    name = str(operation.get("operationId") or f"{method} {path}")
    content = _resolved(document, operation.get("requestBody")).get("content")
    if content is None:
        return Write(method.upper(), path, name)
    schema = (content.get(JSON) or {}).get("schema") if isinstance(content, Mapping) else None
    if not isinstance(schema, Mapping):
        return None  # a form or a file
    examples = _Examples(document, models)
    body = examples.of(schema)
    return Write(method.upper(), path, name, body, examples.params)


class _Examples:
    """Makes values by example, and notes the placeholders in them.

    Args:
        document: The OpenAPI document, for its references.
        models: Labels of the project's models, by their names in small letters.
    """

    def __init__(self, document: Mapping[str, Any], models: Mapping[str, str]) -> None:
        self._document, self._models = document, models
        self.params: dict[str, str] = {}

    def of(self, schema: Any, name: str = "", depth: int = 0) -> Any:
        """Return a value of a schema.

        Args:
            schema: The schema.
            name: The key that has the value.
            depth: How many others it is in.
        """
        schema = _merged(self._document, _resolved(self._document, schema))
        for key in ("const", "example", "default"):
            if schema.get(key) is not None:
                return schema[key]
        if isinstance(schema.get("examples"), list) and schema["examples"]:
            return schema["examples"][0]
        if isinstance(schema.get("enum"), list) and schema["enum"]:
            return schema["enum"][0]
        kind = schema.get("type")
        if isinstance(kind, list):
            kind = next((each for each in kind if each != "null"), None)
        if kind in ("integer", "string") and (placeholder := self._row(name, schema)) is not None:
            return placeholder
        return self._of_kind(kind, schema, name, depth)

    def _of_kind(self, kind: Any, schema: Mapping[str, Any], name: str, depth: int) -> Any:
        if kind == "object" or "properties" in schema:
            required = schema.get("required") or ()
            properties = schema.get("properties") or {}
            if depth > DEEPEST:
                return {}
            return {key: self.of(properties[key], key, depth + 1) for key in required if key in properties}
        if kind == "array":
            number = int(schema.get("minItems") or 0)
            return [self.of(schema.get("items"), name, depth + 1)] * number if depth <= DEEPEST else []
        if kind in ("integer", "number"):
            return _number(schema, whole=kind == "integer")
        if kind == "boolean":
            return False
        return _text(schema, name) if kind == "string" else None

    def _row(self, name: str, schema: Mapping[str, Any]) -> str | None:
        """Return a placeholder for the key of a row, where the name of a value is that of a model."""
        for suffix in KEYS:
            stem = name.removesuffix(suffix) if suffix else name
            label = self._models.get(stem.replace("_", "").lower())
            is_key = schema.get("type") == "integer" or schema.get("format") == "uuid" or bool(suffix)
            if label is not None and is_key and (not suffix or name.endswith(suffix)):
                self.params[name] = f"{label}.pk"
                return "{" + name + "}"
        return None


def _resolved(document: Mapping[str, Any], schema: Any) -> dict[str, Any]:
    """Return a schema after its references, `#/components/schemas/JobIn`."""
    for _ in range(DEEPEST):
        if not isinstance(schema, Mapping):
            return {}
        reference = schema.get("$ref")
        if not isinstance(reference, str):
            return dict(schema)
        place: Any = document
        for part in reference.removeprefix("#/").split("/"):
            place = place.get(part) if isinstance(place, Mapping) else None
        schema = place
    return {}


def _merged(document: Mapping[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """Return a schema with those that it is made of, or the first of those that it may be."""
    parts = [_resolved(document, each) for each in schema.get("allOf") or ()]
    choices = [_resolved(document, each) for key in ("anyOf", "oneOf") for each in schema.get(key) or ()]
    parts += [each for each in choices if each.get("type") != "null"][:1]
    merged: dict[str, Any] = {}
    for part in (*parts, schema):
        properties = {**merged.get("properties", {}), **(part.get("properties") or {})}
        required = [*merged.get("required", ()), *(part.get("required") or ())]
        merged |= {key: value for key, value in part.items() if key not in ("allOf", "anyOf", "oneOf")}
        if properties:
            merged |= {"properties": properties, "required": list(dict.fromkeys(required))}
    return merged


def _number(schema: Mapping[str, Any], *, whole: bool) -> int | float:
    """Return a number within the limits of a schema, 1 if it may be."""
    limits = {key: float(value) for key, value in schema.items() if isinstance(value, int | float)}
    low = limits.get("minimum", limits.get("exclusiveMinimum", float("-inf")))
    low += 1 if "exclusiveMinimum" in limits and whole else 0
    high = limits.get("maximum", limits.get("exclusiveMaximum", float("inf")))
    value = min(max(1.0, low), high)
    if not whole and value in (limits.get("exclusiveMinimum"), limits.get("exclusiveMaximum")):
        value = (low + high) / 2 if high < float("inf") else low + 1
    return int(value) if whole else value


def _text(schema: Mapping[str, Any], name: str) -> str:
    """Return a text of a schema's format and length."""
    made = FORMATS.get(str(schema.get("format"))) or (FORMATS["email"] if "email" in name.lower() else "an example")
    longest, shortest = schema.get("maxLength"), schema.get("minLength")
    if isinstance(shortest, int) and len(made) < shortest:
        made = (made + " " + "x" * shortest)[: max(shortest, 1)]
    return made[:longest] if isinstance(longest, int) else made
