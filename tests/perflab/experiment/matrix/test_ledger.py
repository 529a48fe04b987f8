"""What is done is whole: a damaged, unfinished or half-written run is not."""

from __future__ import annotations

import errno
import json
from pathlib import Path

import pytest

from perflab.errors import StoreError
from perflab.experiment.matrix import archive
from perflab.experiment.matrix.attempt import Outcome
from perflab.experiment.matrix.ledger import Ledger
from tests.perflab.experiment.matrix import bed

(POINT,) = bed.points_of(1)


def sent(folder: Path, status: str = "complete") -> tuple[bytes, Outcome]:
    (folder / "run").mkdir()
    (folder / "run" / "run.json").write_text(json.dumps({"status": status}))
    archive.pack(folder / "run", folder / "run.tar")
    digest = archive.digest_of(folder / "run.tar")
    return (folder / "run.tar").read_bytes(), Outcome(POINT.id, "host", 1.5, None, "", digest)


def test_a_whole_run_is_kept_with_its_values_and_its_machine(tmp_path: Path) -> None:
    ledger, (content, outcome) = Ledger(tmp_path / "m"), sent(tmp_path)
    ledger.fail(POINT, "once", "host")
    assert not ledger.is_done(POINT)
    ledger.store(POINT, outcome, lambda offset: content[offset : offset + 1000])
    assert ledger.is_done(POINT)
    facts = json.loads((ledger.points / POINT.id / "point.json").read_text())
    assert (facts["values"], facts["machine"], facts["seconds"]) == ([{"key": "x", "value": 0}], "host", 1.5)
    assert [path.name for path in ledger.points.iterdir()] == [POINT.id]
    assert not list((tmp_path / "m" / "failed").iterdir()), "it did not fail in the end"


def test_a_damaged_or_unfinished_run_is_not_done(tmp_path: Path) -> None:
    ledger, (content, outcome) = Ledger(tmp_path / "m"), sent(tmp_path)
    with pytest.raises(StoreError, match="damaged on its way"):
        ledger.store(POINT, outcome, lambda offset: (content[:-1] + b"x")[offset:])
    (tmp_path / "other").mkdir()
    content, outcome = sent(tmp_path / "other", "interrupted")
    with pytest.raises(StoreError, match="not complete"):
        ledger.store(POINT, outcome, lambda offset: content[offset:])
    assert not ledger.is_done(POINT)
    assert list(ledger.points.iterdir()) == []


def test_a_full_disk_is_one_line_and_leaves_nothing(tmp_path: Path) -> None:
    ledger, (content, outcome) = Ledger(tmp_path / "m"), sent(tmp_path)

    def read(offset: int) -> bytes:
        if offset:
            raise OSError(errno.ENOSPC, "No space left on device")
        return content[:100]

    with pytest.raises(StoreError, match=r"cannot keep the run of x-0-.*: No space left on device"):
        ledger.store(POINT, outcome, read)
    assert list(ledger.points.iterdir()) == []


def test_what_a_killed_command_left_is_no_obstacle(tmp_path: Path) -> None:
    ledger, (content, outcome) = Ledger(tmp_path / "m"), sent(tmp_path)
    (ledger.points / f".{POINT.id}" / "samples").mkdir(parents=True)
    (ledger.points / POINT.id).mkdir()
    assert not ledger.is_done(POINT)
    ledger.store(POINT, outcome, lambda offset: content[offset:])
    assert ledger.is_done(POINT)
