"""The state folder: private, refused when it is not ours, and with short paths."""

import os
import stat
import tempfile
from pathlib import Path

import pytest

from perflab.errors import ServerError
from perflab.servers.disk.home import Home, home_path, leftovers, new_run_folder, open_home
from perflab.servers.supervision.users import is_root
from perflab.servers.valkey import ValkeyServer


def test_its_mode_lets_nobody_look_in(home: Home) -> None:
    home.path.chmod(0o777)
    open_home()
    assert stat.S_IMODE(home.path.stat().st_mode) == (0o711 if is_root() else 0o700)


def test_without_the_variable_it_is_below_var_tmp(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PERFLAB_HOME")
    assert home_path().name == f"perflab-{os.getuid()}"


def test_a_link_is_refused(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    link = home.path / "link"
    link.symlink_to(home.data)
    monkeypatch.setenv("PERFLAB_HOME", str(link))
    with pytest.raises(ServerError, match="link"):
        open_home()


@pytest.mark.skipif(not is_root(), reason="only root can give a folder away")
def test_another_users_folder_is_refused(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    other = home.path / "other"
    other.mkdir()
    os.chown(other, 1, 1)
    monkeypatch.setenv("PERFLAB_HOME", str(other))
    with pytest.raises(ServerError, match="belongs to user 1"):
        open_home()


@pytest.mark.skipif(not is_root(), reason="an ordinary user's servers run as that user")
def test_a_folder_that_nobody_cannot_pass_to_is_refused(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    closed = home.path / "closed"
    closed.mkdir(mode=0o700)
    monkeypatch.setenv("PERFLAB_HOME", str(closed / "home"))
    with pytest.raises(ServerError, match=f"may not enter {closed}"):
        open_home()


def test_a_file_in_its_place_is_one_line(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    (home.path / "file").touch()
    for place in ("file", "file/home"):
        monkeypatch.setenv("PERFLAB_HOME", str(home.path / place))
        with pytest.raises(ServerError, match="state folder"):
            open_home()


def test_sockets_of_a_deep_home_lie_elsewhere_and_go_all_the_same(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    deep = home.path / ("d" * 90)
    monkeypatch.setenv("PERFLAB_HOME", str(deep))
    with ValkeyServer() as server:
        sockets = server.folder.sockets
        assert sockets.parent == Path("/tmp")
        assert server.info("server")
    assert not sockets.exists()


def test_our_own_folders_are_no_leftovers(home: Home) -> None:
    folder = new_run_folder(home, "valkey")
    assert leftovers(home) == []
    (folder.path / "record.json").unlink()
    assert leftovers(home) == []  # young: perhaps its process is about to write the record
    os.utime(folder.path, (0, 0))
    assert leftovers(home) == [(folder.path, None)]
    assert tempfile.gettempdir()
