"""A run to hold others against, for all tests of the gate."""

from __future__ import annotations

import pytest

from perflab.run.store import Run
from tests.perflab.analysis.gated import FACTS, TRUTH
from tests.perflab.synthetic import make_run


@pytest.fixture(scope="session")
def baseline() -> Run:
    return make_run(TRUTH, environment=FACTS)
