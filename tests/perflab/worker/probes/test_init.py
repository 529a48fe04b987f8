"""The registry of probes, and what has to agree with it."""

from __future__ import annotations

from importlib import import_module

import pytest

from perflab.run.tables import SAMPLE_COLUMNS
from perflab.worker import probes
from perflab.worker.probes.base import Probe


@pytest.mark.parametrize("name", probes.NAMES)
def test_a_probes_module_holds_a_probe_that_fills_columns_of_the_samples(name: str) -> None:
    module = import_module(f"{probes.__name__}.{name}")
    assert issubclass(module.PROBE, Probe) and module.PROBE in probes.PROBES
    probe = module.PROBE()
    probe.start()
    assert set(probe.read()) <= {column.name for column in SAMPLE_COLUMNS}


def test_no_two_probes_fill_the_same_column() -> None:
    made = [probe() for probe in probes.PROBES]
    filled = [name for probe in made for name in probe.read()]
    assert len(filled) == len(set(filled))
