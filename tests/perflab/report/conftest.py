"""One saved run and its summary, for all tests of the report."""

from __future__ import annotations

import pytest

from perflab import report
from perflab.run.store import Run
from perflab.run.summary import Summary
from tests.perflab import saved_run


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return saved_run.save(tmp_path_factory.mktemp("project") / "reports")


@pytest.fixture(scope="session")
def summary(run: Run) -> Summary:
    return report.write(run)
