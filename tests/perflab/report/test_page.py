"""The page: one file, in order, without a script or an address outside it, whatever a scenario's author wrote."""

from __future__ import annotations

import getpass
import re
import socket
from html.parser import HTMLParser
from pathlib import Path

import pytest

from perflab.errors import InputError
from perflab.report import build, figures
from perflab.report.html import Markup, Section
from perflab.report.page import Page, contents
from perflab.report.sections import claims, method
from perflab.report.text import markdown
from perflab.run.store import Run
from perflab.run.summary import Summary
from perflab.run.writer import RunWriter
from tests.perflab import alone, saved_run
from tests.perflab.report import page_of
from tests.perflab.synthetic import scenario

NASTY = "<script>alert(1)</script><img src=http://x.example/y onerror=alert(1)>"


class Outline(HTMLParser):
    """Headings, landmarks, tags and addresses of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.headings: list[int] = []
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        for name, value in attrs:
            if name == "id":
                self.ids.append(value or "")
            if name in ("src", "href", "xlink:href", "action", "data", "poster"):
                self.addresses.append(value or "")
            assert not name.startswith("on"), (tag, name)


def outline(text: str) -> Outline:
    document = Outline()
    document.feed(text)
    return document


@pytest.fixture(scope="module")
def text(run: Run) -> str:
    return page_of.write(run).read_text(encoding="utf-8")


def test_it_is_one_file_that_asks_for_nothing(text: str) -> None:
    document = outline(text)
    assert "script" not in document.tags
    assert all(address.startswith(("#", "data:")) for address in document.addresses)
    assert "http://" not in text.replace("http-equiv", "")
    assert "https://" not in text
    assert "@import" not in text
    assert "default-src 'none'; style-src 'unsafe-inline'; img-src data:" in text
    assert len(text.encode()) < 1_500_000


def test_the_verdict_comes_first_and_then_the_claims(text: str) -> None:
    order = [
        text.index(f'id="{name}"')
        for name in (
            "limitations",
            "contents",
            "claims",
            "controls",
            "switches",
            "endpoints",
            "caching",
            "queries",
            "method",
            "glossary",
            "provenance",
        )
    ]
    assert order == sorted(order)
    assert text.index('class="verdict"') < text.index('class="cards"') < text.index('id="findings"') < order[0]


def test_every_link_inside_it_leads_somewhere(text: str) -> None:
    document = outline(text)
    assert {address[1:] for address in document.addresses if address.startswith("#")} <= set(document.ids)
    assert document.addresses.count("#claims") == 1


def test_every_chart_has_its_data_as_a_table(text: str) -> None:
    shown = len(figures.ALL) - 2  # no traffic went before the rounds of this run, and none was sent under load
    assert text.count("<figure ") == shown
    assert text.count("<details>") == shown - 1  # of the hit rate nothing can be told in this run


def test_a_part_is_found_by_its_name_and_an_unknown_name_is_refused(run: Run, summary: Summary) -> None:
    page = Page(run, summary)
    assert 'id="claims"' in page["claims"].markup and "<figure" in page["controls"].markup
    with pytest.raises(InputError, match="no section 'nothing'"):
        page["nothing"]


def test_a_section_that_does_not_apply_is_empty_and_not_in_the_contents(run: Run, summary: Summary) -> None:
    page = Page(run, summary)
    assert page["concurrency"].markup == ""
    assert "#concurrency" not in page["contents"].markup and "#caching" in page["contents"].markup


def test_the_contents_lead_to_every_landmark(run: Run, summary: Summary) -> None:
    markup = contents(
        [claims.build(summary, run), method.build(summary, run), Section(Markup("<p>no landmark</p>"))]
    ).markup
    assert '<a href="#claims">Claims</a>' in markup
    assert '<a href="#method">Method</a>' in markup
    assert markup.count("<li>") == 2


def test_headings_are_in_order_and_ids_unique(text: str) -> None:
    document = outline(text)
    assert document.headings[0] == 1
    assert document.headings.count(1) == 1
    assert all(after - before <= 1 for before, after in zip(document.headings, document.headings[1:], strict=False))
    assert len(document.ids) == len(set(document.ids))
    assert document.tags.count("main") == 1
    assert '<html lang="en">' in text


def test_it_reports_what_service_time_leaves_out_and_where_the_numbers_come_from(text: str) -> None:
    assert "queueing, network and web server are not included." in text
    for fact in ("A Processor, 2 cores", "4fbf848aa112", "fsync = off", "4,000: 1,000 User", "seed 1"):
        assert fact in text
    assert "perflab run scenarios/marketplace.yaml" in text


def test_code_output_streams_and_notebook_only_cells_stay_out(text: str) -> None:
    for hidden in ("page[name]", "For analysts", "a warning in"):
        assert hidden not in text


def test_it_names_neither_folder_nor_host_nor_user(text: str, run: Run) -> None:
    for private in (
        str(run.directory.parents[2]),
        "/somewhere",
        "/home/",
        socket.gethostname(),
        f"{getpass.getuser()}@",
    ):
        assert private not in text


def test_a_scenario_full_of_markup_is_harmless(tmp_path: Path) -> None:
    nasty = scenario(title=NASTY)
    for claim in nasty["claims"]:
        claim.update(statement=NASTY, claimed={"before": NASTY, "after": NASTY})
    run = saved_run.save(tmp_path, scenario=nasty, command=f"perflab run {NASTY}", scenario_name=NASTY)
    text = page_of.write(run, charts=False).read_text(encoding="utf-8")
    assert "script" not in outline(text).tags
    assert "img" not in outline(text).tags
    assert "&lt;script&gt;" in text


def test_the_same_run_gives_the_same_bytes(run: Run) -> None:
    assert page_of.write(run).read_bytes() == page_of.write(run).read_bytes()


def test_a_run_that_failed_has_a_page_without_a_verdict(tmp_path: Path) -> None:
    text = page_of.write(saved_run.save(tmp_path, status="failed"), charts=False).read_text(encoding="utf-8")
    assert "No verdict: the run failed" in text
    assert "supported</span>" not in text


def test_a_run_without_factors_compares_nothing(tmp_path: Path) -> None:
    run = alone.save(tmp_path)
    RunWriter(run.directory, dict(run.meta)).save_once("profile", alone.profile())
    text = page_of.write(run).read_text(encoding="utf-8")
    ids = outline(text).ids
    assert {"verdict", "endpoints", "profile", "queries", "controls", "responses", "method"} <= {*ids, "verdict"}
    assert not {"claims", "switches", "distance", "attribution"} & set(ids)
    words = re.sub(r"<style.*?</style>|<[^>]+>", " ", text, flags=re.DOTALL)
    for word in ("baseline", "everything o", "all_on", "switch", "claim", "optimised"):
        assert word not in re.sub("(a|only a) factor that switches", "", words), word
    assert "50% in the database, 35% in Python, 10% in templates and 5% in the cache" in words
    assert "No conclusion" not in words


def test_its_summary_as_text(tmp_path: Path) -> None:
    run = alone.save(tmp_path)
    summary = build(run)
    assert Summary.of(summary.as_dict()).levels == summary.levels
    text = markdown(summary, run)
    assert "| Endpoint | Share of the time | Service time (95% interval) | Queries |" in text
    assert "Everything off" not in text and "Claim" not in text
