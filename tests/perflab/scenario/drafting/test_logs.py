"""Requests from access logs, JSON lines and HAR files."""

from __future__ import annotations

import gzip
import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perflab.errors import InputError
from perflab.scenario.drafting.logs import Logged, _of_json, _of_line, read

AT_S = 1_760_097_336.0  # 2025-10-10 11:55:36 UTC
COMBINED = (
    '203.0.113.7 - ada [10/Oct/2025:13:55:36 +0200] "GET /books/1/?page=2 HTTP/1.1" 200 2326 "https://x/" "Mozilla/5.0"'
)
REQUEST_TIME = '203.0.113.7 - - [10/Oct/2025:06:25:36 -0530] "POST /lend/ HTTP/2.0" 302 0 "-" "curl" 0.012'


@pytest.mark.parametrize(
    ("line", "logged"),
    [
        (COMBINED, Logged("GET", "/books/1/", 200, AT_S)), (REQUEST_TIME, Logged("POST", "/lend/", 302, AT_S, 0.012)),
        (COMBINED.replace("/books/1/?page=2", "http://shop.example/a?b"), Logged("GET", "/a", 200, AT_S)),
        (COMBINED.replace("/books/1/?page=2", "//x/y"), Logged("GET", "/y", 200, AT_S)),
        ("2025-10-10 an application's own line", None), (COMBINED.replace("Oct", "Foo"), None),
        (COMBINED.replace("/books/1/", '/books/"1'), Logged("GET", '/books/"1', 200, AT_S)),
        (COMBINED.replace("/books/1/?page=2 HTTP/1.1", "/old"), Logged("GET", "/old", 200, AT_S)),
        (COMBINED.replace('HTTP/1.1"', ""), None), (COMBINED.replace("10/Oct", "40/Oct"), None),
        ('[10/Oct/2025:13:55:36 +0200] "-" 400 0 "-"', None),
    ],
)  # fmt: skip
def test_a_line_of_an_access_log(line: str, logged: Logged | None) -> None:
    request = _of_line(line)
    assert (request and replace(request, client=None)) == logged


def test_a_client_is_told_apart_by_its_address_which_is_not_kept() -> None:
    here, there = _of_line(COMBINED), _of_line(COMBINED.replace("203.0.113.7", "2001:db8::7"))
    assert here is not None and there is not None and here.client is not None
    assert here.client != there.client and here.client == getattr(_of_line(REQUEST_TIME), "client", None)
    assert "203.0.113" not in repr(here)
    hidden, prefixed = COMBINED.replace("203.0.113.7", "-"), f"Oct 10 13:55:36 host app: {COMBINED}"
    for line in (hidden, prefixed):
        assert getattr(_of_line(line), "client", 0) is None
    json_line = _of_json(json.dumps({"method": "GET", "path": "/", "status": 200, "remote_addr": "203.0.113.7"}))
    assert json_line is not None and json_line.client == here.client


@pytest.mark.parametrize(
    ("data", "logged"),
    [
        ({"method": "get", "path": "/a?b", "status": 200, "time": AT_S}, Logged("GET", "/a", 200, AT_S)),
        ({"request_method": "GET", "request_uri": "/a", "status": "404", "ts": 1e3 * AT_S}, Logged("GET", "/a", 404, AT_S)),
        (
            {"request": "PUT /a HTTP/1.1", "status": 204, "time_iso8601": "2025-10-10T13:55:36+02:00"},
            Logged("PUT", "/a", 204, AT_S),
        ),
        ({"method": "GET", "url": "https://x/a", "status": 200, "time": "never"}, Logged("GET", "/a", 200, None)),
        ({"method": "GET", "path": "/a", "status": 200, "time": 10**400}, Logged("GET", "/a", 200, None)),
        ({"method": "GET", "path": "/a", "status": 200, "time": math.nan}, Logged("GET", "/a", 200, None)),
        ({"method": "GET", "path": "/a"}, None), ({"method": 5, "path": "/a", "status": 200}, None),
        ({"method": "GET", "path": "/a", "status": 9}, None), ({"message": "started"}, None), ([1], None),
    ],
)  # fmt: skip
def test_a_json_line_by_the_names_that_servers_use(data: Any, logged: Logged | None) -> None:
    assert _of_json(json.dumps(data)) == logged


def test_files_are_read_whatever_they_are(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text(f"{COMBINED}\n\nnot a request\n")
    with gzip.open(tmp_path / "b.log.gz", "wt") as packed:
        packed.write(f'{COMBINED}\n{{"method": "GET", "path": "/j", "status": 200}}\n')
    assert [None if each is None else each.path for each in read(tmp_path / "a.log")] == ["/books/1/", None]
    assert [None if each is None else each.path for each in read(tmp_path / "b.log.gz")] == ["/books/1/", "/j"]


def test_a_long_line_that_was_cut_is_no_request() -> None:
    # 2 * 10**9 steps for a pattern that tries each length of the target with each length of what comes after it
    assert _of_line(COMBINED.partition(" HTTP")[0] + "/9" * 32_000) is None


def test_a_har_file(tmp_path: Path) -> None:
    entry = {
        "startedDateTime": "2025-10-10T11:55:36Z", "request": {"method": "GET", "url": "https://shop.example/a/?b=c"},
        "response": {"status": 200},
    }  # fmt: skip
    file = tmp_path / "x.har"
    file.write_text(json.dumps({"log": {"entries": [entry, {"request": None}, 5]}}))
    assert list(read(file)) == [Logged("GET", "/a/", 200, AT_S), None, None]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("x.har", b"{", r"x.har is no HAR file"), ("y.har", b'{"log": 5}', r"y.har is no HAR file"),
        ("z.log.gz", b"plain", r"cannot read .*z.log.gz"),
        ("z.log.gz", b"\x1f\x8b\x08\0\0\0\0\0\0\xff" + b"\xff" * 9, r"cannot read .*z.log.gz"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_one_line(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=message):
        list(read(tmp_path / name))


def test_a_file_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot read"):
        list(read(tmp_path / "none.log"))


@pytest.mark.parametrize(
    ("fields", "seconds"),
    [
        ('"-" "ua" 0.123', 0.123), ('"-" "ua" rt=0.5 urt="0.4"', 0.4), ('"-" "ua" rt=0.5 urt="-"', 0.5),
        ('"-" "ua" rt=0.5 urt="0.010, 0.20"', 0.5), ('"-" "ua" duration_us=1500', 0.0015), ("0.25", 0.25),
        ('"-" "ua" 153', None), ('"-" "ua"', None), ('"-" "ua" 0.012 0.010 .', None),
        # what a client says of itself is no time
        ('"-" "0.3"', None), ('"-" "ua rt=9"', None), (r'"-" "u\"a rt=9" 0.5', 0.5), ('"rt=7 " "rt=9" rt=0.5', 0.5),
    ],
)  # fmt: skip
def test_how_long_it_took(fields: str, seconds: float | None) -> None:
    logged = _of_line(f'203.0.113.7 - - [10/Oct/2025:06:25:36 -0530] "POST /lend/ HTTP/2.0" 302 0 {fields}')
    assert logged is not None and logged.seconds == (None if seconds is None else pytest.approx(seconds))


@given(st.text() | st.builds(lambda a, b: COMBINED[:a] + b + COMBINED[a:], st.integers(0, 120), st.text(max_size=5)))
def test_no_line_ends_it(line: str) -> None:
    for parse in (_of_line, _of_json):
        logged = parse(line)
        assert logged is None or 100 <= logged.status <= 999


NAMES = st.sampled_from(["log", "entries", "request", "response", "method", "url", "status", "path", "time"])
PLAIN = st.none() | st.booleans() | st.integers() | st.floats() | st.text()


@given(st.recursive(PLAIN, lambda inner: st.lists(inner) | st.dictionaries(NAMES, inner)))
def test_no_json_ends_it(value: Any) -> None:
    logged = _of_json(json.dumps(value))
    assert logged is None or isinstance(logged, Logged)
