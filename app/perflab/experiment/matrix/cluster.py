"""The Dask cluster that runs a matrix: the scheduler that was named, or one of this machine with one worker.

A worker offers `lab: 1`, and a point needs it, so that a worker never has two. Importing this costs a second.
"""

from __future__ import annotations

import logging
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec

import dask
from distributed import Client, LocalCluster, Worker, WorkerPlugin, get_worker

from perflab.errors import ServerError
from perflab.experiment.matrix.attempt import Outcome, check_machine, perform
from perflab.experiment.matrix.plan import Plan, Point

LAB = "lab"
CONNECT_S = 15
# Dask samples the stack of a worker every 10 ms: not beside a measurement.
CONFIG = {"distributed.worker.profile.enabled": False, "distributed.admin.tick.limit": "1h"}


class Machines(WorkerPlugin):
    """Lets each worker offer a resource of its machine's, so that a point can be bound to a machine.

    Workers that come later, or again under another address, get it too.
    """

    name = "perflab-machines"

    def __init__(self, *, by_worker: bool = False) -> None:
        self.by_worker = by_worker

    def machine_of(self, worker: Worker) -> str:
        """Return the name of a worker's machine: the host's, or the worker's own if each counts as one."""
        return str(worker.name) if self.by_worker else socket.gethostname()

    async def setup(self, worker: Worker) -> None:
        """Add the resource to a worker."""
        await worker.set_resources(**{resource_of(self.machine_of(worker)): 1})


@contextmanager
def connected(scheduler: str | None, workers: int = 1, *, by_worker: bool = False) -> Iterator[Client]:
    """Connect to a scheduler, or start one with workers on this machine, which end with this process.

    Args:
        scheduler: The scheduler's address; None starts one.
        workers: How many workers to start.
        by_worker: Whether each worker counts as a machine.

    Raises:
        ServerError: No scheduler responds at that address.
    """
    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # a lost worker is shown by the progress
    with dask.config.set(CONFIG):
        if scheduler is None:
            started = LocalCluster(
                n_workers=workers, threads_per_worker=1, processes=True, resources={LAB: 1}, host="127.0.0.1",
                dashboard_address="127.0.0.1:0", memory_limit=0, silence_logs=logging.CRITICAL,
            )  # fmt: skip
            with started, Client(started) as client:
                client.register_plugin(Machines(by_worker=by_worker))
                yield client
            return
        try:
            client = Client(scheduler, timeout=CONNECT_S)
        except (OSError, TimeoutError, ValueError) as error:
            raise ServerError(
                f"no scheduler of Dask responds: {error}", where=scheduler, hint="start one by `dask scheduler`"
            ) from None
        with client:
            client.register_plugin(Machines(by_worker=by_worker))
            yield client


def dashboard_of(client: Client) -> str | None:
    """Return the address of the scheduler's dashboard; None where Dask has none, as without bokeh."""
    return str(client.dashboard_link) if find_spec("bokeh") and client.dashboard_link else None


def resource_of(machine: str | None) -> str:
    """Return the resource that only workers of a machine offer; that of all workers if None.

    Args:
        machine: The machine's name.
    """
    return LAB if machine is None else f"{LAB}-{machine}"


def offers(client: Client) -> dict[str, int]:
    """Return how many workers offer each resource, among those that offer `lab`."""
    counts: dict[str, int] = {}
    for worker in client.scheduler_info(n_workers=-1)["workers"].values():
        if LAB in worker["resources"]:
            for name in worker["resources"]:
                counts[name] = counts.get(name, 0) + 1
    return counts


def machines(client: Client, patience_s: float = 0) -> list[str]:
    """Return the names of the machines that have workers now.

    Args:
        client: The connection to the cluster.
        patience_s: How long to wait for the first worker, in seconds.
    """
    deadline = time.monotonic() + patience_s
    while True:
        names = sorted(name.removeprefix(f"{LAB}-") for name in offers(client) if name.startswith(f"{LAB}-"))
        if names or time.monotonic() >= deadline:
            return names
        time.sleep(0.1)


def work(plan: Plan, point: Point) -> Outcome:
    """Run a point; this is the task of a worker.

    Raises InputError if its machine has not the checkout that the matrix is about: no point may be run there.

    Args:
        plan: The matrix.
        point: The point.
    """
    check_machine(plan)
    worker = get_worker()
    plugin = worker.plugins.get(Machines.name)
    name = plugin.machine_of(worker) if isinstance(plugin, Machines) else None
    return perform(plan, point, worker.address, name)
