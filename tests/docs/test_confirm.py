"""docs/confirm.md: what it tells people to write into their configuration is what `perflab confirm` reads."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
import sqlglot
from sqlglot import exp

from perflab.run.scenario import Endpoint
from perflab.scenario.production.access_logs import read_period
from tests.docs.markdown import PROJECT, Document

DOCUMENT = Document(PROJECT / "docs" / "confirm.md")
BLOCKS = {block.language: block.text for block in DOCUMENT.blocks if block.language in ("nginx", "sql")}
GUNICORN = next(block.text for block in DOCUMENT.blocks if "gunicorn" in block.text)
# What the servers write for the variables of a log's format.
NGINX = {
    "remote_addr": "10.0.0.1", "time_local": "10/Oct/2025:13:55:36 +0000", "request": "GET /books/ HTTP/1.1", "status": "200",
    "body_bytes_sent": "512", "request_time": "0.900", "upstream_response_time": "0.250",
}  # fmt: skip
OF_GUNICORN = {
    "h": "10.0.0.1", "t": "[10/Oct/2025:13:55:36 +0000]", "r": "GET /books/ HTTP/1.1", "s": "200", "b": "512", "L": "0.250000",
}  # fmt: skip


def nginx() -> str:
    quoted = re.search(r"log_format timed '(.*)';", BLOCKS["nginx"])
    assert quoted is not None
    return re.sub(r"\$(\w+)", lambda name: NGINX[name[1]], quoted[1])


def gunicorn() -> str:
    quoted = re.search(r"--access-logformat '(.*)'", GUNICORN)
    assert quoted is not None
    return quoted[1] % OF_GUNICORN


@pytest.mark.parametrize("written", [nginx, gunicorn])
def test_a_line_in_this_format_has_the_time_of_the_application(written: object, tmp_path: Path) -> None:
    assert callable(written)
    log = tmp_path / "access.log"
    log.write_text(f"{written()}\n")
    period = read_period([log], [Endpoint("list", path="/books/")])
    assert period.endpoints["list"][date(2025, 10, 10)].mean_s == 0.25


def test_the_snapshot_has_the_columns_that_are_required() -> None:
    (copied,) = sqlglot.parse(
        BLOCKS["sql"].replace("COPY (", "").replace(") TO STDOUT CSV HEADER", ""), dialect="postgres"
    )
    assert isinstance(copied, exp.Select)
    assert [each.alias_or_name for each in copied.selects] == ["at", "*", "stats_reset"]
