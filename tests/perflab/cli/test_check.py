"""`perflab check`: what it says, in which process, and what it leaves out."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from perflab.cli import check as check_module
from perflab.cli.check import check
from perflab.errors import InputError

PROJECT = Path(__file__).resolve().parents[3]
SCENARIO = PROJECT / "scenarios" / "marketplace.yaml"
# What it would wait for in vain, 0.2 to 2 s each.
HEAVY = ("pandas", "scipy", "matplotlib", "papermill", "nbconvert", "IPython", "jupyter_client")


def in_a_process(code: str, cwd: Path = PROJECT) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    environment["PYTHONPATH"] = os.pathsep.join(map(str, (PROJECT / "app", PROJECT)))
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=cwd, env=environment
    )


def test_it_takes_one_process_and_nothing_that_is_slow_to_import() -> None:
    code = f"""
import subprocess, sys
def refuse(*_, **__): raise AssertionError("a second process")
subprocess.Popen = refuse
from perflab.cli.main import main
code = main(["check", {str(SCENARIO)!r}])
print("loaded", [name for name in {HEAVY!r} if name in sys.modules])
sys.exit(code)
"""
    done = in_a_process(code)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("loaded []\n")
    assert "marketplace.yaml: site_config.settings" in done.stdout


def test_help_imports_neither_pydantic_nor_rich() -> None:
    done = in_a_process("""
import sys
from perflab.cli.main import main
main(["--help"])
print("loaded", [name for name in ("pydantic", "rich", "django", "numpy") if name in sys.modules])
""")
    assert done.stdout.endswith("loaded []\n"), done


def test_where_django_is_set_up_already_it_uses_a_process_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check_module, "_explained_here", lambda *_: pytest.fail("with somebody's settings"))
    assert "site_config.settings" in check(SCENARIO)


def test_both_processes_say_the_same() -> None:
    here = in_a_process(f"from perflab.cli.main import main; main(['check', {str(SCENARIO)!r}])")
    assert here.stdout.rstrip("\n") == check(SCENARIO).rstrip("\n")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project whose settings print, and whose URLs are broken."""
    (tmp_path / "scenarios").mkdir()
    text = SCENARIO.read_text(encoding="utf-8").replace("settings: site_config.settings", "settings: own_settings")
    (tmp_path / "scenarios" / "own.yaml").write_text(text, encoding="utf-8")
    settings = "from site_config.settings import *\nprint('hello from the settings')\nROOT_URLCONF = 'own_urls'\n"
    (tmp_path / "own_settings.py").write_text(settings, encoding="utf-8")
    (tmp_path / "own_urls.py").write_text("from site_config.urls import urlpatterns\n", encoding="utf-8")
    return tmp_path


CHECK_OWN = "import sys; from perflab.cli.main import main; sys.exit(main(['check', 'scenarios/own.yaml']))"


def test_what_the_project_prints_is_no_part_of_the_response(project: Path) -> None:
    done = in_a_process(CHECK_OWN, project)
    assert done.returncode == 0, done.stderr
    assert "own_settings" in done.stdout and "hello" not in done.stdout


def test_a_mistake_of_the_project_is_one_line_below_its_traceback(project: Path) -> None:
    (project / "own_urls.py").write_text("1 / 0\n", encoding="utf-8")
    done = in_a_process(CHECK_OWN, project)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines()[-1].startswith("perflab: ZeroDivisionError: division by zero")
    assert "own_urls.py" in done.stderr


def test_a_mistake_in_the_file_is_found_before_the_project_is_loaded(project: Path) -> None:
    file = project / "scenarios" / "own.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("rate_per_s:", "rate_per_sec:"), encoding="utf-8")
    with pytest.raises(InputError, match="did you mean 'rate_per_s'"):
        check(file)
