"""Requests from what a server or a browser has written down: access logs, JSON lines, HAR files."""

from __future__ import annotations

import gzip
import io
import json
import math
import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

from perflab.errors import InputError

# nginx and Apache (common and combined), and gunicorn: `... [10/Oct/2025:13:55:36 +0200] "GET /x HTTP/1.1" 200 ...`
# The target is taken whole at once: clients can send long ones, and the time would grow with the square of their length.
_LINE = re.compile(
    r'\[(\d\d)/(\w{3})/(\d{4}):(\d\d):(\d\d):(\d\d) ([+-]\d{4})\] "([A-Z]{3,7}) (\S++)(?:( [^"]*+")|(?<=")) (\d{3}) '
)
MONTHS = {
    "Jan": 1, "Feb": 2, "Mar": 3, "Apr": 4, "May": 5, "Jun": 6, "Jul": 7, "Aug": 8, "Sep": 9, "Oct": 10, "Nov": 11, "Dec": 12,
}  # fmt: skip
_ADDRESS = re.compile(r"[0-9a-fA-F.:]{3,45}(?= )")
# The names that a JSON line may have for a thing.
METHODS, PATHS = ("method", "request_method", "verb"), ("path", "uri", "request_uri", "url", "request_path")
CLIENTS = ("client_ip", "remote_addr", "remote_ip", "client", "ip")
STATUSES, TIMES = (
    ("status", "status_code", "response_status"),
    ("time", "timestamp", "@timestamp", "time_iso8601", "ts"),
)
# The names that a duration may have, in a JSON line or as `name=value` at the end of a log's line, and their unit in seconds.
# The time of the application server comes first: it has no slow client in it.
DURATIONS = {
    "upstream_response_time": 1.0, "urt": 1.0, "request_time": 1.0, "rt": 1.0, "response_time_s": 1.0, "duration_s": 1.0,
    "response_time_ms": 1e-3, "duration_ms": 1e-3, "response_time_us": 1e-6, "duration_us": 1e-6,
}  # fmt: skip
_NAMED = re.compile(rf'\b({"|".join(DURATIONS)})="?(\d+(?:\.\d+)?)"?(?=\s|$)')
# gunicorn's %(L)s, or nginx's $request_time without a name: whole numbers could be anything, and are not read.
_LAST = re.compile(r"(?:^|\s)(\d+\.\d+)$")
# What clients sent, which could say `rt=0`: a field in quotation marks and nothing else. nginx and Apache escape those within.
_QUOTED = re.compile(r'(?:^|(?<=\s))"(?:[^"\\]|\\.)*+"(?=\s|$)')
LONGEST_LINE = 65_536
LARGEST_HAR = 512 * 1024**2


@dataclass(frozen=True, slots=True)
class Logged:
    """One request.

    Attributes:
        method: Its method.
        path: Its path, without host and query.
        status: The status of the response.
        at_s: When, in seconds since 1970; None where that is not told.
        seconds: How long it took; None where that is not told.
        client: The hash of the address that it came from, which differs from process to process; None where that is not told.
    """

    method: str
    path: str
    status: int
    at_s: float | None
    seconds: float | None = None
    client: int | None = None


def read(file: Path) -> Iterator[Logged | None]:
    """Yield the requests of a file; None for a line that is none. Reads line by line, but a HAR file whole.

    Args:
        file: An access log, JSON lines (both may be packed as .gz) or a HAR file.

    Raises:
        InputError: It cannot be read.
    """
    try:
        if file.suffix.lower() == ".har":
            yield from _of_har(file)
            return
        with _opened(file) as stream:
            while line := stream.readline(LONGEST_LINE):
                text = line.decode("utf-8", errors="replace").strip()
                if text:
                    yield _of_json(text) if text.startswith("{") else _of_line(text)
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(
            f"cannot read {file}: {error}", hint="give an access log, JSON lines, or a .har file"
        ) from error


def _opened(file: Path) -> IO[bytes]:
    return io.BufferedReader(gzip.open(file, "rb")) if file.suffix == ".gz" else file.open("rb")


def _of_line(line: str) -> Logged | None:
    match = _LINE.search(line)
    if match is None:
        return None
    day, month, year, hour, minute, second, zone, method, target, protocol, status = match.groups()
    try:
        days = datetime(int(year), MONTHS[month], int(day), int(hour), int(minute), int(second), tzinfo=UTC).timestamp()
    except (KeyError, ValueError, OverflowError):
        return None
    offset = (int(zone[:3]) * 60 + int(zone[0] + zone[3:])) * 60
    path = _path(target if protocol else target.removesuffix('"'))
    address = _ADDRESS.match(line)
    client = hash(address[0]) if address else None
    return Logged(method, path, int(status), days - offset, _took(line[match.end() :]), client)


def _took(fields: str) -> float | None:
    """Return how long a request took, by the fields after its status: by name, or else the last one if it is a decimal."""
    own = _QUOTED.sub("", fields)
    named = {name: float(number) * DURATIONS[name] for name, number in _NAMED.findall(own)}
    if named:
        return _finite(next(named[name] for name in DURATIONS if name in named))
    last = _LAST.search(own)
    return _finite(float(last[1])) if last else None


def _finite(seconds: float) -> float | None:
    return seconds if math.isfinite(seconds) else None


def _path(target: str) -> str:
    """Return the path of a request's target, whether a URL or a path."""
    if target.startswith("/") and not target.startswith("//"):
        return target.partition("?")[0]
    try:
        return urlsplit(target).path or "/"
    except ValueError:
        return target[:1]


def _of_json(line: str) -> Logged | None:
    try:
        data = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(data, Mapping):
        return None
    method, target, status = _first(data, METHODS), _first(data, PATHS), _first(data, STATUSES)
    words = str(data.get("request", "")).split()
    if method is None and len(words) >= 2:  # nginx's $request: GET /x HTTP/1.1
        method, target = words[0], words[1]
    client = _first(data, CLIENTS)
    return logged(
        method, target, status, _first(data, TIMES), _duration(data), client if isinstance(client, str) else None
    )


def _duration(data: Mapping[str, Any]) -> float | None:
    for name, unit in DURATIONS.items():
        try:
            seconds = float(data[name]) * unit
        except (KeyError, TypeError, ValueError, OverflowError):
            continue
        if math.isfinite(seconds) and seconds >= 0:
            return seconds
    return None


def _first(data: Mapping[str, Any], names: tuple[str, ...]) -> Any:
    return next((data[name] for name in names if data.get(name) is not None), None)


def logged(
    method: Any, target: Any, status: Any, at: Any, seconds: float | None = None, address: str | None = None
) -> Logged | None:
    """Return a request from values of any type; None where they are none of a request.

    Args:
        method: Its method.
        target: Its path or URL.
        status: The status of the response, as a number or text.
        at: When: seconds or milliseconds since 1970, ISO 8601, or a datetime.
        seconds: How long it took.
        address: Where it came from.
    """
    try:
        code = int(status)
    except (TypeError, ValueError, OverflowError):
        return None
    if not isinstance(method, str) or not isinstance(target, str) or not 100 <= code <= 599:
        return None
    client = None if address is None else hash(address)
    return Logged(method.upper()[:7], _path(target), code, _moment(at), seconds, client)


def _moment(at: Any) -> float | None:
    try:
        if isinstance(at, int | float) and not isinstance(at, bool):
            seconds = float(at) / 1000 if at > 1e11 else float(at)  # some write milliseconds
            return seconds if math.isfinite(seconds) else None
        return datetime.fromisoformat(str(at)).timestamp()
    except (ValueError, OverflowError, OSError):
        return None


def _of_har(file: Path) -> Iterator[Logged | None]:
    if file.stat().st_size > LARGEST_HAR:
        raise InputError(f"{file} is larger than {LARGEST_HAR // 1024**2} MB", hint="give an access log instead")
    try:
        data = json.loads(file.read_bytes())
        entries = data["log"]["entries"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise InputError(f"{file} is no HAR file", hint="save it in the browser's network tab as HAR") from None
    for entry in entries if isinstance(entries, list) else ():
        try:
            request, response = entry["request"], entry["response"]
            yield logged(request["method"], request["url"], response["status"], entry.get("startedDateTime"))
        except (KeyError, TypeError, AttributeError):
            yield None
