"""One saved run, for all tests of what one can look into."""

from __future__ import annotations

import pytest

from perflab.explore import Run
from tests.perflab import explored


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return explored.save(tmp_path_factory.mktemp("project") / "reports")
