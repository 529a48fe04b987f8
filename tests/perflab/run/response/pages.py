"""Responses of projects, as documents."""

from __future__ import annotations

import json

from perflab.run.response import Document, document

HTML = [("Content-Type", "text/html; charset=utf-8")]
JSON = [("Content-Type", "application/json")]


def form(name: str = "Item 1", token: str = "x", seen: int = 3) -> Document:
    """A page with a form, as most pages of Django projects are."""
    page = (
        f"<html><body><h1>{name}</h1>\n<p>seen {seen} times</p>\n<form method='post'>"
        f'<input type="hidden" name="csrfmiddlewaretoken" value="{token}"><input name="n"></form></body></html>'
    )
    return document(200, HTML, page.encode())


def rows(*keys: int) -> Document:
    """A list with these rows."""
    return document(200, JSON, json.dumps({"results": [{"id": key, "n": key % 3} for key in keys]}).encode())


def listed(*words: str) -> Document:
    """A page with a list of these words."""
    elements = "\n".join(f"<li>{word}</li>" for word in words)
    return document(200, HTML, f"<ul>\n{elements}\n</ul>\n<p>end</p>".encode())
