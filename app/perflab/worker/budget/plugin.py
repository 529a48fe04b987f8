"""pytest's side: the option --perflab-budget, the fixture perflab_budget, and the report at the end.

pytest loads this module in each session of an environment that has perflab: at its top it imports pytest alone.
PYTEST_DONT_REWRITE: there is no assert in it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from perflab.worker.budget.budgets import Budgets
    from perflab.worker.budget.session import Session

MODES = ("write", "check", "update")
_SENT = "perflab_budget"  # the key of what a worker of pytest-xdist sends
_DESELECTED = "perflab_budget_deselected"
SESSION = pytest.StashKey["Session"]()
DESELECTED = pytest.StashKey[set[str]]()
REPORT = pytest.StashKey[list[str]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option."""
    parser.getgroup("perflab").addoption(
        "--perflab-budget",
        choices=MODES,
        help="pinned queries: write new entries (default), check without writing (default where CI is set), or update all",
    )


@pytest.fixture
def perflab_budget(request: pytest.FixtureRequest) -> Iterator[Budgets]:
    """Pin how many queries a request sends, in a file beside the test file.

    `with perflab_budget("book-list"): client.get("/books/")` pins a number, `perflab_budget.growth(...)` a + b*rows.
    """
    from perflab.worker.budget import budgets

    session, failed = _session(request.config), request.session.testsfailed
    own = budgets.of(request, session)
    yield own
    if request.session.testsfailed == failed:  # a request that went wrong may have sent any number of queries
        session.add(own.file, own.new)


def _session(config: pytest.Config) -> Session:
    """Return what this process knows of the run; made when the first test asks for it."""
    if SESSION not in config.stash:
        from perflab.worker.budget.session import Session

        in_ci = os.environ.get("CI", "").lower() not in ("", "0", "false")
        mode = config.getoption("perflab_budget") or ("check" if in_ci else "write")
        config.stash[SESSION] = Session(mode, config.rootpath)
    return config.stash[SESSION]


def pytest_deselected(items: Sequence[pytest.Item]) -> None:
    """Remember which files do not run as a whole."""
    if items:
        items[0].config.stash.setdefault(DESELECTED, set()).update(str(item.path) for item in items)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take what a worker of pytest-xdist used and has to write."""
    sent = getattr(node, "workeroutput", {})
    node.config.stash.setdefault(DESELECTED, set()).update(sent.get(_DESELECTED, ()))
    if _SENT in sent:
        _session(node.config).merge(sent[_SENT])


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Write entries; a worker of pytest-xdist sends them to the controller instead."""
    config = session.config
    output = getattr(config, "workeroutput", None)
    if output is not None:
        output[_DESELECTED] = sorted(config.stash.get(DESELECTED, ()))
        if SESSION in config.stash:
            output[_SENT] = config.stash[SESSION].dumped()
    elif SESSION in config.stash:
        own = config.stash[SESSION]
        config.stash[REPORT] = list(own.finish(_whole(config) if exitstatus == pytest.ExitCode.OK else set()))
        if own.mistakes and exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _whole(config: pytest.Config) -> set[Path]:
    """Return the existing files of entries of which each test ran: none was left out, and none skipped."""
    from perflab.worker.budget.entries import file_of

    reporter = config.pluginmanager.get_plugin("terminalreporter")
    partial = any("::" in argument for argument in config.args) or config.getoption("lf", False)
    if reporter is None or partial:
        return set()
    by_outcome = {
        passed: {
            config.rootpath / report.nodeid.partition("::")[0]
            for outcome, reports in reporter.stats.items()
            for report in reports
            if hasattr(report, "nodeid") and outcome not in ("", "deselected") and (outcome == "passed") is passed
        }
        for passed in (True, False)
    }
    left_out = by_outcome[False] | {Path(file) for file in config.stash.get(DESELECTED, ())}
    return {file for test in by_outcome[True] - left_out if (file := file_of(test)).is_file()}


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Print what was written, and what no test uses."""
    lines = config.stash.get(REPORT, [])
    if lines:
        terminalreporter.section("perflab budgets")
        for line in lines:
            terminalreporter.line(line)
