"""Replacing functions and methods of Python's own."""

from __future__ import annotations

import array
import sys
from types import ModuleType

import pytest

from perflab.worker.guards import replacing


def test_an_object_is_replaced_in_every_module_but_perflabs(monkeypatch: pytest.MonkeyPatch) -> None:
    before, after = object(), object()
    one, own = ModuleType("one"), ModuleType("perflab.own")
    for module in (one, own):
        vars(module)["name"] = before
        monkeypatch.setitem(sys.modules, module.__name__, module)
    replacing.everywhere([(before, after)])
    assert vars(one)["name"] is after and vars(own)["name"] is before


def test_a_method_of_a_class_of_c_code_is_replaced_for_objects_that_exist() -> None:
    original, existing = vars(array.array)["tolist"], array.array("b", [1])
    replacing.in_class(array.array, "tolist", lambda own: "replaced")
    try:
        assert str(existing.tolist()) == "replaced"
    finally:
        replacing.in_class(array.array, "tolist", original)
    assert existing.tolist() == [1]
