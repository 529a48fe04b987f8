"""`python -m tests`: the suite in two parts, first what shares the machine and then what needs it alone.

The first part runs on all processors. Tests that replay traffic stay with one process, in turn: they take the machine-wide
lock, and whoever waits for it does nothing else. Those marked `whole_run` may be in any process: notebooks and pages take
half of their time, and need no lock. There is one process more than processors, for one always waits. The second part is for
tests marked `alone`: what they see depends on time, so no other test may run meanwhile. Each part prints its own closing line;
arguments are pytest's, for both.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

# In more processes than this, starting the servers of one more takes longer than its tests.
MAX_PROCESSES = 8
PROCESSES = min(MAX_PROCESSES, len(os.sched_getaffinity(0)) + 1)
SHARED = ["-n", str(PROCESSES), "--dist", "loadgroup", "--no-loadscope-reorder"]
TESTS = Path(__file__).parent
# How a test of the second part is marked.
ALONE = "pytest.mark.alone"
NOTHING = pytest.ExitCode.NO_TESTS_COLLECTED
# After these there is no sense in going on: interrupted, broken, called with what pytest does not know.
FINAL = (pytest.ExitCode.INTERRUPTED, pytest.ExitCode.INTERNAL_ERROR, pytest.ExitCode.USAGE_ERROR)


def parts(arguments: Sequence[str]) -> list[list[str]]:
    """Return pytest's arguments for each part; a marker expression of the caller's narrows both.

    Unless the caller names files, pytest gets those of the second part: to collect all others takes it half a minute.
    """
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("-m", dest="expression")
    options, others = parser.parse_known_args(list(arguments))
    narrowed = f" and ({options.expression})" if options.expression else ""
    named = any(Path(argument.partition("::")[0]).exists() for argument in others)
    files = [] if named else files_alone()
    return [["-m", f"not alone{narrowed}", *SHARED, *others], ["-m", f"alone{narrowed}", *others, *files, "-n", "0"]]


def files_alone() -> list[str]:
    """Return the files with tests that need the machine for themselves."""
    files = sorted(TESTS.rglob("test_*.py"))
    return [str(file.relative_to(TESTS.parent)) for file in files if ALONE in file.read_text(encoding="utf-8")]


def run(arguments: Sequence[str]) -> int:
    """Run pytest in a process of its own and return its exit code.

    Bytecode is kept even where the environment says otherwise, as in many containers: each of some 1,500 processes would
    compile the package anew.
    """
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    process = subprocess.Popen([sys.executable, "-m", "pytest", *arguments], env=environment)
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue  # a terminal sends it to pytest too, which stops its servers and ends


def main(arguments: Sequence[str], run: Callable[[Sequence[str]], int] = run) -> int:
    """Run both parts and return an exit code: 0 only if some test ran and none failed."""
    codes: list[int] = []
    for part in parts(arguments):
        codes.append(run(part))
        if codes[-1] < 0 or codes[-1] in FINAL:
            return abs(codes[-1])
    failures = [code for code in codes if code not in (pytest.ExitCode.OK, NOTHING)]
    if failures:
        return failures[0]
    return int(NOTHING) if all(code == NOTHING for code in codes) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
