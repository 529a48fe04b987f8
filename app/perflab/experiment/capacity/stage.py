"""The load test: rounds of windows, in each of which one cell's server gets requests at one rate.

A round has fresh databases, fresh servers and, where the run has a warm state, caches in that state. From then on it is
operation: windows follow each other, and the traffic goes on. Server, database and cache have cores of their own, and the load
generator has another one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from importlib.util import find_spec
from typing import Any

from perflab.analysis.capacity.estimate import PILOT_QUEUES, Question, online
from perflab.analysis.capacity.queue import LongRun
from perflab.errors import InputError
from perflab.experiment.capacity import plan
from perflab.experiment.capacity.generator import Generator
from perflab.experiment.capacity.round import LoadRound
from perflab.experiment.host import Pinning
from perflab.experiment.rounds.playing import PhaseContext
from perflab.experiment.testbed import Testbed
from perflab.run import phases as names
from perflab.run.cells import Cell, cells_of
from perflab.run.store import load
from perflab.run.tables.declaring import Row
from perflab.run.writer import RunWriter
from perflab.scenario.capacity import Capacity
from perflab.scenario.factors.server import served_on
from perflab.scenario.profiles import Resolved
from perflab.scenario.subject.surroundings import interpreter_of

# By how much a request costs more on a server than in the replay: the server itself, processors' caches that another request has
# used, processes that take turns.
SERVED_COST = 1.6


def run(testbed: Testbed, writer: RunWriter, phases: PhaseContext) -> None:
    """Play the rounds of the load test, and save each; does nothing where the scenario has none, or the profile skips it.

    Args:
        testbed: What all rounds of the run share.
        writer: Writes the run's directory.
        phases: Names what is done now.

    Raises:
        PerflabError: A server or the load generator does not start, or ends; what was measured until then is saved.
    """
    capacity, seconds = testbed.question.scenario.capacity, testbed.question.capacity_s
    if capacity is None or not seconds:
        return
    capacity = capacity.model_copy(update={"cells": capacity.loaded(testbed.question.scenario.factor_names)})
    capacity = capacity.model_copy(update={"rounds": plan.rounds_of(capacity, seconds)})
    cells = [_cell(testbed, name) for name in capacity.cells]
    cores, generator_cores = _cores(testbed.servers.pinning, capacity)
    own = replace(testbed.servers, pinning=Pinning(testbed.servers.pinning.possible, cores, generator_cores))
    testbed = replace(testbed, servers=own)
    served = {cell.name: capacity.on(served_on(testbed.question.scenario.factors, cell.is_on)) for cell in cells}
    models = {
        name: {"server": own.kind, "workers": own.workers, "threads": own.threads} for name, own in served.items()
    }
    shares = not set(cores).isdisjoint(generator_cores)
    facts = {**models[cells[0].name], "cells": models, "cores": len(cores), "shares_cores": shares}
    writer.save_meta(load=facts)
    objective = capacity.objective
    questions = {
        name: Question(objective.within_s, objective.late_share, own.slots, len(cores)) for name, own in served.items()
    }
    guesses = first_guesses(load(writer.directory).samples, questions)
    log = writer.log_of("load").with_name("load-generator.log")
    every_row: list[Row] = []
    every_request: list[Row] = []
    with Generator.started(log, generator_cores) as generator:
        for number in range(1, capacity.rounds + 1):
            with phases(names.LOAD):
                test = LoadRound(testbed, writer, capacity, served, cells, number, generator)
                rows, requests = test.play(guesses, seconds / capacity.rounds)
            every_row += rows
            every_request += requests
            shown = online(every_row, every_request, questions)
            guesses = {cell: plan.moved(guess, shown.get(cell, guess)) for cell, guess in guesses.items()}


def check(question: Resolved) -> None:
    """Find out whether everything is installed that the load test needs, before anything is measured.

    Args:
        question: The scenario at one of its profiles.

    Raises:
        InputError: The load generator or the server is missing.
    """
    capacity = question.scenario.capacity
    if capacity is None or not question.capacity_s:
        return
    instead = "or skip the load test with `-p capacity_s=0`"
    if find_spec("locust") is None:
        raise InputError(
            "the load test needs Locust, which is not installed", hint=f"`pip install 'perflab[capacity]'`, {instead}"
        )
    interpreter = interpreter_of(question.scenario.subject)
    for server in dict.fromkeys(_servers(question)):
        is_there = find_spec(server) is not None if interpreter is None else interpreter.packages[server]
        if not is_there:
            where = "" if interpreter is None else f" in {interpreter.executable}"
            raise InputError(
                f"capacity.server: {server} is not installed{where}", hint=f"`pip install {server}`, {instead}"
            )


def _servers(question: Resolved) -> Iterator[str]:
    """Yield the server of each cell that is loaded."""
    scenario, capacity = question.scenario, question.scenario.capacity
    for cell in cells_of(scenario.factor_names):
        if capacity is not None and cell.name in capacity.loaded(scenario.factor_names):
            yield capacity.on(served_on(scenario.factors, cell.is_on)).server


def _cell(testbed: Testbed, name: str) -> Cell:
    cell = next((cell for cell in testbed.cells if cell.name == name and cell.role != "reference"), None)
    if cell is None:
        names = ", ".join(cell.name for cell in testbed.cells if cell.role != "reference")
        raise InputError(f"capacity.cells names {name!r}, which is no cell", hint=f"the cells are {names}")
    return cell


def _cores(pinning: Pinning, capacity: Capacity) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the cores of what is measured and those of the load generator, which shares one where there are too few."""
    every = pinning.every
    wanted = capacity.cores or max(1, len(every) - 1)
    measured = tuple(every[-min(wanted, len(every)) :])
    return measured, tuple(core for core in every if core not in measured) or (every[0],)


def first_guesses(samples: Any, questions: Mapping[str, Question]) -> dict[str, float]:
    """Return where to look first: the capacity of a queue of the requests' CPU times, as the replay measured them.

    Args:
        samples: The run's samples.
        questions: What is asked, by the cell.
    """
    measured = samples[samples["phase"] == "measured"]
    cpu_s = measured[["app_cpu_s", "db_cpu_s", "cache_cpu_s"]].sum(axis=1).to_numpy(float)
    cells = measured["cell"].astype(str).to_numpy()
    guesses = {}
    for name, question in questions.items():
        own = cpu_s[cells == name] if name in cells else cpu_s
        queue = LongRun(own, question.slots, question.cores, queues=PILOT_QUEUES)
        guesses[name] = queue.capacity(question.within_s, question.late_share, SERVED_COST)
    return guesses
