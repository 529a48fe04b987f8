"""Storages and log files in the cell's own folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from perflab.worker.guards import files
from perflab.worker.guards.files import Files, Origin, place_of
from tests.perflab.worker.guards.guarded import run


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    (folder / "media" / "docs").mkdir(parents=True)
    for name in ("a", "b"):
        (folder / "media" / "docs" / f"{name}.txt").write_text("old")
    (folder / "private").mkdir()
    (folder / "private" / "p.txt").write_text("old")
    return folder


CODE = """
import logging
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, default_storage
private = FileSystemStorage(location="private")
print(default_storage.open("docs/a.txt").read(), private.open("p.txt").read(), default_storage.exists("docs/c.txt"))
print(default_storage.save("docs/a.txt", ContentFile(b"new")) != "docs/a.txt")
with default_storage.open("docs/b.txt", "w") as file:
    file.write("new")
default_storage.delete("docs/a.txt")
print(default_storage.exists("docs/a.txt"), default_storage.open("docs/b.txt").read())
private.delete("p.txt")
print(sorted(default_storage.listdir("docs")[1])[-1], private.listdir("")[1], default_storage.listdir("")[0])
handler = logging.FileHandler("project.log")
handler.emit(logging.makeLogRecord({"msg": "hello"}))
print(handler.baseFilename.startswith(str(folder)), Path(handler.baseFilename).read_text().strip())
print(private.path("p.txt").startswith(str(folder)), contacts())
"""


def test_a_storage_reads_what_the_project_has_and_changes_only_the_cells(root: Path) -> None:
    before = {path: path.read_text() for path in root.rglob("*.txt")}
    assert run(root, CODE).splitlines() == [
        "b'old' b'old' False", "True", "False b'new'", "b.txt [] ['docs']", "True hello", "True []",
    ]  # fmt: skip
    assert {path: path.read_text() for path in root.rglob("*.txt")} == before
    assert not (root / "project.log").exists()


def test_a_small_folder_is_copied_before_the_project_starts_and_a_large_one_is_not(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "MAX_COPIED_FILES", 1)
    made = Files(tmp_path / "cell")
    for name, origin in {
        "large": Origin(str(root / "media")), "whole": Origin(str(root / "media"), whole=True),
        "small": Origin(str(root / "private")), "lazy": Origin(str(root / "private"), small=False),
        "missing": Origin(str(root / "missing")),
    }.items():  # fmt: skip
        made.add({str(tmp_path / name): origin})
    copied = {
        name: len(list((tmp_path / name).rglob("*.txt"))) for name in ("large", "whole", "small", "lazy", "missing")
    }
    assert copied == {"large": 0, "whole": 2, "small": 1, "lazy": 0, "missing": 0}


def test_two_folders_have_two_places_and_one_has_one(tmp_path: Path) -> None:
    assert place_of(tmp_path, "/srv/media") == place_of(tmp_path, "/srv/x/../media")
    assert place_of(tmp_path, "/srv/media") != place_of(tmp_path, "/var/media")
