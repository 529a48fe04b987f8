"""The body of a request and its content type: JSON, raw text, a form, or a form with files. The same in every process."""

from __future__ import annotations

import json
import mimetypes
import struct
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from perflab.errors import InputError
from perflab.scenario.placeholders import fill_body, fill_text
from perflab.scenario.traffic import Endpoint, File

BOUNDARY = "perflab-41bd56c0f8b24b3c"
TEXT = b"The quick brown fox jumps over the lazy dog, 0123456789.\n"
TEXT_BYTES = 1_000

Body = str | bytes | None


def body_of(endpoint: Endpoint, values: Mapping[str, Any]) -> tuple[Body, str | None]:
    """Return the body of a request, and the Content-Type of a form; any other is that of the headers, or JSON.

    Args:
        endpoint: The endpoint.
        values: A value for each of its params.

    Raises:
        InputError: A file of the scenario cannot be read.
    """
    if endpoint.form is not None or endpoint.files:
        fields = list(_fields(endpoint.form or {}, values))
        if not endpoint.files:
            return urlencode(fields), "application/x-www-form-urlencoded"
        return _multipart(fields, endpoint.files, values), f"multipart/form-data; boundary={BOUNDARY}"
    if endpoint.body is None:
        return None, None
    if endpoint.is_raw:
        return fill_text(endpoint.body, values), None
    return json.dumps(fill_body(endpoint.body, values), ensure_ascii=False), None


def headers_of(endpoint: Endpoint, values: Mapping[str, Any], content_type: str | None) -> dict[str, str]:
    """Return the headers of a request, beside those of its caller.

    Args:
        endpoint: The endpoint.
        values: A value for each of its params.
        content_type: The body's Content-Type, which replaces that of the endpoint; None leaves it.
    """
    headers = {name: fill_text(text, values) for name, text in endpoint.headers.items()}
    if content_type is None:
        return headers
    kept = {name: text for name, text in headers.items() if name.lower() != "content-type"}
    return {**kept, "Content-Type": content_type}


def _fields(form: Mapping[str, Any], values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in form.items():
        for item in value if isinstance(value, list) else [value]:
            yield name, _text(fill_text(item, values) if isinstance(item, str) else item)


def _text(value: Any) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _multipart(fields: list[tuple[str, str]], files: Mapping[str, File], values: Mapping[str, Any]) -> bytes:
    parts = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{_quoted(name)}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields
    ]
    for name, file in files.items():
        file_name = file.name or f"{name}.txt"
        kind = file.type or mimetypes.guess_type(file_name)[0] or "application/octet-stream"
        place = f'form-data; name="{_quoted(name)}"; filename="{_quoted(file_name)}"'
        head = f"--{BOUNDARY}\r\nContent-Disposition: {place}\r\nContent-Type: {kind}\r\n\r\n"
        parts.append(head.encode() + _contents(file, kind, values) + b"\r\n")
    return b"".join([*parts, f"--{BOUNDARY}--\r\n".encode()])


def _quoted(name: str) -> str:
    return name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


def _contents(file: File, kind: str, values: Mapping[str, Any]) -> bytes:
    if file.content is not None:
        return fill_text(file.content, values).encode()
    if file.path is not None:
        try:
            return Path(file.path).read_bytes()
        except OSError as error:
            raise InputError(
                f"files: cannot read {file.path}: {error.strerror or error}",
                hint="a relative path starts in the project's folder",
            ) from error
    if file.size is None and kind == "image/png":
        return _png()
    if file.size is None and kind == "image/gif":
        return _gif()
    size = TEXT_BYTES if file.size is None else file.size
    return (TEXT * (size // len(TEXT) + 1))[:size]


def _png() -> bytes:
    """Return a picture of one grey pixel: a header, a compressed row with its filter, and the end."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0\x80")) + chunk(b"IEND", b"")
    )


def _gif() -> bytes:
    """Return a picture of one black pixel, of two colours."""
    screen = b"GIF89a" + struct.pack("<HHBBB", 1, 1, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff"
    return screen + b"," + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02\x44\x01\0" + b";"
