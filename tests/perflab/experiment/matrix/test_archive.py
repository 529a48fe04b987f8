"""A run as one file: the same files come out, and nothing else gets out of its folder."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest

from perflab.errors import StoreError
from perflab.experiment.matrix import archive


@pytest.fixture
def packed(tmp_path: Path) -> Path:
    run = tmp_path / "run"
    (run / "samples").mkdir(parents=True)
    (run / "samples" / "a.parquet").write_bytes(bytes(range(256)) * 40_000)
    (run / "run.json").write_text("{}")
    (run / "run.json").chmod(0o600)
    (run / "link").symlink_to("/etc/passwd")
    archive.pack(run, tmp_path / "out" / "run.tar")
    return tmp_path / "out" / "run.tar"


def test_what_goes_in_comes_out_readable(packed: Path, tmp_path: Path) -> None:
    archive.unpack(packed, tmp_path / "new")
    files = sorted(
        path.relative_to(tmp_path / "new").as_posix() for path in (tmp_path / "new").rglob("*") if path.is_file()
    )
    assert files == ["run.json", "samples/a.parquet"]
    assert (tmp_path / "new" / "samples" / "a.parquet").read_bytes() == bytes(range(256)) * 40_000
    fresh = tmp_path / "fresh"
    fresh.touch()
    assert (tmp_path / "new" / "run.json").stat().st_mode == fresh.stat().st_mode


def test_chunks_are_the_file(packed: Path) -> None:
    read = b""
    while chunk := archive.read_chunk(str(packed), len(read)):
        assert len(chunk) <= archive.CHUNK_BYTES
        read += chunk
    assert read == packed.read_bytes()


def test_a_torn_archive_leaves_nothing(packed: Path, tmp_path: Path) -> None:
    torn = tmp_path / "torn.tar"
    torn.write_bytes(packed.read_bytes()[:1_000_000])
    with pytest.raises(StoreError, match="cannot unpack"):
        archive.unpack(torn, tmp_path / "new")
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("name", ["../outside", "/tmp/outside", "a/../../outside", "link", "device"])
def test_only_files_inside_the_folder(name: str, tmp_path: Path) -> None:
    file = tmp_path / "bad.tar"
    with tarfile.open(file, "w") as opened:
        member = tarfile.TarInfo(name)
        member.type = {"link": tarfile.SYMTYPE, "device": tarfile.CHRTYPE}.get(name, tarfile.REGTYPE)
        member.linkname, member.size = "/etc/passwd", 1 if member.isreg() else 0
        opened.addfile(member, io.BytesIO(b"x"))
    with pytest.raises(StoreError, match="only have files inside"):
        archive.unpack(file, tmp_path / "deep" / "new")
    assert not (tmp_path / "deep" / "new").exists()
    assert not (tmp_path / "deep" / "outside").exists() and not (tmp_path / "outside").exists()
