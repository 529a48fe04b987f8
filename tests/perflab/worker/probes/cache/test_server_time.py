"""Times to live on a server that never sees them: against a server made up for it, which nothing expires on."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

import pytest

from perflab.worker.probes.cache import server_time
from perflab.worker.probes.cache.server_time import FAR_MS, Args, ServerTime

REAL_MS = 1_800_000_000_000
START_S = 1_700_000_000.0


@dataclass
class Server:
    """Keys with points in time, as PEXPIREAT GT, PEXPIRETIME and UNLINK see them."""

    until_ms: dict[str, int | None] = field(default_factory=dict)

    def send(self, pool: Any, commands: list[Args]) -> list[Any]:
        return [self.reply(*command) for command in commands]

    def reply(self, name: str, *args: Any) -> Any:
        match name:
            case "UNLINK":
                return sum(self.until_ms.pop(key, 0) != 0 for key in args)
            case "PEXPIRETIME":
                return -1 if (until := self.until_ms.get(args[0], -2)) is None else until
            case "PEXPIREAT":
                assert args[2] == "GT"
                until = self.until_ms.get(args[0])
                if until is None or until >= args[1]:
                    return 0
                self.until_ms[args[0]] = args[1]
                return 1
        return ValueError("unknown command")

    def set(self, time: ServerTime, key: str, ttl_s: float) -> None:
        time.remember("pool", key, round(ttl_s * 1000))
        self.until_ms[key] = time.until(round(ttl_s * 1000))


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Server:
    monkeypatch.setattr(server_time, "_now_ms", lambda: REAL_MS)
    return Server()


@pytest.fixture
def time(server: Server) -> ServerTime:
    return ServerTime(server.send, START_S)


def test_an_entry_is_deleted_when_its_time_in_the_trace_is_over(server: Server, time: ServerTime) -> None:
    server.set(time, "a", 10)
    assert time.advance(9.999) == 0
    assert time.advance(10.0) == 1
    assert server.until_ms == {}


def test_an_entry_that_was_given_more_time_stays_until_then(server: Server, time: ServerTime) -> None:
    server.set(time, "a", 10)
    time.advance(6.0)
    server.set(time, "a", 10)
    assert time.advance(11.0) == 0
    assert time.advance(16.0) == 1


def test_a_time_to_live_that_the_server_did_not_take_moves_nothing(server: Server, time: ServerTime) -> None:
    server.set(time, "a", 10)
    time.remember("pool", "a", 5000)
    assert time.advance(5.0) == 0
    time.remember("pool", "a", 90_000)
    assert time.advance(10.0) == 1


def test_an_entry_that_was_made_permanent_or_is_gone_is_left_alone(server: Server, time: ServerTime) -> None:
    server.set(time, "a", 10)
    server.set(time, "b", 10)
    server.until_ms["a"] = None
    del server.until_ms["b"]
    assert time.advance(10.0) == 0
    assert server.until_ms == {"a": None}


def test_the_time_to_live_is_the_traces(server: Server, time: ServerTime) -> None:
    server.set(time, "a", 10)
    time.advance(3.0)
    reply = server.reply("PEXPIRETIME", "a")
    assert (time.left_ms(reply), time.left_s(reply)) == (7000, 7)
    assert (time.until_ms(reply), time.until_s(reply)) == (1_700_000_010_000, 1_700_000_010)
    assert [time.left_s(reply) for reply in (-1, -2, None, "QUEUED")] == [-1, -2, None, "QUEUED"]
    time.advance(10.5)
    assert time.left_ms(reply) == 0
    assert time.left_ms(REAL_MS + 5000) == 5000, "an entry that was stored without us keeps its own"


@pytest.mark.parametrize(
    ("set_s", "ttl_s", "at_s"), [(0.0, 10.0, 0.0), (0.0, 10.0, 4.5), (7.0, 3600.0, 60.0), (0.0, 1.0, 5.0)]
)
def test_what_an_entry_has_left_from_a_time_of_the_trace_on_is_told_from_its_far_end(
    server: Server, time: ServerTime, set_s: float, ttl_s: float, at_s: float
) -> None:
    """By a process that never saw the entry, whenever that asks; one that is over has less than nothing left."""
    time.advance(set_s)
    server.set(time, "a", ttl_s)
    assert server_time.left_ms(server.reply("PEXPIRETIME", "a"), at_s) == round((set_s + ttl_s - at_s) * 1000)


def test_two_processes_agree_about_an_entry(server: Server, time: ServerTime, monkeypatch: pytest.MonkeyPatch) -> None:
    server.set(time, "a", 10)
    monkeypatch.setattr(server_time, "_now_ms", lambda: REAL_MS + 60_000)
    other = ServerTime(server.send, START_S)
    assert other.left_s(server.reply("PEXPIRETIME", "a")) == 10


def test_nothing_expires_by_itself_and_nothing_that_is_left_lives_for_ever(server: Server, time: ServerTime) -> None:
    server.set(time, "a", 10)
    left = server.reply("PEXPIRETIME", "a") - REAL_MS
    assert FAR_MS <= left - 10_000 <= 2 * FAR_MS
    assert time.until(0) == time.until(-5) == 1, "what is over by now is in the past for the server, too"


def test_an_entry_under_a_new_name_is_due_at_the_same_time(server: Server, time: ServerTime) -> None:
    server.set(time, "a", 10)
    server.until_ms["b"] = server.until_ms.pop("a")
    server.until_ms["c"] = None
    time.learn("pool", "b")
    time.learn("pool", "c")
    assert time.advance(9.0) == 0
    assert time.advance(10.0) == 1


def test_what_has_long_been_waited_for_is_due(server: Server, time: ServerTime) -> None:
    time.advance(1.0)
    server.set(time, "lock", 2)
    time._began_s -= 1.5
    assert 1500 <= (time.waited_ms() or 0) < 60_000
    assert time.retire("pool", ["lock"], 1999) == 0
    assert time.retire("pool", ["lock"], 2000) == 1


def test_a_request_that_has_just_begun_has_not_waited(
    server: Server, time: ServerTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_time, "monotonic", lambda: 7.0)
    time.advance(1.0)
    assert time.waited_ms() is None


def test_a_server_that_refuses_is_an_error(server: Server, time: ServerTime) -> None:
    server.set(time, "a", 1)
    time.send = lambda pool, commands: [ValueError("ERR syntax error")]
    with pytest.raises(ValueError, match="syntax error"):
        time.advance(2.0)


@pytest.mark.parametrize(
    ("value", "unit_ms", "absolute", "ttl_ms"),
    [
        (10, 1000, False, 10_000),
        ("10", 1000, False, 10_000),
        (b"2500", 1, False, 2500),
        (dt.timedelta(seconds=1.5), 1000, False, 1500),
        (1_700_000_060, 1000, True, 55_000),
        (dt.datetime.fromtimestamp(1_700_000_060, dt.UTC), 1, True, 55_000),
        (1_699_999_999, 1000, True, -6000),
        ("soon", 1000, False, None),
        (None, 1000, False, None),
    ],
)
def test_arguments_are_read_as_a_server_reads_them(
    time: ServerTime, value: Any, unit_ms: int, absolute: bool, ttl_ms: int | None
) -> None:
    time.advance(5.0)
    assert time.ttl_ms(value, unit_ms, absolute) == ttl_ms
