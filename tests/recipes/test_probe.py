"""The recipe for a probe and its column: `memory_bytes`, in a file and two lines."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.perflab import saved_run
from tests.recipes.tree import Line, Recipe, Tree, check_size, performed

MEMORY = '''"""Growth of the worker's resident memory during a request; reading it takes 2 µs, twice, outside the clocks."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from perflab.worker.probes.base import Probe

PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


class MemoryProbe(Probe):
    """Read how much memory the process has before and after each request."""

    def install(self, connection: Any) -> None:
        """Open the file that the kernel keeps the number in."""
        self._file = os.open("/proc/self/statm", os.O_RDONLY)

    def start(self) -> None:
        """Begin a request."""
        self._before = self._resident_bytes()

    def read(self) -> Mapping[str, int | float | None]:
        """Return by how much the memory grew."""
        return {"memory_bytes": self._resident_bytes() - self._before}

    def _resident_bytes(self) -> int:
        return int(os.pread(self._file, 100, 0).split()[1]) * PAGE_BYTES


PROBE = MemoryProbe
'''
RECIPE = Recipe(
    "Add a probe and its column",
    "app/perflab/worker/probes/memory.py",
    MEMORY,
    {
        "app/perflab/worker/probes/__init__.py": Line('    "memory",\n', above='    "queries",\n'),
        "app/perflab/run/tables/__init__.py": Line(
            '    memory_bytes: int | None = column("int64", unit="bytes", title="memory growth", effect=True)\n',
            above='    response_digest: str | None = column("string")\n',
        ),
    },
)
CLAIM = {
    "id": "lean", "statement": "Requests leave less memory behind", "metric": "memory_bytes", "direction": "at_least",
    "bound": 0.2,
}  # fmt: skip

# Runs in the copy: a real worker executes requests of a project, and their rows are saved and read as those of a run.
MEASURED_AND_SAVED = """
import json
from pathlib import Path
from perflab.experiment.replay.turns import Conditions, Turn
from perflab.run import store
from perflab.run.cells import treatments
from perflab.run.writer import RunWriter
from perflab.worker.handle import WorkerHandle
from perflab.worker.protocol import WorkerConfig
from tests.perflab.saved_run import facts
from tests.perflab.steps import step_of

(cell, _) = cells = treatments(["fast"])
worker = WorkerHandle.start(WorkerConfig(cell.name, "tests.projects.tiny", {"ALLOWED_HOSTS": ["*"]}), Path("log"))
try:
    worker.wait_ready()
    steps = [step_of("/greet/", number, endpoint="greet") for number in range(3)]
    samples = worker.block(steps).samples
finally:
    worker.stop()
turn = Turn(cell, 0, None, steps, samples)
rows = list(turn.rows(Conditions(1, cells, ["fast"], {}, "seed", 0.0), {}))
writer = RunWriter.create(Path("run"), facts(factors=["fast"]))
writer.save_round(1, [], rows, [])
writer.finish("complete")
column = store.load(Path("run")).samples["memory_bytes"]
print(json.dumps({"sent": [s.memory_bytes for s in samples], "read": column.tolist(), "dtype": str(column.dtype)}))
"""
# Runs in the copy: cells are compared by the column, in a run whose answer is known.
COMPARED = """
import json
from pathlib import Path
from perflab.explore.run import Run
from tests.perflab.synthetic import Truth, make_samples, meta

truth = Truth(rounds=4, blocks=4)
samples = make_samples(truth)
on = (samples["cell"] == "all_on").astype(int)
samples["memory_bytes"] = 4096 + 4096 * samples["step"].mod(3) * (2 - on) // 2 - 1024 * on
run = Run(Path("compared"), meta(truth))
run.__dict__["samples"] = samples  # fills the cached property
effects = run.effects(metrics=["memory_bytes"])
row = effects[(effects["endpoint"] == "ALL") & (effects["contrast"] == "all_on / all_off")].iloc[0]
print(json.dumps({"before": row["before"], "after": row["after"], "verdict": row["verdict"]}))
"""


@pytest.fixture(scope="module")
def with_memory(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    return performed(RECIPE, tmp_path_factory.mktemp("probe"))


def test_a_probe_with_its_column_takes_one_file_and_two_lines(with_memory: Tree) -> None:
    check_size(RECIPE, with_memory)


def test_a_real_worker_fills_the_column_of_a_saved_run(with_memory: Tree) -> None:
    measured = with_memory.printed(MEASURED_AND_SAVED)
    assert len(measured["sent"]) == 3
    assert all(isinstance(growth, int) and growth % 4096 == 0 for growth in measured["sent"])
    assert (measured["read"], measured["dtype"]) == (measured["sent"], "Int64")


def test_cells_are_compared_by_the_column(with_memory: Tree) -> None:
    row = with_memory.printed(COMPARED)
    assert row["before"] > row["after"] > 0
    assert row["verdict"]


def test_a_run_from_before_the_column_reads_null(with_memory: Tree, tmp_path: Path) -> None:
    run = saved_run.save(tmp_path / "reports")
    assert "memory_bytes" not in run.samples
    program = (
        "import json, sys; from pathlib import Path; from perflab.run import store\n"
        "samples = store.load(Path(sys.argv[1])).samples\n"
        "print(json.dumps([len(samples), int(samples['memory_bytes'].isna().sum())]))"
    )
    rows, unknown = with_memory.printed(program, str(run.directory))
    assert rows == unknown == len(run.samples)


def test_a_claim_can_be_about_the_column(with_memory: Tree) -> None:
    text = with_memory.python("-m", "perflab", "check", with_memory.scenario(claims=[CLAIM]))
    assert "Requests leave less memory behind" in text
    wrong = with_memory.scenario(claims=[{**CLAIM, "metric": "memory_byte"}])
    assert "did you mean 'memory_bytes'?" in with_memory.python("-m", "perflab", "check", wrong, code=2)
    with_memory.python("-m", "perflab.scenario.output.schema", "schema.json")
    schema = json.loads((with_memory.folder / "schema.json").read_text(encoding="utf-8"))
    assert "memory_bytes" in json.dumps(schema["$defs"]["Claim"])


def test_the_registry_holds_the_new_probe_to_its_rules(with_memory: Tree) -> None:
    printed = with_memory.tests("tests/perflab/worker/probes/test_init.py", "-v")
    assert "[memory] PASSED" in printed
