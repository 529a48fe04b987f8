"""Reads that write: a page that counts its views, or saves a session, changes what later requests show.

The check of a fresh process leaves them out: what they show may depend on what was requested before.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from perflab.workload.steps import Step

# Statements that change no row.
READING = re.compile(
    r"[\s(]*(SELECT|WITH|VALUES|SHOW|EXPLAIN|PRAGMA|SET|SAVEPOINT|RELEASE|ROLLBACK|BEGIN|COMMIT|DECLARE|FETCH|CLOSE)\b",
    re.IGNORECASE,
)


class WritingReads:
    """Note which read endpoints write, while nothing is measured; `endpoints` are their names."""

    def __init__(self) -> None:
        self.endpoints: set[str] = set()

    @contextmanager
    def watching(self, step: Step) -> Iterator[None]:
        """Watch the statements of a read of the warm-up; any other request costs nothing.

        Args:
            step: The request that is executed meanwhile.
        """
        if step.phase != "warmup" or step.writes or step.endpoint in self.endpoints:
            yield
            return
        from django.db import connections

        def note(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
            if not READING.match(str(sql)):
                self.endpoints.add(step.endpoint)
            return execute(sql, params, many, context)

        with ExitStack() as stack:
            for connection in connections.all():
                stack.enter_context(connection.execute_wrapper(note))
            yield
