"""JupyterLab as `make lab` starts it: an analyst opens 2_replay, runs all cells, watches the progress and sees the result."""

from __future__ import annotations

import http.client
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from perflab.servers.supervision.process import Identity
from tests.browser.opening import opened
from tests.perflab.tasks import alive, tree_of
from tests.waiting import wait_until

PROJECT = Path(__file__).resolve().parents[2]
# Long, because another replay on this machine goes first; nothing here waits longer than it has to.
PATIENCE_S = 600
# A small run of a small project, asked for as an analyst would: by changing the first cell.
CHANGED = {"scenario": "scenarios/library.yaml", "profile": "smoke", "rounds": 2, "replay_s": 6.0, "index_study_s": 0.0}
# All that JupyterLab remembers: each test begins as on a fresh account.
FOLDERS = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "JUPYTERLAB_SETTINGS_DIR",
           "JUPYTERLAB_WORKSPACES_DIR", "IPYTHONDIR")  # fmt: skip
# Nobody is asked whether to fetch news, and nothing looks for a newer version.
NO_NEWS = {"fetchNews": "false", "checkForUpdates": False, "doNotDisturbMode": True}
NO_ANNOUNCEMENTS = {"disabledExtensions": {"@jupyterlab/apputils-extension:announcements": True}}
DIALOG = ".jp-Dialog:not(.lm-mod-hidden)"
# What a first start may show, by what its text begins with, and the button that lets the analyst go on.
KNOWN_DIALOGS = {
    "Select Kernel": ".jp-mod-accept",  # the suggested one is this interpreter's
    "Build Recommended": ".jp-mod-reject",
    "Would you like to": ".jp-mod-reject",  # get notified about news
    "Server unavailable": ".jp-Dialog-button",  # for a moment: the machine is busy
}
FAILED = ".jp-OutputArea-output[data-mime-type='application/vnd.jupyter.error']"
FEWER = "([selector, count]) => document.querySelectorAll(selector).length < count"
CLICKS = 4
CLICK_MS = 20_000
SPLASH = "#jupyterlab-splash"
READY = """() => {
  const name = document.querySelector('.jp-KernelName'), status = document.querySelector('.jp-Notebook-ExecutionIndicator');
  return name && name.textContent !== 'No Kernel' && status && status.dataset.status === 'idle';
}"""
BEGUN = """() => [...document.querySelectorAll('.jp-Notebook .jp-CodeCell .jp-InputPrompt')]
    .some(e => /^\\[(\\*|\\d+)\\]:$/.test(e.textContent.trim()))"""
# Every code cell ran, or one of them failed and the others never will.
OVER = f"""() => {{
  const prompts = [...document.querySelectorAll('.jp-Notebook .jp-CodeCell .jp-InputPrompt')].map(e => e.textContent.trim());
  return document.querySelector("{FAILED}") || (prompts.length > 2 && prompts.every(text => /^\\[\\d+\\]:$/.test(text)));
}}"""

pytestmark = [
    pytest.mark.browser,
    pytest.mark.servers,
    pytest.mark.whole_run,
    pytest.mark.replays,
    pytest.mark.slow,
    pytest.mark.timeout(1800),
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="a private Valkey and /proc"),
]


@dataclass(frozen=True)
class Lab:
    """A JupyterLab that is running, and the project that it is of."""

    process: subprocess.Popen[bytes]
    project: Path
    url: str
    token: str

    def tree(self) -> list[Identity]:
        """The server and all processes that descend from it."""
        return tree_of(self.process.pid)

    def listens(self) -> bool:
        try:
            return self.status("api") == 200
        except OSError:
            return False

    def kernel_is_connected(self) -> bool:
        """Whether a notebook's kernel is idle and a page listens to it."""
        with closing(http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=60)) as server:
            server.request("GET", "/api/sessions", headers={"Authorization": f"token {self.token}"})
            kernels = [session["kernel"] for session in json.load(server.getresponse())]
        return any(kernel["connections"] and kernel["execution_state"] == "idle" for kernel in kernels)

    def status(self, path: str, token: str | None = None) -> int:
        """The status of a request, with a token or without."""
        with closing(http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=60)) as server:
            server.request("GET", f"/{path}", headers={"Authorization": f"token {token}"} if token else {})
            return server.getresponse().status


def arguments() -> list[str]:
    """What the Makefile's task gives to `jupyter lab`."""
    task = re.search(r"jupyter lab (.*) \$\(ARGS\)", (PROJECT / "Makefile").read_text(encoding="utf-8"))
    assert task is not None, "make lab starts no JupyterLab any more"
    return shlex.split(task[1])


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Somebody's project: a scenario, and the notebook with its parameters changed."""
    root = tmp_path / "project"
    for folder in ("scenarios", "notebooks"):
        (root / folder).mkdir(parents=True)
    shutil.copy(PROJECT / "tests" / "projects" / "library" / "scenario.yaml", root / "scenarios" / "library.yaml")
    notebook = json.loads((PROJECT / "notebooks" / "2_replay.ipynb").read_text(encoding="utf-8"))
    (cell,) = [cell for cell in notebook["cells"] if "parameters" in cell["metadata"].get("tags", [])]
    source = "".join(cell["source"])
    for name, value in CHANGED.items():
        source, times = re.subn(rf"^{name} = [^#\n]*", f"{name} = {value!r}  ", source, flags=re.MULTILINE)
        assert times == 1, name
    cell["source"] = source
    (root / "notebooks" / "2_replay.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    return root


@pytest.fixture
def lab(project: Path, tmp_path: Path) -> Iterator[Lab]:
    folders = {name: tmp_path / name.lower() for name in FOLDERS}
    apputils = folders["JUPYTERLAB_SETTINGS_DIR"] / "@jupyterlab" / "apputils-extension"
    for file, settings in (
        (apputils / "notification.jupyterlab-settings", NO_NEWS),
        (folders["JUPYTER_CONFIG_DIR"] / "labconfig" / "page_config.json", NO_ANNOUNCEMENTS),
    ):
        file.parent.mkdir(parents=True)
        file.write_text(json.dumps(settings), encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (PROJECT / "app", PROJECT)))}
    environment |= {name: str(folder) for name, folder in folders.items()}
    more = ["--no-browser", *(["--allow-root"] if os.geteuid() == 0 else [])]
    command = [sys.executable, "-m", "jupyterlab", *arguments(), *more]
    log = tmp_path / "lab.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=project, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
    try:
        notes = folders["JUPYTER_RUNTIME_DIR"] / f"jpserver-{process.pid}.json"
        labs: list[Lab] = []

        def listens() -> bool:
            server = read(notes)
            labs[:] = [Lab(process, project, server["url"], server["token"])] if server else []
            return process.poll() is not None or bool(labs and labs[0].listens())

        wait_until(listens, 120, "JupyterLab listens")
        assert process.poll() is None, log.read_text(encoding="utf-8", errors="replace")[-3000:]
        yield labs[0]
    finally:
        process.terminate()
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def read(notes: Path) -> dict[str, str]:
    """What the server writes shortly before it listens: where, and with which token. Empty before."""
    try:
        server: dict[str, str] = json.loads(notes.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return server


def dismiss_dialogs(page: Page) -> None:
    """Close the dialogs that a first start may show; a dialog that nobody knows fails the test by its text."""
    for _ in range(len(KNOWN_DIALOGS) + 1):
        texts = page.locator(DIALOG).all_inner_texts()
        if not texts:
            return
        text = " ".join(texts[-1].split())  # the uppermost
        button = next(
            (button for start, button in KNOWN_DIALOGS.items() if text.lower().startswith(start.lower())), None
        )
        if button is None:
            pytest.fail(f"JupyterLab shows a dialog: {text}")
        dialog = page.locator(DIALOG).last
        dialog.locator(f"button{button}").last.click()
        try:
            page.wait_for_function(FEWER, arg=[DIALOG, len(texts)], timeout=CLICK_MS)
        except PlaywrightTimeout:
            pytest.fail(f"JupyterLab's dialog stays open: {text}")
    pytest.fail(f"JupyterLab shows one dialog after another: {page.locator(DIALOG).all_inner_texts()}")


def wait_until_ready(page: Page, lab: Lab) -> None:
    """Wait until the notebook is shown and its kernel is there.

    JupyterLab says idle before it has asked for a kernel; who runs a cell then is asked which kernel to select.
    """
    page.locator(SPLASH).wait_for(state="hidden")
    page.locator(".jp-Notebook .jp-CodeCell").first.wait_for()
    wait_until(lab.kernel_is_connected, 120, "a kernel is connected")
    dismiss_dialogs(page)
    page.wait_for_function(READY)


def choose(page: Page, menu: str, item: str) -> bool:
    """Choose an item of a menu; returns whether that was possible: a dialog may come between at any time."""
    dismiss_dialogs(page)
    try:
        page.locator(".lm-MenuBar-itemLabel", has_text=re.compile(f"^{menu}$")).click(timeout=CLICK_MS)
        page.locator(".lm-Menu-itemLabel", has_text=re.compile(f"^{item}$")).click(timeout=CLICK_MS)
    except PlaywrightTimeout:
        page.keyboard.press("Escape")  # whichever menu is open
        return False
    return True


def run_all(page: Page) -> None:
    """Choose it as often as it takes: on a busy machine JupyterLab shows a kernel as idle before it listens to the menu."""
    for _ in range(CLICKS):
        if choose(page, "Run", "Run All Cells"):
            with suppress(PlaywrightTimeout):
                page.wait_for_function(BEGUN, timeout=30_000)
                return
    dialogs = [" ".join(text.split()) for text in page.locator(DIALOG).all_inner_texts()]
    pytest.fail(f"nothing runs after {CLICKS} clicks; dialogs: {dialogs}")


def test_an_analyst_replays_in_jupyterlab(browser: Browser, lab: Lab, artefacts: Path) -> None:
    assert urlsplit(lab.url).hostname == "localhost"
    assert (lab.status("api/contents"), lab.status("api/contents", lab.token)) == (403, 200), (
        "nobody gets in without the token"
    )

    # High enough for the whole notebook.
    window: dict[str, Any] = {"viewport": {"width": 1280, "height": 1800}}
    with opened(browser, f"{lab.url}lab/tree/notebooks/2_replay.ipynb?token={lab.token}", **window) as seen:
        page = seen.page
        wait_until_ready(page, lab)
        run_all(page)
        page.locator(".jp-OutputArea-output", has_text=re.compile("replay .*█")).wait_for(timeout=PATIENCE_S * 1000)
        page.screenshot(path=artefacts / "lab-progress.png")
        page.wait_for_function(OVER, timeout=PATIENCE_S * 1000)
        page.screenshot(path=artefacts / "lab-result.png")
        assert page.locator(FAILED).all_inner_texts() == []
        assert page.locator(".jp-OutputArea-output", has_text="What does the library's index bring?").count() >= 1
        assert page.locator(".jp-OutputArea-output table").count() >= 1

    (saved,) = lab.project.glob("reports/library/*/run.json")
    assert json.loads(saved.read_text(encoding="utf-8"))["status"] == "complete"

    processes = lab.tree()
    assert len(processes) > 1, "the server and the kernel"
    lab.process.terminate()
    assert lab.process.wait(60) is not None
    wait_until(lambda: not alive(processes), 30, "nothing is left running")
