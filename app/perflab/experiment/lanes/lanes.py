"""Lanes: rounds that are played at once, each in a thread of its own that drives its own servers and workers."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace

from perflab.experiment.host import Pinning
from perflab.experiment.isolate import files
from perflab.experiment.testbed import Testbed
from perflab.servers.opening import open_cache
from perflab.servers.postgres import PostgresServer

# How long to wait at a time for another lane's end: this thread is the one that is interrupted.
LOOK_S = 0.2


@dataclass(frozen=True)
class Lanes:
    """Hold a testbed for each lane.

    Attributes:
        testbed: The run's own, on all cores.
        testbeds: Those of the lanes. The first one is the run's own on one core; the calling thread plays its rounds.
    """

    testbed: Testbed
    testbeds: Sequence[Testbed]

    def play(
        self,
        numbers: Iterable[int],
        play: Callable[[int, Testbed, int], None],
        goes_on: Callable[[int], bool] = lambda lane: True,
    ) -> None:
        """Play rounds; each lane takes the next one as soon as it is free.

        Args:
            numbers: The numbers of the rounds.
            play: Plays one round; called with the number of the lane, its testbed, and the number of the round.
            goes_on: Whether a lane, by its number from 0, takes another round.

        Raises:
            Exception: What a round raised first. The others stop after their block, and what they measured is saved.
        """
        waiting = deque(numbers)
        stopping = self.testbed.stopping
        stopping.clear()
        errors: list[BaseException] = []

        def take_rounds(lane: int, testbed: Testbed) -> None:
            testbed.servers.confine()
            while not stopping.is_set() and goes_on(lane):
                try:
                    number = waiting.popleft()
                except IndexError:
                    return
                play(lane, testbed, number)

        def beside(lane: int, testbed: Testbed) -> None:
            try:
                take_rounds(lane, testbed)
            except BaseException as error:
                errors.append(error)
                stopping.set()

        threads = [
            threading.Thread(target=beside, args=(lane, testbed), name=f"lane {lane}", daemon=True)
            for lane, testbed in enumerate(self.testbeds)
            if lane
        ]
        for thread in threads:
            thread.start()
        try:
            take_rounds(0, self.testbeds[0])
        except BaseException as error:
            errors.append(error)
            stopping.set()
        for thread in threads:
            while thread.is_alive():
                thread.join(LOOK_S)
        self.testbed.servers.confine()  # to all of its cores
        if errors:
            raise errors[0]


def opened(testbed: Testbed, cores: Sequence[Pinning], stack: ExitStack) -> Lanes:
    """Open the lanes: each further one has a copy of the databases that rounds clone, and of the entries that they begin with.

    Costs half a second for each lane, and a second for each gigabyte of these databases.

    Args:
        testbed: The run's own.
        cores: The cores of each lane; none for one lane on all cores.
        stack: Stops the servers at its end.

    Raises:
        ServerError: A server cannot be started, or has no room.
    """
    if not cores:
        return Lanes(testbed, [testbed])
    return Lanes(testbed, [_on_cores(testbed, cores[0]), *(_beside(testbed, own, stack) for own in cores[1:])])


def _on_cores(testbed: Testbed, cores: Pinning) -> Testbed:
    return replace(testbed, servers=replace(testbed.servers, pinning=cores))


def _beside(testbed: Testbed, cores: Pinning, stack: ExitStack) -> Testbed:
    """Return a testbed with servers and folders of its own."""
    database = testbed.servers.database
    if isinstance(database, PostgresServer):
        templates = {*testbed.prepared.templates.values(), testbed.data.template}
        needed = {*templates, *(name for each in templates for name in testbed.prepared.others_of(each).values())}
        database = stack.enter_context(database.copy(needed))
    cache = stack.enter_context(open_cache())
    if testbed.warm is not None:
        names = f"{testbed.warm.number} "
        cache.take(testbed.servers.cache, names)
        cache.keep(names)
    servers = replace(testbed.servers, database=database, cache=cache)
    return replace(_on_cores(replace(testbed, servers=servers), cores), folder=stack.enter_context(files.run_folder()))
