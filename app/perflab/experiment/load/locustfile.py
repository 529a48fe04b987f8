"""What a worker of Locust's runs: `locust -f locustfile.py --worker --master-host HOST --master-port PORT`.

An open loop: every request is sent at its intended time, in a greenlet of its own, whatever became of those before. One person's
requests share connections, as a browser's do. A connection is opened when it is needed, never ahead: some servers give a worker
to a connection that has not sent anything yet.
"""

from __future__ import annotations

from time import monotonic
from typing import Any

import gevent
from geventhttpclient import HTTPClient
from locust import User, events, task

from perflab.experiment.load.schedule import LISTENING, RESULTS, SCHEDULE, Request, Result

# Connections of one person: a browser has six; more wait here, which would be our queue and not the server's.
CONNECTIONS = 64
# A response is read in such pieces.
BLOCK_BYTES = 1 << 16


class Nobody(User):
    """Locust takes no file without a user, and never starts this one: the schedule says who asks for what, and when."""

    @task
    def nothing(self) -> None:
        """Do nothing."""


class Sender:
    """Sends the requests of one schedule, by the client that is inside of Locust's FastHttpUser.

    The user around it would count, time and name each request once more, and keep cookies, which a schedule's headers have.

    Args:
        message: The schedule, see `schedule.as_message`.
    """

    def __init__(self, message: dict[str, Any]) -> None:
        self.begin_s = monotonic() + float(message["begin_in_s"])
        self.requests = [Request(*request) for request in message["requests"]]
        timeout_s = float(message["timeout_s"])
        self.clients = {
            person: HTTPClient.from_url(
                str(message["url"]), concurrency=CONNECTIONS, block_size=BLOCK_BYTES, connection_timeout=timeout_s,
                network_timeout=timeout_s, headers={"Accept-Encoding": "identity"},
            )
            for person in {request.person for request in self.requests}
        }  # fmt: skip
        self.results: list[Result] = []

    def run(self) -> list[Result]:
        """Send everything, and return what became of it once the last response is there."""
        sent = []
        for request in self.requests:
            gevent.sleep(max(0.0, self.begin_s + request.at_s - monotonic()))
            sent.append(gevent.spawn(self._send, request))
        gevent.joinall(sent)
        for client in self.clients.values():
            client.close()
        return self.results

    def _send(self, request: Request) -> None:
        first_s: float | None = None
        status = size = error = None
        sent_s = monotonic() - self.begin_s
        try:
            response = self.clients[request.person].request(request.method, request.path, request.body, request.headers)
            first_s = monotonic() - self.begin_s
            size, status = len(response.read()), response.status_code
        except Exception as problem:
            error = type(problem).__name__
        ended_s = monotonic() - self.begin_s
        self.results.append(Result(request.number, sent_s, first_s, ended_s, status, size, error))


def _listen(environment: Any, runner: Any, **_: Any) -> None:
    """Send the schedules that the master gives this worker."""

    def schedule(environment: Any, msg: Any, **_: Any) -> None:
        results = Sender(msg.data).run()
        runner.send_message(RESULTS, [tuple(result) for result in results])

    if runner is not None and type(runner).__name__ == "WorkerRunner":
        runner.register_message(SCHEDULE, schedule, concurrent=True)
        runner.send_message(LISTENING)


events.init.add_listener(_listen)  # type: ignore[no-untyped-call] # it has no types
