import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from perflab.servers.disk.clean import clean
from perflab.servers.disk.home import Home, open_home


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    """A state folder for one test."""
    path = Path(tempfile.mkdtemp(prefix=f"perflab-test-{os.getpid()}-", dir="/var/tmp"))
    monkeypatch.setenv("PERFLAB_HOME", str(path))
    yield open_home()
    monkeypatch.setenv("PERFLAB_HOME", str(path))  # a test may have pointed it elsewhere
    clean(data=True)
    shutil.rmtree(path, ignore_errors=True)
