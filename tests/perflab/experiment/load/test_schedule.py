"""What master and workers tell each other survives what Locust does to messages."""

from __future__ import annotations

import subprocess
import sys

import pytest

from perflab.experiment.load.schedule import Request, Result, as_message
from tests.perflab.experiment.load.loading import PROJECT, run

REQUESTS = [
    Request(2**62, 0.25, "7", "POST", "/add/?a=1", {"Host": "x", "Cookie": "a=é"}, b'{"a": 1}\x00\xff'),
    Request(1, 0.5, "None", "GET", "/", {}, None),
]


def test_a_message_has_plain_values_only() -> None:
    message = as_message("http://127.0.0.1:1", 10.0, 0.1, REQUESTS)
    assert {name: message[name] for name in ("url", "timeout_s", "begin_in_s")} == {
        "url": "http://127.0.0.1:1", "timeout_s": 10.0, "begin_in_s": 0.1,
    }  # fmt: skip
    assert [type(request) for request in message["requests"]] == [tuple, tuple]
    assert [Request(*request) for request in message["requests"]] == REQUESTS


def test_requests_and_results_are_the_same_after_a_message_of_locusts() -> None:
    """Tuples become lists there, and numbers, bytes and None have to stay what they are."""
    results = [Result(2**62, 0.1, None, 0.2, None, None, "Timeout"), Result(1, 0.1, 0.2, 0.3, 200, 0, None)]
    code = f"""
from locust.rpc.protocol import Message
from perflab.experiment.load.schedule import Request, Result, as_message
def sent(value):
    return Message.unserialize(Message("kind", value, "node").serialize()).data
requests, results = {REQUESTS!r}, {results!r}
assert [Request(*each) for each in sent(as_message("u", 1.0, 0.1, requests))["requests"]] == requests
assert [Result(*each) for each in sent([tuple(each) for each in results])] == results
print("same")
"""
    assert run(code) == "same\n"


@pytest.mark.parametrize("module", ["schedule", ""])
def test_whoever_talks_to_the_generator_keeps_his_own_sockets_and_threads(module: str) -> None:
    name = f"perflab.experiment.load.{module}".rstrip(".")
    modules = f"{name}, perflab.experiment.capacity.generator"
    code = f"import sys; import {modules}; print({{'gevent', 'locust'}} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": str(PROJECT / "app")},
    )
    assert done.stdout == "set()\n"
