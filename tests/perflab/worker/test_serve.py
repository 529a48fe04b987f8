"""The loop of a worker's process, in this process: what it sends for each message, and how it ends."""

from __future__ import annotations

import os
import socket
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

import pytest

from perflab.run.response import Mask
from perflab.worker.protocol import (
    NO_STEP,
    Done,
    ExecuteBlock,
    Failed,
    IgnoreFields,
    ProgressCell,
    Ready,
    SendResponses,
    WorkerConfig,
)
from perflab.worker.serve import main
from tests.perflab.steps import step_of

CALIBRATION = WorkerConfig("reference", None)


@dataclass
class Experiment:
    """The other end of the pipe. Messages are sent before the loop starts: the socket keeps them."""

    connection: Connection[Any, Any]
    fds: tuple[int, int, int]

    def serve(self, *messages: object) -> int:
        """Send messages, execute the loop until it ends, and return its exit code."""
        for message in messages:
            self.connection.send(message)
        return main(*self.fds)

    def received(self) -> list[Any]:
        """Everything that the loop sent."""
        messages = []
        while self.connection.poll():
            try:
                messages.append(self.connection.recv())
            except EOFError:
                break
        return messages


@pytest.fixture
def experiment() -> Iterator[Experiment]:
    ours, theirs = socket.socketpair()
    parent, _ = os.pipe()  # stays open as long as these tests: its end would end this process
    with tempfile.TemporaryFile() as shared:
        shared.truncate(ProgressCell.SIZE)
        made = Experiment(Connection(ours.detach()), (theirs.detach(), os.dup(shared.fileno()), parent))
        yield made
        made.connection.close()


def test_messages_are_served_in_order_until_none(experiment: Experiment) -> None:
    block = ExecuteBlock([step_of(number=4, phase="warmup", endpoint="reference")])
    code = experiment.serve(
        CALIBRATION, block, SendResponses([4, 5]), IgnoreFields("reference", (Mask("/body/digest"),)), block, None
    )
    ready, done, responses, again = experiment.received()
    assert code == 0
    assert isinstance(ready, Ready) and ready.seconds > 0
    assert isinstance(done, Done) and [sample.step for sample in done.samples] == [4]
    assert responses[0]["status"] == 200 and responses[1] is None
    assert again.samples[0].response_digest != done.samples[0].response_digest, "a field is left out now"


def test_no_step_is_running_before_the_first_one(experiment: Experiment) -> None:
    experiment.serve(CALIBRATION, None)
    progress = ProgressCell(experiment.fds[1])
    assert progress.get() == NO_STEP
    progress.close()


def test_a_worker_that_cannot_go_on_says_why_in_one_line(experiment: Experiment) -> None:
    code = experiment.serve(CALIBRATION, ExecuteBlock([]))
    failed = experiment.received()[-1]
    assert code == 1
    assert isinstance(failed, Failed)
    assert failed.message == "IndexError: list index out of range"
    assert "Traceback" in failed.traceback


def test_a_message_that_a_worker_does_not_know_is_an_error(experiment: Experiment) -> None:
    assert experiment.serve(CALIBRATION, "hello") == 1
    failed = experiment.received()[-1]
    assert isinstance(failed, Failed) and failed.message == "TypeError: no such message: 'hello'"


def test_an_experiment_that_is_gone_ends_the_loop(experiment: Experiment) -> None:
    experiment.connection.send(CALIBRATION)
    with socket.socket(fileno=os.dup(experiment.connection.fileno())) as ours:
        ours.shutdown(socket.SHUT_WR)
    assert experiment.serve() == 1
    assert [type(message) for message in experiment.received()] == [Ready]
