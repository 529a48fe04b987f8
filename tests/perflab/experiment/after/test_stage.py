"""What the stages share: a stage that fails leaves the run as it is, a request that failed is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from perflab.errors import SubjectError, WorkerDied
from perflab.experiment.after.stage import optional_stage, raise_for_errors
from perflab.run.store import load
from perflab.run.tables import Sample
from perflab.run.writer import RunWriter
from perflab.worker.protocol import Done
from tests.perflab.steps import step_of
from tests.perflab.synthetic import meta


@pytest.fixture
def writer(tmp_path: Path) -> RunWriter:
    facts = {key: value for key, value in meta().items() if key not in ("schema", "status")}
    return RunWriter.create(tmp_path / "run", facts)


def fail(error: Exception) -> None:
    """Raise it where the type checker does not see it: it believes that nothing swallows an error."""
    raise error


def test_nothing_is_recorded_of_a_stage_that_went_well(writer: RunWriter) -> None:
    with optional_stage(writer, "profile"):
        pass
    assert load(writer.directory).failed_stages == {}


def test_each_failure_is_recorded_in_one_line(writer: RunWriter, capsys: pytest.CaptureFixture[str]) -> None:
    with optional_stage(writer, "profile"):
        fail(
            WorkerDied(
                "the worker died (signal 9)", where="cell all_on", hint="see pass-profile.log in the run's folder"
            )
        )
    assert "Traceback" not in capsys.readouterr().err
    with optional_stage(writer, "burst"):
        fail(ValueError("two\nlines"))
    assert "Traceback" in capsys.readouterr().err
    writer.finish("complete")
    run = load(writer.directory)
    assert run.complete
    assert run.failed_stages == {
        "profile": "cell all_on: the worker died (signal 9); see pass-profile.log in the run's folder",
        "burst": "ValueError: two lines",
    }


def test_ctrl_c_goes_on(writer: RunWriter) -> None:
    with pytest.raises(KeyboardInterrupt), optional_stage(writer, "profile"):
        raise KeyboardInterrupt
    assert load(writer.directory).failed_stages == {}


def sample(error: str | None) -> Sample:
    return Sample(**{**dict.fromkeys(Sample.__slots__), "step": 1, "error": error})  # type: ignore[arg-type]  # None for all that does not matter


def test_a_stage_goes_on_past_a_failure_and_ends_where_most_requests_fail() -> None:
    step = step_of("/jobs/1", 1, endpoint="job")
    mixed = [sample(None), sample("returned 500")]
    assert raise_for_errors([step, step], Done(mixed)) == mixed
    with pytest.raises(
        SubjectError, match=r"^endpoint job: 2 of 3 requests failed; the first: GET /jobs/1 returned 500$"
    ):
        raise_for_errors([step] * 3, Done([*mixed, sample("returned 502")]))
