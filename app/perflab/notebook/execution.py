"""Executes notebooks through papermill, and shows the progress that they report.

papermill runs in a thread, so that this one can draw the progress and receive Ctrl-C, which it passes on to the kernel as
JupyterLab's stop button does. Only papermill's exception is trusted: it marks the cells of a dead kernel as completed.
"""

from __future__ import annotations

import json
import signal
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any, TypeVar

from perflab import errors
from perflab.errors import Interrupted, PerflabError
from perflab.notebook.kernel import Kernel, events_file
from perflab.notebook.progress import Display

POLL_S = 0.2
T = TypeVar("T")


@dataclass
class Notebooks:
    """Executes notebooks one after another, each in its own kernel with this interpreter; made by `session`."""

    project: Path
    display: Display
    folder: Path
    stops: int = 0
    _ready: dict[str, Kernel] = field(default_factory=dict)
    _running: Kernel | None = None
    _later: list[Callable[[], None]] = field(default_factory=list)

    def prepare(self, name: str, imports: Sequence[str] = ()) -> None:
        """Start a notebook's kernel in the background, which saves it 2 to 4 s.

        Args:
            name: Name of the notebook.
            imports: Modules that the kernel imports.
        """
        if name not in self._ready and not self.stops:
            self._ready[name] = Kernel.start(name, self.project, self.folder, imports)

    def later(self, work: Callable[[], None]) -> None:
        """Schedule work to start once the next notebook's kernel has imported its modules; earlier it would delay them.

        It is dropped if the notebook ends first.
        """
        self._later.append(work)

    def execute(self, source: Path, target: Path, parameters: Mapping[str, Any]) -> None:
        """Execute a notebook and save it with its outputs; raises the error that its cells raised.

        Args:
            source: The notebook.
            target: File to save the executed notebook in.
            parameters: Values for its parameters cell, by name.
        """
        self._check_stop()
        name = target.stem
        self.display.show({"event": "phase", "name": f"notebook {name}"})
        target.parent.mkdir(parents=True, exist_ok=True)
        self.prepare(name)
        papermill = _import_papermill()
        self._check_stop()  # Ctrl-C may have come meanwhile; `close` ends the kernels that are ready
        kernel = self._running = self._ready.pop(name)
        work = _in_thread(lambda: self._papermill(papermill, source, target, dict(parameters)))
        events = events_file(self.folder, name)
        events.touch()
        with events.open(encoding="utf-8") as lines:
            tail = ""
            while True:
                is_over = work.done()
                if self._later and kernel.has_loaded():
                    scheduled, self._later = self._later, []
                    for start in scheduled:
                        start()
                *whole, tail = (tail + lines.read()).split("\n")
                for line in whole:
                    self.display.show(json.loads(line))
                if is_over:
                    break
                wait([work], POLL_S)
                self.display.tick()
        self._later.clear()
        _tidy(target, source)
        error = work.exception()
        if error is not None:
            raise self._translated(error, target)
        self._check_stop()

    def stop(self) -> None:
        """Interrupt the notebook that is running, as JupyterLab's stop button does; the second time, kill its kernel."""
        self.stops += 1
        running = self._running  # the thread that executes it may end it at any time
        if running is not None:
            running.send(signal.SIGINT if self.stops == 1 else signal.SIGKILL)

    def _check_stop(self) -> None:
        if self.stops:
            raise Interrupted("stopped by the user")

    def close(self) -> None:
        """End the kernels of notebooks that were prepared and not executed."""
        for kernel in self._ready.values():
            kernel.end()
        self._ready.clear()

    def _papermill(self, papermill: Any, source: Path, target: Path, parameters: dict[str, Any]) -> None:
        assert self._running is not None
        try:
            papermill.execute_notebook(
                str(source),
                str(target),
                parameters=parameters,
                progress_bar=False,
                kernel_name="python3",
                km=self._running.manager,
            )
        finally:
            running, self._running = self._running, None
            running.end()

    def _translated(self, error: BaseException, target: Path) -> PerflabError:
        """Return what a notebook raised as one of perflab's own errors."""
        name, message = getattr(error, "ename", type(error).__name__), str(getattr(error, "evalue", error))
        if self.stops or name in ("KeyboardInterrupt", "Interrupted"):
            return Interrupted("stopped by the user")
        raised = errors.from_name(name, message)
        if raised is not None:
            return raised
        first_line = next(iter(message.strip().splitlines()), "")
        return PerflabError(f"{name}: {first_line}", where=f"notebook {target.stem}", hint=f"see {target}")


@contextmanager
def session(project: Path, display: Display) -> Iterator[Notebooks]:
    """Yield what executes notebooks; meanwhile Ctrl-C and SIGTERM stop the notebook, and not this process.

    Args:
        project: Root of the project, the kernels' working directory.
        display: Shows the progress.
    """
    from jupyter_core.utils import ensure_event_loop

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
            notebooks.close()
            loop = ensure_event_loop()
            if not loop.is_running():  # perflab may be called from inside a running loop
                loop.close()
            for number, handler in before.items():
                signal.signal(number, handler)


def _import_papermill() -> Any:
    """Import papermill: 1.4 s instead of 4.0 s."""
    with without_iri():
        import papermill
    return papermill


@contextmanager
def without_iri() -> Iterator[None]:
    """Import nbformat without a grammar of web addresses that nothing here needs, which takes longer than all the rest.

    nbformat imports jsonschema, which builds a parser for the format "iri" if it can import the package rfc3987_syntax.
    """
    unwanted = "rfc3987_syntax"
    hide = unwanted not in sys.modules
    if hide:
        sys.modules[unwanted] = None  # type: ignore[assignment]  # None keeps it from being imported
    try:
        yield
    finally:
        if hide:
            del sys.modules[unwanted]


def _in_thread(work: Callable[[], T]) -> Future[T]:
    """Do work in a thread that does not keep the process alive.

    Its modules are imported before, in the main thread: two threads that import parts of one package can deadlock.
    """
    from jupyter_core.utils import ensure_event_loop  # Jupyter gives each thread a loop, and closes none

    future: Future[T] = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except BaseException as error:  # raised again by `Future.result`
            future.set_exception(error)
        finally:
            ensure_event_loop().close()

    threading.Thread(target=run, daemon=True).start()
    return future


def _tidy(target: Path, source: Path) -> None:
    """Remove absolute paths from an executed notebook's metadata: runs are shared."""
    if not target.is_file():
        return
    content = json.loads(target.read_text(encoding="utf-8"))
    notes = content.get("metadata", {}).get("papermill")
    if notes:
        notes["input_path"], notes["output_path"] = source.name, target.name
        target.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
