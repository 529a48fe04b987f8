"""What a server's process reads is what the experiment wrote, and nobody else can read it."""

from __future__ import annotations

import os
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from perflab.worker.serving import config as configuration
from perflab.worker.serving.config import VARIABLE
from tests.perflab.worker.serving.serving import config_of


def test_what_is_read_is_what_was_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    memory = {"tiny": ({":1:value": b"pickled"}, {":1:value": 1e9})}
    config = config_of(tmp_path, "granian", workers=3, threads=5, ahead_s=-12.5, memory=memory, environment={"A": "b"})
    config.write(tmp_path / "config")
    monkeypatch.setenv(VARIABLE, str(tmp_path / "config"))
    assert configuration.read() == config
    assert configuration.read() != replace(config, ahead_s=0.0)


def test_paths_among_the_settings_are_paths_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = config_of(tmp_path, settings={"MEDIA_ROOT": tmp_path / "media"})
    config.write(tmp_path / "config")
    monkeypatch.setenv(VARIABLE, str(tmp_path / "config"))
    assert configuration.read().worker.settings["MEDIA_ROOT"] == tmp_path / "media"


def test_only_this_user_can_read_it_and_what_was_there_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "config"
    before = os.umask(0)
    try:
        config_of(tmp_path, settings={"SECRET_KEY": "x" * 10_000}).write(path)
        longer = path.stat().st_size
        config_of(tmp_path).write(path)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.stat().st_size < longer - 9_000
    monkeypatch.setenv(VARIABLE, str(path))
    assert "SECRET_KEY" not in configuration.read().worker.settings
