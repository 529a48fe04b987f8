"""Starting and stopping by `with`."""

import pytest

from perflab.servers.supervision.lifecycle import Lifecycle


class Recorded(Lifecycle):
    def __init__(self) -> None:
        self.calls: list[str] = []

    def start(self) -> None:
        self.calls.append("start")

    def stop(self) -> None:
        self.calls.append("stop")


def test_with_starts_and_stops_also_after_an_error() -> None:
    recorded = Recorded()
    with recorded as entered:
        assert entered is recorded
        assert recorded.calls == ["start"]
    with pytest.raises(KeyError), recorded:
        raise KeyError
    assert recorded.calls == ["start", "stop"] * 2


def test_what_cannot_start_says_so() -> None:
    with pytest.raises(NotImplementedError):
        Lifecycle().start()
    with pytest.raises(NotImplementedError):
        Lifecycle().stop()
