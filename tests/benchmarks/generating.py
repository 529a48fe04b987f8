"""What sending a request costs the load generator, beside Locust's own FastHttpUser on the same server.

The server is granian with an application that does nothing, on another core. Locust's users wait a random time between requests,
so that both send about as many a second, and neither sends many at once: whoever wakes for a batch of users spends less on each.
"""

from __future__ import annotations

import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from perflab.experiment.capacity.generator import Generator, free_port
from perflab.experiment.load.schedule import Request
from tests.benchmarks.table import Result, Spread, Table, say

RATE, SECONDS, PEOPLE = 300, 10.0, 60
APPLICATION = """
def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "2")])
    return [b"ok"]
"""
PLAIN = f"""
import json, random, time
from locust import FastHttpUser, events, task

class Plain(FastHttpUser):
    def wait_time(self):
        return random.expovariate({RATE} / {PEOPLE})

    @task
    def get(self):
        self.client.get("/")

@events.spawning_complete.add_listener
def began(user_count, **_):
    Plain.began = time.process_time(), Plain.environment.stats.total.num_requests

@events.init.add_listener
def started(environment, **_):
    Plain.environment = environment

@events.quitting.add_listener
def ended(environment, **_):
    cpu_s, requests = Plain.began
    print(json.dumps([time.process_time() - cpu_s, environment.stats.total.num_requests - requests]))
"""


@contextmanager
def served(folder: Path, core: int) -> Iterator[str]:
    """A server that does nothing, on one core; its URL."""
    (folder / "nothing.py").write_text(APPLICATION)
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "granian",
        "--interface",
        "wsgi",
        "--port",
        str(port),
        "nothing:application",
    ]
    with (folder / "server.log").open("wb") as log:
        server = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log, start_new_session=True)
    try:
        psutil.Process(server.pid).cpu_affinity([core])
        deadline = time.monotonic() + 20
        while b"Listening" not in (folder / "server.log").read_bytes() and time.monotonic() < deadline:
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(10)


def ours(url: str, folder: Path, core: int) -> tuple[float, float]:
    """CPU seconds of a request of the lab's generator, and the 99th percentile of its lag."""
    rng = random.Random(1)
    at_s = 0.0
    requests: list[Request] = []
    while at_s < SECONDS:
        requests.append(Request(len(requests), at_s, f"u{rng.randrange(PEOPLE)}", "GET", "/", {}, None))
        at_s += rng.expovariate(RATE)
    with Generator.started(folder / "generator.log", [core]) as generator:
        generator.send(url, 10.0, requests[:200])
        before = generator.cpu_s()
        results = generator.send(url, 10.0, requests)
        spent = generator.cpu_s() - before
    assert all(result.status == 200 for result in results)
    lags = sorted(result.sent_s - request.at_s for request, result in zip(requests, results, strict=True))
    return spent / len(requests), lags[int(0.99 * len(lags))]


def plain(url: str, folder: Path, core: int) -> float:
    """CPU seconds of a request of Locust's own user."""
    file = folder / "plain.py"
    file.write_text(PLAIN)
    done = subprocess.run(
        [sys.executable, "-m", "locust", "-f", str(file), "--headless", "--host", url, "--users", str(PEOPLE), "--spawn-rate",
         str(PEOPLE), "--run-time", f"{SECONDS:g}s", "--only-summary"],
        cwd=folder, capture_output=True, text=True, check=False, preexec_fn=lambda: os.sched_setaffinity(0, [core]),
    )  # fmt: skip
    line = next(line for line in done.stdout.splitlines() if line.startswith("["))
    spent, requests = json.loads(line)
    return float(spent) / float(requests)


def measure(times: int) -> Table:
    """Both in turn, so many times."""
    cores = sorted(os.sched_getaffinity(0))
    ratios, lags, costs = [], [], []
    with tempfile.TemporaryDirectory() as name, served(Path(name), cores[-1]) as url:
        for number in range(times):
            say(f"generator: {number + 1} of {times}")
            own, lag = ours(url, Path(name), cores[0])
            other = plain(url, Path(name), cores[0])
            ratios.append(own / other)
            lags.append(lag)
            costs.append((own, other))
    result = Table(
        f"Load generator at {RATE} requests a second, {SECONDS:g} s, {times} times",
        ("generator", "CPU per request, ms", "requests a second on one core"),
    )
    for label, values in zip(("ours", "plain FastHttpUser"), zip(*costs, strict=True), strict=True):
        cost = statistics.median(values)
        result.rows.append([label, Spread.extremes([1e3 * value for value in values]).text(), f"{1 / cost:,.0f}"])
    result.results = [
        Result("CPU per request, ours / plain", statistics.median(ratios), 1.15, spread=Spread.extremes(ratios).text()),
        Result("p99 of sent - intended", 1e3 * statistics.median(lags), 5.0, unit=" ms"),
    ]
    return result
