"""One kernel: whose interpreter and configuration it has, and that it can be stopped."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from perflab.notebook.kernel import Kernel, events_file
from perflab.notebook.panel import EVENTS_FILE
from tests.waiting import wait_until


def test_a_kernel_imports_what_it_was_told_and_ends(tmp_path: Path) -> None:
    kernel = Kernel.start("seed", tmp_path, tmp_path, ["this_module_marks"])
    pid = kernel.manager.provisioner.pid
    try:
        environment = Path(f"/proc/{pid}/environ").read_text(encoding="utf-8").split("\0")
        assert f"{EVENTS_FILE}={events_file(tmp_path, 'seed')}" in environment
        assert f"IPYTHONDIR={tmp_path / 'ipython'}" in environment, "the user's start-up files are not read"
    finally:
        kernel.end()
    wait_until(lambda: not Path(f"/proc/{pid}").exists(), 30, "the kernel to end")
    assert not kernel.has_loaded(), "a module that cannot be imported is not loaded"


def test_a_signal_reaches_the_process_and_a_dead_one_is_no_error(tmp_path: Path) -> None:

    kernel = Kernel.start("seed", tmp_path, tmp_path, ["wave"])
    try:
        wait_until(kernel.has_loaded, 60, "the kernel to import its modules")
        os.kill(kernel.manager.provisioner.pid, 0)
        kernel.send(signal.SIGKILL)
    finally:
        kernel.end()
    kernel.send(signal.SIGINT)
