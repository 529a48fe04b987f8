"""The command line: exit codes, one line for what is wrong, and the same through Django."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest
from django.core.management import CommandError, call_command

from perflab.cli import compare
from perflab.cli.main import main, perflab
from perflab.notebook.parameters import changeable
from tests.perflab import saved_run

PROJECT = Path(__file__).resolve().parents[3]
SCENARIO = PROJECT / "scenarios" / "marketplace.yaml"


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    code = main([str(argument) for argument in arguments])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_the_commands_are_those_of_the_contract() -> None:
    assert set(perflab.commands) >= {"check", "run", "report", "compare", "gate", "plan", "doctor", "clean"}


@pytest.mark.parametrize("command", sorted(perflab.commands))
def test_every_command_says_what_it_does(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, command, "--help")
    assert code == 0
    assert perflab.commands[command].help
    assert out.startswith("Usage: perflab")


@pytest.mark.parametrize("command", sorted(perflab.commands))
def test_help_explains_every_argument(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, command, "--help")
    text = " ".join(out.split())
    for parameter in perflab.commands[command].params:
        if isinstance(parameter, click.Argument):
            name = str(parameter.metavar or parameter.name).upper().removesuffix("...")
            assert re.search(rf"\b{name} (is a|are each a|and RUN_B are each a) ", text), name


def test_help_explains_every_name_that_p_takes(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, "run", "--help")
    _, _, names = out.partition("Names for -p:\n")
    assert re.findall(r"^  (\w+) ", names, re.MULTILINE) == list(changeable())
    text = " ".join(names.split())
    assert all(" ".join(explanation.split()) in text for explanation in changeable().values())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run", "no.yaml"], "no such file"),
        (["run", SCENARIO, "-p", "round=3"], "unknown parameter 'round'; did you mean 'rounds'?"),
        (["run", SCENARIO, "-p", "rounds=many"], "parameter rounds"),
        (["run", SCENARIO, "--profile", "smok"], "did you mean 'smoke'?"),
        (["check", "no.yaml"], "no such file"),
        (["report", "19990101-000000"], "no run '19990101-000000'"),
        (["report", "x" * 300], "no run 'xxx"),
        (["gate", "x" * 300], "no run 'xxx"),
        (["plan", "no.yaml", "--detect", "2%"], "no such file"),
        (["plan", SCENARIO, "--detect", "little"], "--detect: 'little' is not a number; write 2% or 0.02"),
        (["plan", SCENARIO, "--detect", "2%", "--power", "8"], "--power: 8 is not between"),
        (["plan", SCENARIO, "--detect", "2%", "--profile", "smok"], "did you mean 'smoke'?"),
        (["plan", SCENARIO, "--detect", "2%", "--pilot", "19990101-000000"], "no run '19990101-000000'"),
    ],
)
def test_bad_input_is_one_line_and_code_2(
    arguments: list[object],
    message: str,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    reports = PROJECT / "reports"
    before = sorted(reports.glob("*/*")) if reports.exists() else []
    code, out, err = run(capsys, *arguments)
    assert code == 2
    assert out == ""
    assert err.startswith("perflab: ")
    assert err.count("\n") == 1
    assert message in err
    assert (sorted(reports.glob("*/*")) if reports.exists() else []) == before, "a folder was made for nothing"


def test_a_mistake_of_its_own_is_code_2_and_not_the_gates_1(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compare, "gate", lambda *_, **__: dict[str, str]()["nothing"])
    code, out, err = run(capsys, "gate", "latest")
    assert (code, out) == (2, "")
    assert err.endswith("perflab: internal error, please report: KeyError: 'nothing'\n") and "Traceback" in err


def test_an_unknown_option_is_code_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "run", SCENARIO, "--profil", "smoke")[0] == 2
    assert run(capsys, "nothing")[0] == 2


def test_a_bad_scenario_names_file_and_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = SCENARIO.read_text(encoding="utf-8").replace("rate_per_s:", "rate_per_sec:")
    (tmp_path / "bad.yaml").write_text(text, encoding="utf-8")
    code, _, err = run(capsys, "run", tmp_path / "bad.yaml")
    line = 1 + next(i for i, row in enumerate(text.splitlines()) if "rate_per_sec" in row)
    assert code == 2
    assert f"bad.yaml:{line}: " in err
    assert "did you mean 'rate_per_s'?" in err


def test_plan_prints_what_a_change_takes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "scenarios").mkdir()
    scenario = tmp_path / "scenarios" / "marketplace.yaml"
    scenario.write_text(SCENARIO.read_text(encoding="utf-8"), encoding="utf-8")
    saved_run.save(tmp_path / "reports")
    code, out, err = run(capsys, "plan", scenario, "--detect", "2%")
    assert (code, err) == (0, "")
    assert out.startswith("Pilot: ")
    assert f"Run: perflab run {scenario} --profile default -p rounds=" in out


def test_doctor_prints_a_line_for_each_finding(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "doctor")
    assert code == 0
    assert all(line[:4] in ("ok  ", "warn") for line in out.splitlines())


def test_clean_says_so_when_there_is_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "clean") == (0, "nothing to clean\n", "")


def test_python_m_perflab_is_the_same() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "perflab", "--version"], capture_output=True, text=True, check=True,
        env={**os.environ, "PYTHONPATH": str(PROJECT / "app")},
    )  # fmt: skip
    assert done.stdout.startswith("perflab, version ")


def test_manage_py_perflab_is_the_same() -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "perflab", "run", "no.yaml"],
        capture_output=True,
        text=True,
        check=False,
        cwd=PROJECT,
    )
    assert done.returncode == 2
    assert done.stderr.startswith("manage.py perflab: ")


def test_call_command_raises_what_the_command_line_would_have_exited_with() -> None:
    with pytest.raises(CommandError):
        call_command("perflab", "run", "no.yaml", stdout=io.StringIO())


@pytest.mark.slow
def test_report_renders_a_saved_run_again_from_any_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(PROJECT / "app"))
    project, elsewhere = tmp_path / "project", tmp_path / "elsewhere"
    (project / "scenarios").mkdir(parents=True)
    elsewhere.mkdir()
    saved = saved_run.save(project / "reports")
    monkeypatch.chdir(elsewhere)
    code, out, _ = run(capsys, "report", saved.directory, "--quiet")
    assert code == 0
    assert out.rstrip().endswith("summary.html")
    assert "supported" in out
    made = {path.relative_to(saved.directory).as_posix() for path in saved.directory.rglob("*") if path.is_file()}
    assert {
        "summary.html",
        "summary.json",
        "summary.md",
        "notebooks/3_charts.ipynb",
        "figures/before_after.svg",
    } <= made
    assert (project / "reports" / "index.html").is_file()
    first = (saved.directory / "summary.html").read_bytes()
    assert run(capsys, "report", saved.directory, "-q")[0] == 0
    assert (saved.directory / "summary.html").read_bytes() == first


@pytest.mark.slow
def test_report_of_a_run_that_did_not_end_well_draws_no_verdict_and_exits_with_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(PROJECT / "app"))
    (tmp_path / "scenarios").mkdir()
    saved_run.save(tmp_path / "reports", status="failed")
    monkeypatch.chdir(tmp_path)
    code, out, _ = run(capsys, "report", "latest", "-q")
    assert code == 2
    assert "No verdict: the run failed" in out
    assert "the worker of indexes died" in out


def test_packages_that_do_not_fit_together_are_no_mistake_of_perflabs(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def lacking(*_: object, **__: object) -> None:
        from json import plugins  # type: ignore[attr-defined]  # noqa: F401

    monkeypatch.setattr(compare, "gate", lacking)
    code, out, err = run(capsys, "gate", "latest")
    assert (code, out) == (2, "") and err.count("\n") == 1 and "Traceback" not in err
    assert err.startswith(
        "perflab: installed packages do not fit together: ImportError: cannot import name 'plugins' from 'json'"
    )
    assert "`pip check`" in err
