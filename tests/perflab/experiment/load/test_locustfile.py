"""What one worker of Locust's sends, without a master: in a process of its own, which never runs one of Locust's own users."""

from __future__ import annotations

import json
from typing import Any

from tests.perflab.experiment.load.loading import run, site

SENT = """
import json
from perflab.experiment.load.locustfile import Sender
from perflab.experiment.load.schedule import Request, as_message
def sent(url, requests, timeout_s=5.0, begin_in_s=0.0):
    return sorted(Sender(as_message(url, timeout_s, begin_in_s, requests)).run())
"""


def printed(code: str) -> Any:
    return json.loads(run(SENT + code))


def test_a_request_arrives_as_it_was_written() -> None:
    with site() as running:
        code = f"""
requests = [
    Request(3, 0.0, "a", "POST", "/add?x=%20y", {{"Content-Type": "text/plain", "Host": "shop.example", "X-N": "3"}}, b"body"),
    Request(4, 0.0, "b", "DELETE", "/gone", {{"Accept-Encoding": "gzip"}}, None),
]
print(json.dumps(sent({running.url!r}, requests)))
"""
        results = printed(code)
        by_method = {seen.method: seen for seen in running.seen}
    assert [result[0] for result in results] == [3, 4]
    post, delete = by_method["POST"], by_method["DELETE"]
    assert (post.path, post.body) == ("/add?x=%20y", b"body")
    assert {name.lower(): value for name, value in post.headers.items()}.items() >= {
        "content-type": "text/plain", "host": "shop.example", "x-n": "3", "accept-encoding": "identity",
    }.items()  # fmt: skip
    assert {name.lower(): value for name, value in delete.headers.items()}["accept-encoding"] == "gzip"
    assert delete.body == b""


def test_one_persons_requests_share_connections_that_others_do_not_have() -> None:
    with site() as running:
        code = f"""
requests = [Request(n, n * 0.02, str(n % 2), "GET", f"/{{n % 2}}", {{}}, None) for n in range(8)]
print(json.dumps(sent({running.url!r}, requests)))
"""
        assert [result[4] for result in printed(code)] == [200] * 8
        ports = [{seen.connection for seen in running.seen if seen.path == f"/{person}"} for person in (0, 1)]
    assert ports[0] and ports[1] and not ports[0] & ports[1]
    assert len(ports[0] | ports[1]) < 8, "a connection is used again"


def test_locust_counts_a_status_as_a_response_whatever_it_is() -> None:
    """A redirect is not followed, and an error of the server's is no error of the generator's."""
    with site() as running:
        code = f"""
requests = [Request(n, 0.0, "a", "GET", f"/status/{{n}}", {{}}, None) for n in (200, 302, 404, 500, 503)]
print(json.dumps(sent({running.url!r}, requests)))
"""
        results = printed(code)
        assert "/elsewhere" not in {seen.path for seen in running.seen}
    assert [(result[0], result[4], result[5], result[6]) for result in results] == [
        (number, number, 2, None) for number in (200, 302, 404, 500, 503)
    ]
    assert all(0 <= sent_s <= first_s <= last_s for _, sent_s, first_s, last_s, *_ in results)
