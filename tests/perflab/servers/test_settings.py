from pathlib import Path

from perflab.servers.settings import QUIET, SESSION, server_settings


def test_only_settings_that_the_version_knows() -> None:
    old, new = (server_settings(version, Path("/s"), 64, {}) for version in (15, 18))
    assert "io_method" not in old
    assert new["io_method"] == "sync"


def test_the_callers_settings_have_the_last_word() -> None:
    settings = server_settings(18, Path("/s"), 64, {"fsync": "on"})
    assert settings["fsync"] == "on"
    assert settings["shared_buffers"] == "64MB"
    assert settings["unix_socket_directories"] == "/s"


def test_large_tables_are_read_from_their_beginning() -> None:
    """Otherwise rows without an order begin where another clone's scan was, and each cell has another page."""
    assert QUIET["synchronize_seqscans"] == SESSION["synchronize_seqscans"] == "off"
