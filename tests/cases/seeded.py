"""Seeds a case's project in a process of its own, as `perflab run` does before it replays, and queries the result.

Django's settings are global to a process, and the tests' process has the marketplace's.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parents[2]


Requests = Mapping[str, Sequence[str]]


def seeded(
    project: str, vendor: str, home: Path, requests: Requests, settings: str = "settings", elsewhere: bool = False
) -> dict[str, Any]:
    """Seed a project once for each request, and query each result; all in one process.

    Args:
        project: The case.
        vendor: The kind of database.
        home: The lab's state folder.
        requests: Queries of what is seeded, by the name of the function in the project's seeding.py; `name schema=models` makes
            the tables from models.
        settings: The project's settings module.
        elsewhere: Whether the project is in a process of its own, as with `subject.python`.

    Returns:
        By request: {"rows", "remarks", "answers"} with the rows that each query returns, or {"error"}; and "servers", the
        number of servers that were started until the data was there.
    """
    arguments = json.dumps({"project": project, "vendor": vendor, "requests": requests, "settings": settings,
                            "elsewhere": elsewhere})  # fmt: skip
    environment = {
        **os.environ,
        "PERFLAB_HOME": str(home),
        "PYTHONPATH": os.pathsep.join((str(PROJECT / "app"), str(PROJECT))),
    }
    ended = subprocess.run(
        [sys.executable, "-m", "tests.cases.seeded", arguments],
        env=environment, capture_output=True, text=True, check=False, cwd=PROJECT,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr[-3000:]
    result: dict[str, Any] = json.loads(ended.stdout.splitlines()[-1])
    return result


def main(project: str, vendor: str, requests: Requests, settings: str, elsewhere: bool) -> dict[str, Any]:
    from perflab.scenario.subject.process import project_process

    if not elsewhere:
        return results_of(project, vendor, requests, settings)
    with project_process(sys.executable, [str(PROJECT / "app"), str(PROJECT)], {}):
        results = results_of(project, vendor, requests, settings)
    assert not any(name.startswith(f"tests.cases.{project}") for name in sys.modules), (
        "the project stays in its process"
    )
    return results


def results_of(project: str, vendor: str, requests: Requests, settings: str) -> dict[str, Any]:
    from perflab.scenario import project as subject
    from perflab.servers.postgres import PostgresServer

    subject.set_up(f"tests.cases.{project}.{settings}", {})
    started: list[Any] = []
    start = PostgresServer.start

    def counted(self: Any) -> Any:
        started.append(self)
        return start(self)

    PostgresServer.start = counted  # type: ignore[method-assign]
    results = {}
    for request, queries in requests.items():
        started.clear()
        results[request] = result(f"tests.cases.{project}", settings, vendor, request, queries, started)
    return results


def result(
    package: str, settings: str, vendor: str, request: str, queries: Sequence[str], started: list[Any]
) -> dict[str, Any]:
    from perflab.errors import PerflabError
    from perflab.seeding import SeedSpec, seed
    from perflab.servers.postgres import PostgresServer
    from perflab.servers.sqlite import SqliteFiles

    function, _, schema = request.partition(" schema=")
    spec = SeedSpec(
        f"{package}.{settings}", f"{package}.seeding:{function}", dt.date(2025, 10, 20), {"places": 50}, 1, vendor,
        schema or "migrations",
    )  # fmt: skip
    try:
        data = seed.ensure(spec)
    except PerflabError as error:
        return {"error": str(error), "servers": len(started)}
    servers = len(started)
    assert data.data_dir is not None
    server: Any = SqliteFiles(data.data_dir) if vendor == "sqlite" else PostgresServer(data.data_dir)
    with server, server.connect(data.template) as connection:
        answers = [connection.execute(query).fetchall() for query in queries]
    return {"rows": dict(data.rows), "remarks": list(data.remarks), "answers": answers, "servers": servers}


if __name__ == "__main__":
    print(json.dumps(main(**json.loads(sys.argv[1])), default=str))
