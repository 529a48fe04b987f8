"""One running kernel: how it is started without the user's own configuration, signalled, and ended."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from perflab.notebook.panel import EVENTS_FILE


@dataclass(frozen=True)
class Kernel:
    """A running kernel of this interpreter, whatever kernels the user has installed.

    It listens on sockets in a private directory, not on TCP ports: two runs that start at once could get the same port.
    """

    manager: Any
    clients: list[Any]
    loaded: Path

    @classmethod
    def start(cls, name: str, project: Path, folder: Path, imports: Sequence[str]) -> Kernel:
        """Start a kernel; returns after 0.1 s, before it has imported anything.

        Args:
            name: Name of the notebook.
            project: Root of the project, the kernel's working directory.
            folder: Private directory for its sockets and files.
            imports: Modules that it imports.
        """
        from jupyter_client.kernelspec import KernelSpec
        from jupyter_client.manager import KernelManager

        loaded = folder / f"{name}.loaded"
        loading = "; ".join([*(f"import {module}" for module in imports), f"open({str(loaded)!r}, 'w').close()"])
        command = [
            "-m",
            "ipykernel_launcher",
            "-f",
            "{connection_file}",
            f"--IPKernelApp.exec_lines=exec({loading!r}, {{}})",
        ]

        clients: list[Any] = []

        class ThisInterpreter(KernelManager):
            def client(self, **traits: Any) -> Any:
                clients.append(super().client(**traits))
                return clients[-1]

            @property
            def kernel_spec(self) -> KernelSpec:
                return KernelSpec(argv=[sys.executable, *command], display_name="Python 3", language="python")

        manager = ThisInterpreter(
            transport="ipc",
            connection_file=str(folder / f"{name}.json"),
            client_class="jupyter_client.asynchronous.AsyncKernelClient",
        )
        environment = {
            **os.environ,
            EVENTS_FILE: str(events_file(folder, name)),
            "IPYTHONDIR": str(folder / "ipython"),  # without the user's start-up files and history
            "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        }
        manager.start_kernel(cwd=str(project), env=environment, extra_arguments=["--HistoryManager.hist_file=:memory:"])
        return cls(manager, clients, loaded)

    def has_loaded(self) -> bool:
        """Return whether it has imported its modules."""
        return self.loaded.is_file()

    def send(self, number: int) -> None:
        """Send a signal to the kernel's process, if it is alive."""
        pid = getattr(self.manager.provisioner, "pid", None)
        if pid:
            with suppress(ProcessLookupError):
                os.kill(pid, number)

    def end(self) -> None:
        """Kill it: the notebook is saved, and the kernel keeps nothing else."""
        with suppress(Exception):
            for client in self.clients:
                client.stop_channels()
            self.manager.shutdown_kernel(now=True)


def events_file(folder: Path, name: str) -> Path:
    """Return the file in which a notebook's kernel writes the events of its progress.

    Args:
        folder: Private directory of the kernels.
        name: Name of the notebook.
    """
    return folder / f"{name}.events"
