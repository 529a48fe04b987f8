"""Real servers on 127.0.0.1, with the tiny project: each responds, and leaves no process, however it ends."""

from __future__ import annotations

import json
import os
import signal
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from perflab.errors import ServerError
from perflab.experiment.capacity.server import AppServer
from perflab.worker.serving.application import UNNUMBERED
from perflab.worker.serving.config import ServerConfig
from perflab.worker.serving.records import read
from tests.perflab.worker.serving.serving import answered, config_of, responds, serving
from tests.waiting import wait_until

ASGI = """
from django.core.asgi import get_asgi_application
application = get_asgi_application()
"""


def group_of(pid: int) -> list[psutil.Process]:
    """The processes of a server, which leads its group."""
    processes = []
    for process in psutil.process_iter():
        try:
            if os.getpgid(process.pid) == pid and process.status() != psutil.STATUS_ZOMBIE:
                processes.append(process)
        except (ProcessLookupError, psutil.NoSuchProcess):
            continue
    return processes


def with_asgi(config: ServerConfig, folder: Path) -> ServerConfig:
    (folder / "served_asgi.py").write_text(ASGI)
    settings = {**config.worker.settings, "ASGI_APPLICATION": "served_asgi.application"}
    return replace(config, worker=replace(config.worker, settings=settings))


@pytest.mark.parametrize(
    ("server", "worker_class", "workers", "threads"),
    [("gunicorn", "sync", 2, 1), ("gunicorn", "gthread", 1, 3), ("granian", "", 1, 2)],
)
def test_a_server_answers_writes_records_and_leaves_no_process(
    tmp_path: Path, server: str, worker_class: str, workers: int, threads: int
) -> None:
    config = config_of(tmp_path, server, worker_class, workers=workers, threads=threads)
    with serving(config, tmp_path) as running:
        status, body = answered(config.port, Authorization="Bearer 7", **{"X-Perflab-Number": "5"})
        assert answered(config.port, "/fail/")[0] == 500
        assert len(group_of(running.process.pid)) > workers, "one that leads, and the workers"
    assert status == 200
    assert json.loads(body).items() >= {"secure": True, "bearer": "Bearer 7"}.items()
    numbers = [record.number for record in read(Path(config.records)) if record.number >= 0]
    assert set(numbers) == {5, UNNUMBERED}
    wait_until(lambda: group_of(running.process.pid) == [], 5)
    assert not responds(running.url)


def test_uvicorn_serves_an_asgi_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    config = with_asgi(config_of(tmp_path, "uvicorn", ""), tmp_path)
    with serving(config, tmp_path) as running:
        status, body = answered(config.port, **{"X-Perflab-Number": "5"})
    assert status == 200 and json.loads(body)["secure"] is True
    wait_until(lambda: group_of(running.process.pid) == [], 5)


@pytest.mark.parametrize(("server", "worker_class"), [("gunicorn", "sync"), ("granian", "")])
def test_a_server_ends_with_the_experiment_whatever_it_is_doing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: str, worker_class: str
) -> None:
    ends: list[int] = []
    pipe = os.pipe

    def noted() -> tuple[int, int]:
        read_end, write_end = pipe()
        ends.append(write_end)
        return read_end, write_end

    monkeypatch.setattr("perflab.experiment.capacity.server.os.pipe", noted)
    with serving(config_of(tmp_path, server, worker_class, workers=2), tmp_path) as running:
        pid = running.process.pid
        assert len(group_of(pid)) > 2
        os.dup2(os.open(os.devnull, os.O_RDONLY), ends[0])  # the experiment is gone, and so its end of the pipe
        wait_until(lambda: group_of(pid) == [], 10)
        assert running.process.wait(5) == -signal.SIGKILL


def failed(config: ServerConfig, folder: Path) -> tuple[str, str]:
    """The error about a server that does not start, and what the server wrote."""
    log = folder / "server.log"
    with AppServer.started(config, log) as server:
        server.process.wait(30)
        with pytest.raises(ServerError) as caught:
            server.wait_ready(lambda url: False)
        wait_until(lambda: group_of(server.process.pid) == [], 5)
    message = str(caught.value)
    assert "\n" not in message
    return message, log.read_text()


@pytest.mark.parametrize("server", ["gunicorn", "granian", "uvicorn"])
def test_a_package_that_is_missing_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: str) -> None:
    (tmp_path / f"{server}.py").write_text(f"raise ModuleNotFoundError(\"No module named '{server}'\")\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    with AppServer.started(config_of(tmp_path, server), tmp_path / "server.log") as running:
        assert running.process.wait(30) == 3
    output = (tmp_path / "server.log").read_text()
    assert output == f"{server} is not installed where the project runs: No module named '{server}'\n"


@pytest.mark.parametrize("workers", [1, 2])
def test_uvicorn_without_an_asgi_application_ends_with_one_line(tmp_path: Path, workers: int) -> None:
    message, output = failed(config_of(tmp_path, "uvicorn", "", workers=workers), tmp_path)
    assert "the project has no ASGI application, which uvicorn needs; set ASGI_APPLICATION" in message
    assert set(output.splitlines()) == {output.splitlines()[0]}


@pytest.mark.parametrize("server", ["gunicorn", "granian", "uvicorn"])
def test_a_project_that_cannot_be_set_up_ends_its_server_and_is_named(tmp_path: Path, server: str) -> None:
    message, output = failed(
        config_of(tmp_path, server, "sync", workers=2, settings_module="no.such.settings"), tmp_path
    )
    assert f"the server {server} ended at once: the settings no.such.settings cannot be set up" in message
    assert "Traceback" in output
