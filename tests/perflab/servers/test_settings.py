from pathlib import Path

from perflab.servers.settings import server_settings


def test_only_settings_that_the_version_knows() -> None:
    old, new = (server_settings(version, Path("/s"), 64, {}) for version in (15, 18))
    assert "io_method" not in old
    assert new["io_method"] == "sync"


def test_the_callers_settings_have_the_last_word() -> None:
    settings = server_settings(18, Path("/s"), 64, {"fsync": "on"})
    assert settings["fsync"] == "on"
    assert settings["shared_buffers"] == "64MB"
    assert settings["unix_socket_directories"] == "/s"
