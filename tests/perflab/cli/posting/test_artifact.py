"""The artefact of a stranger's job: read where it is just what perflab writes, else refused in one line."""

from __future__ import annotations

import io
import json
import stat
import zipfile
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perflab.cli.posting import artifact
from perflab.cli.posting.artifact import FILE, changes_of, read
from perflab.errors import InputError
from tests.perflab.report.comment.made_up import changes, rows

MADE = changes(responses=3, rows=rows(2))
CONTENT = json.dumps(MADE.as_dict()).encode()


def archive(*files: tuple[str | zipfile.ZipInfo, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as writing:
        for name, content in files:
            writing.writestr(name, content)
    return buffer.getvalue()


def entry(mode: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(FILE)
    info.external_attr = mode << 16
    return info


def refused(content: bytes, words: str = "") -> None:
    with pytest.raises(InputError) as error:
        changes_of(content)
    assert "\n" not in str(error.value) and words in str(error.value)


def test_what_perflab_writes_is_read() -> None:
    assert changes_of(archive((FILE, CONTENT))) == MADE
    assert changes_of(archive((entry(stat.S_IFREG | 0o644), CONTENT))) == MADE
    assert read(CONTENT) == MADE


@pytest.mark.parametrize(
    "names",
    [[], ["other.json"], ["../comment.json"], ["/comment.json"], ["a/comment.json"], [FILE, "run.py"], ["x", FILE],
     ["comment.json/"], ["..\\comment.json"], ["COMMENT.JSON"]],
)  # fmt: skip
def test_other_names_are_refused(names: list[str]) -> None:
    refused(archive(*((name, CONTENT) for name in names)), "nothing else")


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_the_same_name_twice_is_refused() -> None:
    refused(archive((FILE, CONTENT), (FILE, b"{}")), "nothing else")


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFDIR, stat.S_IFCHR, stat.S_IFIFO])
def test_links_and_devices_are_refused(kind: int) -> None:
    refused(archive((entry(kind | 0o777), b"/etc/passwd")), "no ordinary file")


def test_an_encrypted_file_is_refused() -> None:
    content = bytearray(archive((FILE, CONTENT)))
    for signature, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(signature) + place] |= 0x1
    refused(bytes(content), "encrypted")


def test_a_small_file_that_unpacks_to_a_large_one_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(artifact, "MAX_FILE", 100_000)
    bomb, sizes, read_bytes = archive((FILE, b" " * 5_000_000)), [], zipfile.ZipExtFile.read

    def noted(file: zipfile.ZipExtFile, size: int | None = -1) -> bytes:
        sizes.append(size)
        return read_bytes(file, size)

    monkeypatch.setattr(zipfile.ZipExtFile, "read", noted)
    assert len(bomb) < 10_000
    refused(bomb, "more than 100,000 bytes")
    assert sizes == [100_001]


@pytest.mark.parametrize(
    "content",
    [b"", b"PK", b"no zip", archive((FILE, CONTENT))[:-30], archive((FILE, CONTENT))[30:60]],
    ids=["nothing", "its first letters", "something else", "its beginning", "a part"],  # a file has its time in it
)
def test_what_is_no_zip_file_is_refused(content: bytes) -> None:
    refused(content, "no zip file")


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"null", b"[" * 100_000, b"\xff", b'{"schema": 1}', b'{"a": NaN}']
)
def test_what_is_no_record_is_refused(content: bytes) -> None:
    refused(archive((FILE, content)))


@settings(max_examples=60)
@given(place=st.integers(0, len(archive((FILE, CONTENT))) - 1), value=st.integers(0, 255))
def test_a_damaged_archive_is_read_or_refused(place: int, value: int) -> None:
    content: Any = bytearray(archive((FILE, CONTENT)))
    content[place] = value
    try:
        changes_of(bytes(content))
    except InputError:
        pass
