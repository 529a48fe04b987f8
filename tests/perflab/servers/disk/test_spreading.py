"""Folders whose own folders the file system keeps apart."""

from __future__ import annotations

import array
import fcntl
import os
import subprocess
from pathlib import Path

import pytest

from perflab.servers.disk.home import Home, open_home
from perflab.servers.disk.spreading import FS_IOC_GETFLAGS, FS_TOPDIR_FL, spread
from perflab.servers.postgres import PostgresServer


def is_spread(folder: Path) -> bool:
    flags = array.array("l", [0])
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.ioctl(descriptor, FS_IOC_GETFLAGS, flags)
    finally:
        os.close(descriptor)
    return bool(flags[0] & FS_TOPDIR_FL)


@pytest.fixture
def ext4(home: Home) -> None:
    """Skip where the state folder is on another file system; overlays pass the flag on, if they do, to what is below."""
    name = subprocess.run(["stat", "-f", "-c", "%T", home.path], capture_output=True, text=True, check=True).stdout
    if not name.startswith("ext"):
        pytest.skip(f"{name.strip()} knows no such flag")


@pytest.mark.usefixtures("ext4")
def test_the_flag_is_set_once_and_other_flags_stay(home: Home) -> None:
    folder = home.path / "many"
    folder.mkdir()
    assert not is_spread(folder)
    subprocess.run(["chattr", "+A", folder], check=True)
    for _ in range(2):
        spread(folder)
        assert is_spread(folder)
    listed = subprocess.run(["lsattr", "-d", folder], capture_output=True, text=True, check=True).stdout.split()[0]
    assert {"A", "T"} <= {*listed}


@pytest.mark.servers
@pytest.mark.usefixtures("ext4")
def test_seeded_data_running_servers_and_the_databases_of_each_are_kept_apart(home: Home) -> None:
    opened = open_home()
    assert is_spread(opened.data) and is_spread(opened.run)
    with PostgresServer() as server:
        assert is_spread(server.data_dir / "base")


def test_nothing_happens_where_it_is_refused_or_nothing_is_there(tmp_path: Path) -> None:
    spread(tmp_path / "missing")
    (tmp_path / "file").touch()
    spread(tmp_path / "file")
    if (memory := Path("/dev/shm")).is_dir():
        spread(memory)
