"""Times to live on a server that never sees them: against a server made up for it, whose clock a test moves."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

import pytest

from perflab.worker.probes.cache.server_time import Args, ServerTime


@dataclass
class Server:
    """Keys with points in time, as PEXPIRE GT, PTTL and UNLINK see them; `lacks_gt` as before Redis 7."""

    now_s: float = 5000.0
    until_ms: dict[str, float | None] = field(default_factory=dict)
    lacks_gt: bool = False
    commands: list[Args] = field(default_factory=list)

    def send(self, pool: Any, commands: list[Args]) -> list[Any]:
        self.commands += commands
        return [self.reply(*command) for command in commands]

    def reply(self, name: str, *args: Any) -> Any:
        now = self.now_s * 1000
        match name:
            case "UNLINK":
                return sum(self.until_ms.pop(key, 0) != 0 for key in args)
            case "PTTL":
                until = self.until_ms.get(args[0], 0)
                return -1 if until is None else round(until - now) if until else -2
            case "PEXPIRE" if self.lacks_gt and len(args) > 2:
                return ValueError("wrong number of arguments")
            case "PEXPIRE":
                until = self.until_ms.get(args[0])
                if until is None or until >= now + args[1]:
                    return 0
                self.until_ms[args[0]] = now + args[1]
                return 1
        raise AssertionError(name)

    def set(self, time: ServerTime, key: str, ttl_s: float) -> None:
        time.remember("pool", key, round(ttl_s * 1000))
        self.until_ms[key] = self.now_s * 1000 + round(ttl_s * 1000) + time.shift_ms()


@pytest.fixture(params=[False, True])
def server(request: pytest.FixtureRequest) -> Server:
    return Server(lacks_gt=request.param)


@pytest.fixture
def time(server: Server) -> ServerTime:
    return ServerTime(server.send, 1_700_000_000.0, lambda: server.now_s)


def test_an_entry_is_deleted_when_its_time_in_the_trace_is_over(server: Server, time: ServerTime) -> None:
    server.set(time, "a", 10)
    server.now_s += 3600  # nobody's business
    assert time.advance(9.9) == 0
    assert time.advance(10.0) == 1
    assert server.until_ms == {}


def test_an_entry_that_was_given_more_time_stays_until_then(server: Server, time: ServerTime) -> None:
    server.set(time, "a", 10)
    time.advance(6.0)
    server.set(time, "a", 10)
    assert time.advance(11.0) == 0
    assert time.advance(16.0) == 1


def test_an_entry_that_was_made_permanent_or_is_gone_is_left_alone(server: Server, time: ServerTime) -> None:
    server.set(time, "a", 10)
    server.set(time, "b", 10)
    server.until_ms["a"] = None
    del server.until_ms["b"]
    assert time.advance(10.0) == 0
    assert server.until_ms == {"a": None}


def test_the_time_to_live_is_the_traces(server: Server, time: ServerTime) -> None:
    server.set(time, "a", 10)
    server.now_s += 500
    time.advance(3.0)
    reply = server.reply("PTTL", "a")
    assert (time.left_ms(reply), time.left_s(reply)) == (7000, 7)
    assert (time.until_ms(reply), time.until_s(reply)) == (1_700_000_010_000, 1_700_000_010)
    assert [time.left_s(reply) for reply in (-1, -2, None, "QUEUED")] == [-1, -2, None, "QUEUED"]
    assert time.left_ms(5000) == 5000, "an entry that was stored without us keeps its own"


def test_two_processes_agree_about_an_entry(server: Server) -> None:
    first = ServerTime(server.send, 0.0, lambda: server.now_s)
    server.now_s += 2
    second = ServerTime(server.send, 0.0, lambda: server.now_s)
    server.set(first, "a", 10)
    assert second.left_s(server.reply("PTTL", "a")) == 10


def test_nothing_that_an_interrupted_run_leaves_lives_for_ever(server: Server, time: ServerTime) -> None:
    server.set(time, "a", 10)
    left = server.reply("PTTL", "a")
    assert 30 <= left / 86_400_000 <= 60


def test_an_entry_under_a_new_name_is_due_at_the_same_time(server: Server, time: ServerTime) -> None:
    server.set(time, "a", 10)
    server.until_ms["b"] = server.until_ms.pop("a")
    time.learn("pool", "b")
    assert time.advance(9.0) == 0
    assert time.advance(10.0) == 1


def test_what_has_long_been_waited_for_is_due(server: Server, time: ServerTime) -> None:
    time.advance(1.0)
    server.set(time, "lock", 2)
    assert time.waited_ms() is None
    server.now_s += 1.5
    assert time.waited_ms() == 1500
    assert time.retire("pool", ["lock"], 1500) == 0
    assert time.retire("pool", ["lock"], 2500) == 1


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
