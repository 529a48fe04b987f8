"""The ledger of predictions: one line for each deployment, whatever happens beside or to the writer."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path
from typing import Any

import pytest

from perflab.errors import StoreError
from perflab.run.predictions import NAME, append, read

RECORD: dict[str, Any] = {
    "scenario": "shop", "run_id": "1", "contrast": "all_on / all_off", "before": "a", "after": "b", "rows": [],
}  # fmt: skip


def test_a_deployment_has_one_line(tmp_path: Path) -> None:
    reports = tmp_path / "reports"
    assert read(reports) == ([], 0)
    assert append(reports, RECORD) and not append(reports, {**RECORD, "rows": [1]})
    assert append(reports, {**RECORD, "after": "c"})
    records, unreadable = read(reports)
    assert [record["after"] for record in records] == ["b", "c"] and unreadable == 0
    assert records[0]["rows"] == [], "the first result stays"


def test_a_torn_line_is_told_and_harms_no_other(tmp_path: Path) -> None:
    append(tmp_path, RECORD)
    with (tmp_path / NAME).open("ab") as file:
        file.write(b'{"schema": 1, "scenario": "sh\xff')
    assert append(tmp_path, {**RECORD, "run_id": "2"})
    records, unreadable = read(tmp_path)
    assert [record["run_id"] for record in records] == ["1", "2"] and unreadable == 1


@pytest.mark.parametrize("line", ["[]", "5", '{"schema": 99}', "[" * 10_000])
def test_a_line_of_another_kind_is_counted(tmp_path: Path, line: str) -> None:
    (tmp_path / NAME).write_text(line + "\n\n")
    assert read(tmp_path) == ([], 1)


def test_a_full_disk_leaves_the_file_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    append(tmp_path, RECORD)
    content, write = (tmp_path / NAME).read_bytes(), os.write
    monkeypatch.setattr(os, "write", lambda file, data: write(file, data[:7]))
    with pytest.raises(StoreError, match=r"cannot write .*predictions\.jsonl: the disk is full; make room"):
        append(tmp_path, {**RECORD, "run_id": "2"})
    assert (tmp_path / NAME).read_bytes() == content


def test_writers_at_once_write_all_lines_and_each_once(tmp_path: Path) -> None:
    added: list[bool] = []
    threads = [
        threading.Thread(target=lambda k=k: added.append(append(tmp_path, {**RECORD, "run_id": str(k % 5)})))
        for k in range(10)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    records, unreadable = read(tmp_path)
    assert sorted(record["run_id"] for record in records) == list("01234")
    assert sum(added) == 5 and unreadable == 0


def test_hostile_texts_stay_on_their_line(tmp_path: Path) -> None:
    hostile = 'a\nb"\x1b[31m\u2028'
    append(tmp_path, {**RECORD, "scenario": hostile})
    (line,) = (tmp_path / NAME).read_bytes().splitlines()
    assert json.loads(line)["scenario"] == hostile
    assert read(tmp_path)[0][0]["scenario"] == hostile


def test_a_folder_in_its_place_is_one_line(tmp_path: Path) -> None:
    (tmp_path / NAME).mkdir()
    with pytest.raises(StoreError, match="cannot read"):
        read(tmp_path)
