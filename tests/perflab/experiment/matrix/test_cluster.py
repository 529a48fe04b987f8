"""Connecting to a scheduler; the rest is in test_engine.py, with real workers."""

from __future__ import annotations

import socket

import pytest

from perflab.errors import ServerError
from perflab.experiment.matrix import cluster


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:{port}", "nonsense://x"])
def test_no_scheduler_is_one_line(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "CONNECT_S", 0.5)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with (
        pytest.raises(ServerError, match="no scheduler of Dask responds"),
        cluster.connected(address.format(port=port)),
    ):
        pass


def test_a_resource_is_named_for_its_machine() -> None:
    assert cluster.resource_of(None) == "lab"
    assert cluster.resource_of("host") == "lab-host"
