"""`perflab traffic`: a scenario's numbers from logs, and nothing else of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from perflab.cli.traffic import traffic
from perflab.errors import InputError
from perflab.scenario import loading

SCENARIO = """# mine
title: T
subject: {settings: shop.settings}
data: {as_of: "2025-10-20", rows: {every: 10}}
traffic:
  rate_per_s: 20  # a guess
  active_users: 10
  zipf: 0.8
  endpoints:
    - name: books
      method: GET
      path: "/books/"
      weight: 1
    - {name: book, method: GET, path: "/books/{isbn}/", weight: 1, params: {isbn: [1]}}  # flow
    - {name: never, method: GET, path: "/never/", weight: 7}
factors: [{name: joins, kind: joins}]
profiles: {smoke: {scale: 1, rounds: 3, block: 20, replay_s: 5}}
"""


def line(path: str, second: int, status: int = 200) -> str:
    at = f"10/Oct/2025:13:{second // 60:02}:{second % 60:02} +0000"
    return f'203.0.113.9 - - [{at}] "GET {path} HTTP/1.1" {status} 5 "-" "ua"\n'


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    scenario, log = tmp_path / "s.yaml", tmp_path / "access.log"
    scenario.write_text(SCENARIO)
    requests = [line("/books/", n) for n in range(300)]
    requests += [
        line(f"/books/secret{k}/", n, 404 if k else 200) for n in range(100) for k in range(4) if n % (k + 1) == 0
    ]
    log.write_text("".join(requests) + "nonsense\n" + line("/else/\x1b[31m<script>{{x}}", 5) + line("/else/17", 6))
    return scenario, log


def test_it_tells_and_changes_nothing(files: tuple[Path, Path]) -> None:
    scenario, log = files
    text = traffic(scenario, [str(log)])
    assert "509 of 511 requests belong to an endpoint (99.6%)" in text
    assert "1 line is no request" in text
    assert "secret" not in text and "203.0.113" not in text
    assert "\x1b" not in text
    assert text.endswith("add --write to change the scenario")
    assert scenario.read_text() == SCENARIO


def test_it_changes_weights_popularity_and_rate_and_nothing_else(files: tuple[Path, Path]) -> None:
    scenario, log = files
    assert traffic(scenario, [str(log)], write=True).endswith("s.yaml")
    made = loading.load(scenario)
    assert [endpoint.weight for endpoint in made.traffic.endpoints] == [58.94, 41.06, 0.0]
    assert made.traffic.rate_per_s == 1.7 and made.traffic.zipf == 0.99
    before, after = (text.split("\n") for text in (SCENARIO, scenario.read_text()))
    differing = [old for old, new in zip(before, after, strict=True) if old != new]
    assert len(differing) == 5 and all("weight" in old or "zipf" in old or "rate" in old for old in differing)
    assert "  rate_per_s: 1.7  # a guess" in after
    assert any(text.endswith("# flow") for text in after)


WRITING = """    - name: lend
      method: POST
      path: "/lend/"
      weight: 1
      affects: [books]
    - {name: keep, method: POST, path: "/keep/", weight: 1, affects: [book, books]}  # flow
    - {name: give, method: POST, path: "/give/", weight: 1, read_back: nobody, affects: [books]}
"""


def test_who_reads_back_and_how_long_people_think(tmp_path: Path) -> None:
    scenario, log = tmp_path / "s.yaml", tmp_path / "access.log"
    scenario.write_text(SCENARIO.replace("factors:", f"{WRITING}factors:"))
    requests = []
    for n in range(200):
        reads = ["/lend/", "/books/"] if n % 4 else ["/lend/"]
        visit = [*zip((0, 4), reads, strict=False), (40, "/keep/"), (80, "/give/"), (83, "/books/")]
        requests += [(n + second, n, path) for second, path in visit]
    lines = [line(path, at).replace("203.0.113.9", f"203.0.113.{n}") for at, n, path in sorted(requests)]
    log.write_text("".join(text if "/books/" in text else text.replace("GET", "POST") for text in lines))
    text = traffic(scenario, [str(log)])
    assert "75% of 200 writes" in text and "0% of 200 writes" in text and "100% of 200 writes" in text
    assert "think_s of `capacity`: 2" in text and "203.0.113" not in text
    traffic(scenario, [str(log)], write=True)
    made = loading.load(scenario)
    assert [made.endpoint(name).read_back for name in ("books", "lend", "keep", "give")] == ["caller", 0.75, 0.0, 1.0]
    assert "affects: [book, books], read_back: 0}  # flow" in scenario.read_text()


def test_logs_of_something_else_are_one_line(files: tuple[Path, Path], tmp_path: Path) -> None:
    other = tmp_path / "other.log"
    other.write_text(line("/x/1", 1) + line("/x/2", 2))
    with pytest.raises(
        InputError, match=r"none of 2 logged requests belongs .*; the most frequent others are GET /x/… \(2\)"
    ):
        traffic(files[0], [str(other)])


def test_numbers_that_share_a_line_are_refused(tmp_path: Path, files: tuple[Path, Path]) -> None:
    scenario = tmp_path / "flow.yaml"
    books = '{name: books, method: GET, path: "/books/", weight: 1}'
    endpoints = f"  endpoints: [{books}, {books.replace('books', 'more')}]\n"
    head, tail = SCENARIO[: SCENARIO.index("  endpoints:")], SCENARIO[SCENARIO.index("factors:") :]
    scenario.write_text(head + endpoints + tail)
    with pytest.raises(
        InputError, match=r"flow.yaml:9: cannot change weight in place; write each endpoint on lines of its own"
    ):
        traffic(scenario, [str(files[1])], write=True)
