"""Executes notebooks through papermill, and shows the progress that they report.

papermill runs in a thread, so that this one can draw the live line and take Ctrl-C, which it passes on to the kernel as
JupyterLab's stop button does. Only papermill's exception is believed: it marks cells of a dead kernel as completed.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

from perflab import errors
from perflab.errors import Interrupted, PerflabError
from perflab.notebook.panel import EVENTS_FILE
from perflab.progress import Display

POLL_S = 0.1


@dataclass
class Notebooks:
    """A sequence of notebooks, each in a kernel of its own with this very interpreter; made by `session`."""

    project: Path
    display: Display
    folder: Path
    stops: int = 0
    _kernel: list[Any] = field(default_factory=list)

    def execute(self, source: Path, target: Path, parameters: Mapping[str, Any]) -> None:
        """Execute one notebook and save it, with outputs, as `target`; raises what its cells raised.

        A kernel costs 1.3 s to start and to stop.
        """
        if self.stops:
            raise Interrupted("stopped by the user")
        target.parent.mkdir(parents=True, exist_ok=True)
        self.display.show({"event": "phase", "name": f"notebook {target.stem}"})
        events = self.folder / f"{target.stem}.events"
        events.touch()
        failures: list[BaseException] = []
        work = threading.Thread(
            target=self._papermill, args=(source, target, dict(parameters), events, failures), daemon=True
        )
        work.start()
        with events.open(encoding="utf-8") as lines:
            tail = ""
            while True:
                alive = work.is_alive()
                *whole, tail = (tail + lines.read()).split("\n")
                for line in whole:
                    self.display.show(json.loads(line))
                if not alive:
                    break
                work.join(POLL_S)
        _tidy(target, source)
        if failures:
            raise self._translated(failures[0], target)
        if self.stops:
            raise Interrupted("stopped by the user")

    def stop(self) -> None:
        """Interrupt the notebook that is running; the second time kill its kernel."""
        self.stops += 1
        for kernel in self._kernel:
            pid = getattr(kernel.provisioner, "pid", None)
            if pid:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGINT if self.stops == 1 else signal.SIGKILL)

    def _papermill(
        self, source: Path, target: Path, parameters: dict[str, Any], events: Path, failures: list[BaseException]
    ) -> None:
        try:
            papermill = _import_papermill()
            papermill.execute_notebook(
                str(source),
                str(target),
                parameters=parameters,
                progress_bar=False,
                cwd=str(self.project),
                kernel_name="python3",
                kernel_manager_class=_kernel_manager(self.folder, events, self._kernel),
            )
        except BaseException as error:  # it is raised again in the main thread
            failures.append(error)
        finally:
            self._kernel.clear()

    def _translated(self, error: BaseException, target: Path) -> PerflabError:
        """What a notebook raised, as an error of ours in one line."""
        name, message = getattr(error, "ename", type(error).__name__), str(getattr(error, "evalue", error))
        if self.stops or name in ("KeyboardInterrupt", "Interrupted"):
            return Interrupted("stopped by the user")
        kind = vars(errors).get(name)
        if isinstance(kind, type) and issubclass(kind, PerflabError):
            return kind(message)
        first_line = next(iter(message.strip().splitlines()), "")
        return PerflabError(f"{name}: {first_line}", where=f"notebook {target.stem}", hint=f"see {target}")


@contextmanager
def session(project: Path, display: Display) -> Iterator[Notebooks]:
    """A place to execute notebooks from, in which Ctrl-C and SIGTERM stop the notebook, and not this process."""
    with tempfile.TemporaryDirectory(prefix="perflab-", ignore_cleanup_errors=True) as folder:
        notebooks = Notebooks(project, display, Path(folder))
        before = {}
        if threading.current_thread() is threading.main_thread():

            def on_signal(number: int, frame: FrameType | None) -> None:
                notebooks.stop()

            before = {number: signal.signal(number, on_signal) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield notebooks
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def _import_papermill() -> Any:
    """Import papermill without a grammar of web addresses that it never needs: 1.4 s instead of 4.0 s.

    nbformat imports jsonschema, which builds a parser for the format "iri" where the package rfc3987_syntax can be imported
    and does without it where it cannot.
    """
    unwanted = "rfc3987_syntax"
    hide = unwanted not in sys.modules
    if hide:
        sys.modules[unwanted] = None  # type: ignore[assignment]
    try:
        import papermill
    finally:
        if hide:
            del sys.modules[unwanted]
    return papermill


def _kernel_manager(folder: Path, events: Path, started: list[Any]) -> type:
    """A kernel manager that starts this interpreter, whatever kernels the user has installed, and opens no port.

    Sockets in a private folder instead of TCP: two runs that begin at once cannot be given the same free port.
    """
    from jupyter_client.kernelspec import KernelSpec
    from jupyter_client.manager import AsyncKernelManager

    class ThisInterpreter(AsyncKernelManager):
        def __init__(self, **traits: Any) -> None:
            connection = folder / f"{events.stem}.json"
            super().__init__(**{**traits, "transport": "ipc", "connection_file": str(connection)})
            started.append(self)

        @property
        def kernel_spec(self) -> KernelSpec:
            return KernelSpec(
                argv=[sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
                display_name="Python 3",
                language="python",
            )

        async def _async_start_kernel(self, **kwargs: Any) -> None:
            environment = {
                **os.environ,
                EVENTS_FILE: str(events),
                "IPYTHONDIR": str(folder / "ipython"),  # nobody's start-up files, and no history
                "PYDEVD_DISABLE_FILE_VALIDATION": "1",
            }
            await super()._async_start_kernel(**{**kwargs, "env": environment})

        start_kernel = _async_start_kernel

    return ThisInterpreter


def _tidy(target: Path, source: Path) -> None:
    """Take absolute paths out of an executed notebook's metadata: runs are shared."""
    if not target.is_file():
        return
    content = json.loads(target.read_text(encoding="utf-8"))
    notes = content.get("metadata", {}).get("papermill")
    if notes:
        notes["input_path"], notes["output_path"] = source.name, target.name
        target.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
