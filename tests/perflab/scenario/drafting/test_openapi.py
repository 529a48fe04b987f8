"""Writes by example from OpenAPI documents, of the marketplace's ninja and made up."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import get_resolver

from perflab.scenario.drafting.openapi import Write, documents, writes

MODELS = {"industry": "shop.Industry", "job": "shop.Job"}


def body_of(schema: dict[str, Any], **components: Any) -> Any:
    (write,) = described(schema, **components)
    return write.body


def described(schema: dict[str, Any], **components: Any) -> list[Write]:
    operation = {"operationId": "make", "requestBody": {"content": {"application/json": {"schema": schema}}}}
    document = {"paths": {"/jobs/": {"post": operation, "get": {}}}, "components": {"schemas": components}}
    return writes([document], MODELS)


def test_the_marketplaces_own_document_names_its_writes() -> None:
    assert get_resolver().url_patterns  # its URLs are loaded
    made = {(write.method, write.path): write for write in writes(documents(), {"job": "marketplace.Job"})}
    pay = made["POST", "/payments/"]
    assert pay.body["job_id"] == "{job_id}" and pay.params == {"job_id": "marketplace.Job.pk"}
    assert pay.body["method"] == "card" and pay.body["amount"] > 0
    assert made["POST", "/applications/{application_id}/withdraw/"].body is None
    assert not [path for method, path in made if method in ("GET", "DELETE")]


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"type": "string"}, "an example"),
        ({"type": "string", "maxLength": 4}, "an e"),
        ({"type": "string", "format": "date-time"}, "2025-01-15T12:00:00Z"),
        ({"type": "string", "enum": ["open", "closed"]}, "open"),
        ({"type": ["null", "integer"]}, 1),
        ({"type": "integer", "minimum": 5}, 5),
        ({"type": "integer", "exclusiveMinimum": 5}, 6),
        ({"type": "integer", "maximum": -2}, -2),
        ({"type": "number", "exclusiveMinimum": 1, "exclusiveMaximum": 2}, 1.5),
        ({"type": "boolean"}, False),
        ({"type": "array", "items": {"type": "integer"}}, []),
        ({"type": "array", "items": {"type": "integer"}, "minItems": 2}, [1, 1]),
        ({"anyOf": [{"type": "null"}, {"type": "string", "format": "date"}]}, "2025-01-15"),
        ({"example": {"a": 1}, "type": "object"}, {"a": 1}),
    ],
)
def test_a_value_is_one_of_its_schema(schema: dict[str, Any], value: Any) -> None:
    assert body_of(schema) == value


def test_an_object_has_what_it_needs_and_its_keys_are_rows() -> None:
    (write,) = described(
        {"$ref": "#/components/schemas/JobIn"},
        JobIn={"allOf": [{"$ref": "#/components/schemas/Base"}], "properties": {"industry": {"type": "integer"},
               "note": {"type": "string"}}, "required": ["industry"]},
        Base={"type": "object", "properties": {"job_id": {"type": "integer"}, "email": {"type": "string"}},
              "required": ["job_id", "email"]},
    )  # fmt: skip
    assert write.body == {"job_id": "{job_id}", "email": "somebody@example.com", "industry": "{industry}"}
    assert write.params == {"job_id": "shop.Job.pk", "industry": "shop.Industry.pk"}


def test_a_schema_that_refers_to_itself_ends() -> None:
    node = {"type": "object", "properties": {"next": {"$ref": "#/components/schemas/Node"}}, "required": ["next"]}
    assert "next" in body_of({"$ref": "#/components/schemas/Node"}, Node=node)
    assert body_of({"$ref": "#/components/schemas/Loop"}, Loop={"$ref": "#/components/schemas/Loop"}) is None


@pytest.mark.parametrize(
    "document", [{}, {"paths": []}, {"paths": {"/x": None}}, {"paths": {"/x": {"post": {"requestBody": 3}}}}]
)
def test_what_is_no_document_has_no_writes_that_cannot_be_made(document: dict[str, Any]) -> None:
    assert [write for write in writes([document], MODELS) if write.body is not None] == []


def test_forms_and_files_are_left_out() -> None:
    form = {"requestBody": {"content": {"multipart/form-data": {"schema": {"type": "object"}}}}}
    assert writes([{"paths": {"/x/": {"post": form}}}], MODELS) == []
