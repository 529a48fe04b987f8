"""The registry of probes. That each fills its columns is seen in a real worker, see test_handle.py."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import pytest

from perflab.worker import probes
from perflab.worker.probes.base import Probe


@pytest.mark.parametrize("name", probes.NAMES)
def test_a_probes_module_holds_one_probe(name: str) -> None:
    module = import_module(f"{probes.__name__}.{name}")
    assert issubclass(module.PROBE, Probe) and module.PROBE.__module__.startswith(module.__name__)
    assert probes.PROBES[probes.NAMES.index(name)] is module.PROBE


def test_every_module_that_holds_a_probe_is_listed() -> None:
    modules = {
        path.parent.name if path.name == "__init__.py" else path.stem
        for path in Path(probes.__file__).parent.glob("**/*.py")
        if re.search(r"^PROBE = ", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert modules == set(probes.NAMES)
