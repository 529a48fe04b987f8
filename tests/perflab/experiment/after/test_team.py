"""What both passes ask of workers."""

from __future__ import annotations

import pytest

from perflab.errors import SubjectError
from perflab.experiment.after.team import sound
from perflab.run.tables import Sample
from perflab.worker.protocol import Done, Order


def sample(error: str | None) -> Sample:
    return Sample(**{**dict.fromkeys(Sample.__slots__), "step": 1, "error": error})  # type: ignore[arg-type]


def test_a_request_that_failed_is_named() -> None:
    order = Order(1, 0.0, "GET", "/jobs/1", None, None, endpoint="job")
    assert sound([order], Done([sample(None)], 0)) == [sample(None)]
    with pytest.raises(SubjectError, match=r"^endpoint job: GET /jobs/1 answered 500$"):
        sound([order, order], Done([sample(None), sample("answered 500")], 0))
