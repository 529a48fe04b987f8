"""The rule by which a sampled stack belongs to a part, on stacks made up from real paths."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

from perflab.run.tables import PARTS
from perflab.worker.probes import stacks
from perflab.worker.probes.stacks import Frame, Stacks

ROOT = Path("/projects/shop")
LIB = "/venv/lib/python3.11/site-packages"
JSON = Frame("dumps", json.__file__)
SOCKET = Frame("recv_into", socket.__file__)
BUILT_IN = Frame("recv", "<built-in>")
LAB = Frame("call", str(Path(stacks.__file__).parents[2] / "worker" / "request.py"))
HANDLER = Frame("get_response", f"{LIB}/django/core/handlers/base.py")
VIEW = Frame("job", f"{ROOT}/shop/views.py", 42)
CURSOR = Frame("execute", f"{LIB}/django/db/backends/utils.py")
COMPILER = Frame("execute_sql", f"{LIB}/django/db/models/sql/compiler.py")
REDIS = Frame("get", f"{LIB}/django_redis/client/default.py")

MADE = Stacks(ROOT, [f"{ROOT}/shop/timing.py", f"{LIB}/whitenoise/serving.py"])


def lib(path: str, function: str = "f") -> Frame:
    return Frame(function, f"{LIB}/{path}")


def own(path: str) -> Frame:
    return Frame("f", f"{ROOT}/shop/{path}", 7)


@pytest.mark.parametrize(
    ("part", "inner"),
    [
        ("database", [Frame("wait_c", "<built-in>"), lib("psycopg/connection.py"), CURSOR, COMPILER]),
        ("database", [lib("psycopg/cursor.py", "fetchmany"), lib("django/db/utils.py"), COMPILER]),
        ("database", [lib("django/db/backends/postgresql/base.py"), lib("django/db/models/query.py")]),
        ("database", [BUILT_IN, lib("django/db/backends/sqlite3/base.py"), CURSOR]),
        ("orm", [lib("django/db/backends/base/operations.py", "quote_name"), COMPILER]),
        ("orm", [BUILT_IN, COMPILER, lib("django/db/models/query.py")]),
        ("cache", [BUILT_IN, SOCKET, lib("redis/connection.py"), REDIS]),
        ("cache", [lib("django/core/cache/backends/locmem.py")]),
        ("cache", [Frame("decompress", "<built-in>"), lib("django_redis/compressors/zlib.py")]),
        ("cache", [JSON, lib("django_redis/serializers/json.py"), REDIS]),
        ("orm", [JSON, lib("django/db/models/fields/json.py")]),
        ("serialising", [BUILT_IN, JSON, own("rendering.py")]),
        ("serialising", [JSON, lib("ninja/renderers.py")]),
        ("serialising", [lib("rest_framework/fields.py", "to_representation"), lib("rest_framework/serializers.py")]),
        ("serialising", [own("serializers.py")]),
        ("serialising", [own("serializers/jobs.py")]),
        ("templates", [BUILT_IN, lib("django/template/base.py"), own("views.py")]),
        ("templates", [lib("jinja2/environment.py"), lib("django/template/backends/jinja2.py")]),
        ("templates", [own("shop/templatetags/prices.py"), lib("django/template/base.py")]),
        ("database", [lib("psycopg/cursor.py", "fetchmany"), COMPILER, lib("django/template/base.py")]),
        ("middleware", [lib("django/middleware/common.py")]),
        ("middleware", [lib("corsheaders/middleware.py")]),
        ("middleware", [lib("whitenoise/serving.py")]),
        ("middleware", [own("timing.py")]),
        ("middleware", [own("middleware/limits.py")]),
        ("application", [VIEW]),
        ("application", [own("models.py"), lib("django/db/models/base.py", "__init__"), COMPILER]),
        ("application", [lib("django/utils/timezone.py"), Frame("strptime", "<frozen datetime>"), own("prices.py")]),
        ("framework", [lib("ninja/operation.py")]),
        ("framework", [lib("django/urls/resolvers.py")]),
    ],
)
def test_the_innermost_frame_of_a_known_part_decides(part: str, inner: list[Frame]) -> None:
    assert part in PARTS
    assert MADE.part([*inner, VIEW, HANDLER, LAB]) == part


def test_what_serves_the_handler_alone_is_middleware() -> None:
    assert MADE.part([HANDLER, LAB]) == "middleware"
    assert MADE.part([lib("django/utils/deprecation.py", "__call__"), HANDLER, LAB]) == "middleware"


def test_outside_of_a_request_there_is_no_part() -> None:
    assert MADE.part([BUILT_IN, LAB, Frame("_run_code", "<frozen runpy>"), Frame("MainThread", "<thread>")]) is None
    assert MADE.part([]) is None


def test_json_of_the_labs_own_is_serialising_of_nobody_known() -> None:
    assert MADE.part([JSON]) == "serialising"


def test_the_lab_is_itself_wherever_it_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stacks, "LAB", (f"{LIB}/perflab/",))
    wrapped = [BUILT_IN, lib("perflab/worker/probes/queries.py"), CURSOR]
    assert MADE.part(wrapped) == "database"
    assert MADE.part([lib("perflab/worker/request.py")]) is None


def test_a_line_is_that_of_the_innermost_frame_of_the_projects() -> None:
    assert MADE.line([BUILT_IN, COMPILER, VIEW, own("urls.py"), HANDLER]) == "shop/views.py:42 job"
    assert MADE.line([HANDLER, LAB, JSON, BUILT_IN]) is None
    elsewhere = Frame("f", "/srv/secret/place.py", 3)
    assert MADE.line([elsewhere, VIEW]) == "place.py:3 f", "of what lies elsewhere the name alone"


def test_a_project_whose_folder_is_called_serializers_is_not_serialising_altogether() -> None:
    project = Stacks(Path("/projects/serializers"))
    assert project.part([Frame("f", "/projects/serializers/shop/views.py")]) == "application"
