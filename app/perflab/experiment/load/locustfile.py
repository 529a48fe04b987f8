"""What a worker of Locust's runs: `locust -f locustfile.py --worker --master-host HOST --master-port PORT`.

An open loop: every request is sent at its intended time, in a greenlet of its own, whatever became of those before. One person's
requests share connections, as a browser's do. A connection is opened when it is needed, never ahead: some servers give a worker
to a connection that has not sent anything yet.
"""

from __future__ import annotations

from time import monotonic
from typing import Any

import gevent
from locust import FastHttpUser, events, task

from perflab.experiment.load.schedule import RESULTS, SCHEDULE, Request, Result

# Connections of one person: a browser has six; more wait here, which would be our queue and not the server's.
CONNECTIONS = 64


class Person(FastHttpUser):
    """One person's connections. Locust never starts it: the schedule says who asks for what, and when."""

    host = "http://127.0.0.1"
    concurrency = CONNECTIONS
    max_redirects = 0

    @task
    def nothing(self) -> None:
        """Do nothing: Locust takes no file without a task."""


class Sender:
    """Sends the requests of one schedule.

    Args:
        environment: Locust's environment.
        message: The schedule, see `schedule.as_message`.
    """

    def __init__(self, environment: Any, message: dict[str, Any]) -> None:
        self.environment = environment
        self.url, self.timeout_s = str(message["url"]), float(message["timeout_s"])
        self.begin_s = monotonic() + float(message["begin_in_s"])
        self.requests = [Request(*request) for request in message["requests"]]
        self.people: dict[str, Any] = {}
        self.results: list[Result] = []

    def run(self) -> list[Result]:
        """Send everything, and return what became of it once the last response is there."""
        for person in {request.person for request in self.requests}:
            kind = type("Person", (Person,), {"host": self.url, "network_timeout": self.timeout_s})
            self.people[person] = kind(self.environment).client
        sent = []
        for request in self.requests:
            gevent.sleep(max(0.0, self.begin_s + request.at_s - monotonic()))
            sent.append(gevent.spawn(self._send, request))
        gevent.joinall(sent)
        return self.results

    def _send(self, request: Request) -> None:
        client = self.people[request.person]
        headers = {"Accept-Encoding": "identity", **request.headers}
        sent_s = monotonic() - self.begin_s
        first_s: float | None = None
        status = size = error = None
        try:
            response = client.request(
                request.method, request.path, name=request.method, data=request.body, headers=headers, stream=True,
                allow_redirects=False, catch_response=True,
            )  # fmt: skip
            with response:
                response.success()
                status = response.status_code or None
                if status is None:
                    # whatever goes wrong, the client says that it has tried often enough
                    error = type(getattr(response.error, "original", None) or response.error).__name__
                else:
                    first_s = monotonic() - self.begin_s
                    size = len(response.content or b"")
        except Exception as problem:
            status, error = None, type(problem).__name__
        ended_s = monotonic() - self.begin_s
        self.results.append(Result(request.number, sent_s, first_s, ended_s, status, size, error))


def _listen(environment: Any, runner: Any, **_: Any) -> None:
    """Send the schedules that the master gives this worker."""

    def schedule(environment: Any, msg: Any, **_: Any) -> None:
        results = Sender(environment, msg.data).run()
        runner.send_message(RESULTS, [tuple(result) for result in results])

    if runner is not None and type(runner).__name__ == "WorkerRunner":
        runner.register_message(SCHEDULE, schedule, concurrent=True)


events.init.add_listener(_listen)  # type: ignore[no-untyped-call] # it has no types
