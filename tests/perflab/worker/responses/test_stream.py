"""Streams are read to their end or to a limit."""

from __future__ import annotations

import itertools
import signal
import threading
from collections.abc import Iterator

from django.http import FileResponse, HttpResponse, StreamingHttpResponse

from perflab.worker.responses.stream import StreamReader, is_streamed, name_of

NEVER = 10.0  # longer than any patience here


def waiting() -> Iterator[bytes]:
    yield b"first"
    threading.Event().wait(NEVER)


def test_a_stream_that_ends_is_whole() -> None:
    assert StreamReader().read(iter([b"a", b"b"]), "/") == (b"ab", None)
    assert StreamReader().read(iter(()), "/") == (b"", None)


def test_a_stream_that_never_ends_is_cut_at_a_size_that_is_the_same_each_time() -> None:
    reader = StreamReader(max_bytes=1 << 20)
    for _ in range(2):
        body, cut = reader.read((b"x" * 1000 for _ in itertools.count()), "/")
        assert len(body) == 1 << 20 and cut == "it is longer than 1 MB"


def test_a_stream_that_waits_is_interrupted_and_the_next_one_sooner() -> None:
    reader = StreamReader(patience_s=0.05, patience_after_a_cut_s=0.01)
    assert reader.read(waiting(), "/a") == (b"first", "its stream had not ended after 0.05 s")
    assert reader.read(waiting(), "/a") == (b"first", "its stream had not ended after 0.01 s")
    assert reader.read(waiting(), "/b")[1] == "its stream had not ended after 0.05 s", "of another kind"


def test_the_projects_own_handlers_do_not_swallow_the_cut() -> None:
    def stubborn() -> Iterator[bytes]:
        try:
            yield from waiting()
        except Exception:  # as views do
            yield from waiting()

    assert StreamReader(patience_s=0.05).read(stubborn(), "/")[1] is not None


def test_the_alarm_is_given_back() -> None:
    before = signal.getsignal(signal.SIGALRM)
    StreamReader(patience_s=0.01).read(waiting(), "/")
    assert signal.getsignal(signal.SIGALRM) is before and signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_what_is_no_stream_is_read_as_ever() -> None:
    assert not is_streamed([b"a"]) and not is_streamed(HttpResponse(b"a"))
    assert is_streamed(StreamingHttpResponse([b"a"])) and is_streamed(FileResponse(iter([b"a"])))
    assert is_streamed(iter([b"a"])), "what nobody knows may be a stream"


def test_a_stream_that_another_process_has_cut_is_cut_soon() -> None:
    reader = StreamReader(patience_s=NEVER, patience_after_a_cut_s=0.05, endless=[name_of("/events/7/?since=2")])
    assert reader.read(waiting(), name_of("/events/12/")) == (b"first", "its stream had not ended after 0.05 s")
