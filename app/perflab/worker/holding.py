"""A block of Steps whose queries are held up, so that what a request does before and after them takes as long as is wanted."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from time import sleep
from typing import Any

from perflab.worker.protocol import Done, ExecuteBlock, HoldBlock, ProgressCell

Execute = Callable[[ExecuteBlock, ProgressCell], Done]


def hold(execute: Execute, block: HoldBlock, progress: ProgressCell) -> Done:
    """Execute Steps, each of whose queries waits before it is sent.

    Args:
        execute: Executes a block of Steps.
        block: The Steps, when to start them, and how long each query waits.
        progress: Where the number of the current Step is published.
    """
    from django.db import connections

    def late(send: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
        sleep(block.pause_s)
        return send(sql, params, many, context)

    with ExitStack() as stack:
        for connection in connections.all():
            stack.enter_context(connection.execute_wrapper(late))
        return execute(ExecuteBlock(block.steps, block.not_before_s), progress)
