"""The memory of a process."""

from __future__ import annotations

import os
import resource
import sys
from pathlib import Path

import pytest

from perflab.experiment.observe.memory import private_bytes


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells")
def test_what_a_process_keeps_is_in_its_memory() -> None:
    before = private_bytes(os.getpid())
    kept = bytearray(b"x" * 50_000_000)
    after = private_bytes(os.getpid())
    assert before is not None and after is not None
    assert 40_000_000 < after - before < 60_000_000
    assert len(kept) == 50_000_000


def test_shared_pages_do_not_count_and_what_cannot_be_read_is_unknown(tmp_path: Path) -> None:
    (tmp_path / "7").mkdir()
    (tmp_path / "7" / "statm").write_text("900 500 100 1 0 300 0\n")
    assert private_bytes(7, tmp_path) == 400 * resource.getpagesize()
    (tmp_path / "7" / "statm").write_text("\n")
    assert private_bytes(7, tmp_path) is None and private_bytes(8, tmp_path) is None
