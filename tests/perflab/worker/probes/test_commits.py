"""The time in COMMIT."""

from __future__ import annotations

import pytest

from perflab.worker.probes.commits import CommitProbe


class Connection:
    def __init__(self) -> None:
        self.committed = 0
        self.error: Exception | None = None

    def _commit(self) -> str:
        self.committed += 1
        if self.error:
            raise self.error
        return "done"


def test_commits_are_timed_on_each_connection_and_once_however_often_it_opens() -> None:
    probe, connections = CommitProbe(), (Connection(), Connection())
    for connection in (*connections, *connections):
        probe.attach(connection)
    probe.start()
    assert probe.read() == {"commit_time_s": 0.0}
    assert [connection._commit() for connection in connections] == ["done", "done"]
    assert [connection.committed for connection in connections] == [1, 1]
    assert len(probe._spans_ns) == 2
    assert probe.read()["commit_time_s"] == sum(probe._spans_ns) / 1e9 > 0
    probe.start()
    assert probe.read() == {"commit_time_s": 0.0}


def test_a_commit_that_fails_took_its_time_and_fails_as_ever() -> None:
    probe, connection = CommitProbe(), Connection()
    connection.error = ValueError("violates foreign key constraint")
    probe.attach(connection)
    with pytest.raises(ValueError, match="violates"):
        connection._commit()
    assert len(probe._spans_ns) == 1


@pytest.mark.django_db(transaction=True)
def test_djangos_own_commits_come_by() -> None:
    from django.db import connections, transaction

    probe, connection = CommitProbe(), connections["default"]
    connection.ensure_connection()
    probe.attach(connection)
    try:
        probe.start()
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")  # commits by itself
        assert len(probe._spans_ns) == 1
    finally:
        del vars(connection)["_commit"]
