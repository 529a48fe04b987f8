"""A pass that fails: the run goes on and says why."""

from __future__ import annotations

from pathlib import Path

import pytest

from perflab.errors import WorkerDied
from perflab.experiment.after.attempt import attempt
from perflab.run.store import load
from perflab.run.writer import RunWriter
from tests.perflab.synthetic import meta


@pytest.fixture
def writer(tmp_path: Path) -> RunWriter:
    facts = {key: value for key, value in meta().items() if key not in ("schema", "status")}
    return RunWriter.create(tmp_path / "run", facts)


def fail(error: Exception) -> None:
    """Raise it where the type checker does not know: it believes that nothing swallows an error."""
    raise error


def test_nothing_is_noted_of_a_pass_that_went_well(writer: RunWriter) -> None:
    with attempt(writer, "profile"):
        pass
    assert load(writer.directory).failed_passes == {}


def test_each_failure_is_noted_in_one_line(writer: RunWriter, capsys: pytest.CaptureFixture[str]) -> None:
    with attempt(writer, "profile"):
        fail(
            WorkerDied(
                "the worker died (signal 9)", where="cell all_on", hint="see pass-profile.log in the run's folder"
            )
        )
    assert "Traceback" not in capsys.readouterr().err
    with attempt(writer, "burst"):
        fail(ValueError("two\nlines"))
    assert "Traceback" in capsys.readouterr().err
    writer.finish("complete")
    run = load(writer.directory)
    assert run.complete
    assert run.failed_passes == {
        "profile": "cell all_on: the worker died (signal 9); see pass-profile.log in the run's folder",
        "burst": "ValueError: two lines",
    }


def test_ctrl_c_goes_on(writer: RunWriter) -> None:
    with pytest.raises(KeyboardInterrupt), attempt(writer, "profile"):
        raise KeyboardInterrupt
    assert load(writer.directory).failed_passes == {}
