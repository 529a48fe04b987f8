"""The phases that the experiment notes are those that run/phases.py names."""

from __future__ import annotations

import ast
import inspect
from pathlib import Path

from perflab.experiment import run
from perflab.experiment.rounds import measured, playing
from perflab.run import phases

NAMES = {value for name, value in vars(phases).items() if name.isupper() and isinstance(value, str)}


def named_phases(tree: ast.AST) -> set[str]:
    """The phases of some code, `with phases(...)`, by name or by constant."""
    calls = [
        n
        for n in ast.walk(tree)
        if isinstance(n, ast.Call) and "phases" in (getattr(n.func, "id", None), getattr(n.func, "attr", None))
    ]
    assert all(isinstance(call.args[0], ast.Constant | ast.Name | ast.Attribute) for call in calls)
    values = {**vars(phases)}
    names: set[str] = set()
    for call in calls:
        argument = call.args[0]
        if isinstance(argument, ast.Constant):
            names.add(str(argument.value))
        elif isinstance(argument, ast.Name):
            names.add(values[argument.id])
        elif isinstance(argument, ast.Attribute):
            names.add(values[argument.attr])
    return names


def test_every_phase_of_the_experiment_has_its_name_here() -> None:
    folder = Path(inspect.getfile(run)).parent
    names = set().union(*(named_phases(ast.parse(path.read_text(encoding="utf-8"))) for path in folder.rglob("*.py")))
    assert names == NAMES


def test_people_see_a_title_where_the_name_is_a_private_word() -> None:
    assert phases.title_of(phases.CONCURRENCY) == "concurrency probe"
    assert phases.title_of(phases.SEED) == "seed" and phases.title_of("of a later version") == "of a later version"


def test_what_a_round_takes_beside_its_replay_is_known() -> None:
    """A phase that was renamed would count as happening once."""
    assert {*phases.AROUND_REPLAY} < NAMES and phases.REPLAY not in phases.AROUND_REPLAY
    played = [
        node
        for module, name in ((playing, "play_round"), (measured, "play"))
        for node in ast.parse(inspect.getsource(module)).body
        if isinstance(node, ast.FunctionDef) and node.name == name
    ]
    assert len(played) == 2
    only_in_the_first = {phases.CHECK_RESPONSES}
    in_a_round = set().union(*map(named_phases, played)) - only_in_the_first
    assert phases.REPLAY in in_a_round and in_a_round <= {phases.REPLAY, *phases.AROUND_REPLAY}
