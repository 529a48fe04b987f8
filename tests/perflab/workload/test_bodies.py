"""Bodies and their content types, read by Django's own parsers as a project reads them."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIRequest
from PIL import Image

from perflab.errors import InputError
from perflab.scenario.traffic import Endpoint
from perflab.worker.request import environ_of
from perflab.workload.bodies import body_of, headers_of
from perflab.workload.steps import Step

VALUES = {"n": 34, "name": "a&b=c é"}


def endpoint(**keys: Any) -> Endpoint:
    return Endpoint.model_validate({"name": "e", "method": "POST", "path": "/", "weight": 1, **keys})


def arrived(**keys: Any) -> WSGIRequest:
    """The request as Django's views see it."""
    made = endpoint(**keys)
    body, content_type = body_of(made, VALUES)
    headers = headers_of(made, VALUES, content_type)
    step = Step(1, 0, 0, 0.0, "measured", "e", "POST", "/", body, None, None, True, headers)
    return WSGIRequest(environ_of(step, step.headers))


def test_json_keeps_types_and_is_what_a_body_is_by_itself() -> None:
    request = arrived(body={"n": "{n}", "text": "no {n}", "list": [1, "{name}"]})
    assert request.content_type == "application/json"
    assert json.loads(request.body) == {"n": 34, "text": "no 34", "list": [1, "a&b=c é"]}
    assert arrived(body="text {n}").body == b'"text 34"'
    assert arrived(body={"a": 1}, headers={"content-type": "application/vnd.api+json; v=1"}).body == b'{"a": 1}'


def test_a_text_of_another_type_is_sent_as_it_is() -> None:
    request = arrived(body="item={n}&n=2", headers={"Content-Type": "application/x-www-form-urlencoded"})
    assert dict(request.POST.lists()) == {"item": ["34"], "n": ["2"]}
    request = arrived(body="<n>{n}</n>", headers={"content-type": "text/xml; charset=utf-8"})
    assert (request.body, request.content_type) == (b"<n>34</n>", "text/xml")


def test_a_form_is_urlencoded_and_its_values_are_quoted() -> None:
    form = {"n": "{n}", "name": "{name}", "tags": ["x", "{n}"], "agreed": True, "nothing": None, "price": 1.5}
    request = arrived(form=form, headers={"content-type": "application/json", "X-Id": "{n}"})
    assert dict(request.POST.lists()) == {
        "n": ["34"], "name": ["a&b=c é"], "tags": ["x", "34"], "agreed": ["true"], "nothing": [""], "price": ["1.5"],
    }  # fmt: skip
    assert request.headers["X-Id"] == "34"


def test_files_make_it_multipart_with_given_or_generated_contents(tmp_path: Path) -> None:
    own = tmp_path / "own.bin"
    own.write_bytes(b"\0\xff\r\n--")
    files = {
        "note": {"content": "for {name}"},
        "own": {"path": str(own), "name": "own.bin"},
        "big": {"size": 5000, "name": "big.pdf"},
        "png": {"name": "dot.png"},
        "gif": {"name": "dot.gif"},
        "empty": {"size": 0},
    }
    request = arrived(form={"n": "{n}"}, files=files)
    assert dict(request.POST.lists()) == {"n": ["34"]}
    sent: dict[str, Any] = {name: request.FILES[name] for name in files}
    assert sent["note"].read().decode() == "for a&b=c é"
    assert (sent["own"].read(), sent["own"].name) == (b"\0\xff\r\n--", "own.bin")
    assert (sent["big"].size, sent["big"].content_type) == (5000, "application/pdf")
    for name in ("png", "gif"):
        with Image.open(io.BytesIO(sent[name].read())) as picture:
            picture.load()
            assert (picture.size, picture.format) == ((1, 1), name.upper())
    assert sent["empty"].size == 0


def test_a_file_that_is_not_there_is_named() -> None:
    with pytest.raises(InputError, match=r"files: cannot read nowhere\.png: No such file"):
        body_of(endpoint(files={"f": {"path": "nowhere.png"}}), {})


def test_the_bytes_of_a_form_stand_as_text_in_the_trace() -> None:
    body, _ = body_of(endpoint(files={"png": {"name": "dot.png"}}), {})
    assert isinstance(body, bytes)
    row = Step(1, 0, 0, 0.0, "measured", "e", "POST", "/", body, None, None, True).as_row()
    assert row["body"].startswith("--perflab") and "\\x89PNG" in row["body"]
