"""Whether responses heed the headers that the baseline heeds: sites with a language, and caches with and without it."""

from __future__ import annotations

from typing import Any

import pytest

from perflab.experiment.checks.headers import LANGUAGES, ignores_header, languages_of
from perflab.workload.steps import Step
from tests.perflab.experiment.checks.sites import CELLS, ENDS, Site, client_of, endpoint, number_of

JOB = endpoint("job", "/jobs/{job_id}", params={"job_id": "marketplace.Job.pk"}, headers={"accept-language": "en"})


def translated(site: Site, step: Step) -> Any:
    return {"language": step.headers.get("Accept-Language"), "of": step.path}


def test_a_cache_without_the_language_in_its_keys_ignores_it() -> None:
    def respond(site: Site, step: Step) -> Any:
        return site.kept(step.path, lambda: translated(site, step))

    (shown,) = ignores_header(client_of(respond, JOB))
    assert {cell for cell, shows in shown.cells.items() if shows} == {"caching", "all_on", "twin"}
    assert set(shown.cells) == set(CELLS)
    assert (shown.detail["header"], shown.detail["values"]) == ("Accept-Language", list(LANGUAGES))


def test_a_cache_with_the_language_in_its_keys_does_not() -> None:
    def respond(site: Site, step: Step) -> Any:
        key = step.path, step.headers.get("Accept-Language")
        return site.kept(key, lambda: translated(site, step))

    (shown,) = ignores_header(client_of(respond, JOB))
    assert shown.cells == dict.fromkeys(ENDS, False)


def test_the_content_type_is_a_header_as_well() -> None:
    def respond(site: Site, step: Step) -> Any:
        return site.kept(step.path, lambda: step.headers.get("Accept"))

    (shown,) = ignores_header(client_of(respond, JOB))
    assert shown.detail["header"] == "Accept" and shown.cells["caching"]


@pytest.mark.parametrize("name", ["the same", "another each time", "refused"])
def test_what_does_not_depend_on_a_header_in_the_baseline_is_not_looked_at(name: str) -> None:
    numbers = iter(range(1000))

    def respond(site: Site, step: Step) -> Any:
        if name == "refused":
            return 406, step.headers.get("Accept-Language")
        return {"of": step.path, "number": next(numbers) if name == "another each time" else 0}

    client = client_of(respond, JOB)
    assert list(ignores_header(client)) == []
    sites: Any = client.workers
    assert sites["all_on"].requested == [], "and no other cell is asked"


def test_an_object_that_has_no_translation_is_no_sign_of_anything() -> None:
    def respond(site: Site, step: Step) -> Any:
        return translated(site, step) if number_of(step.path) == 1 else {"of": step.path}

    assert list(ignores_header(client_of(respond, JOB))) == []


def test_the_languages_are_the_projects_where_it_lists_them() -> None:
    default = [("af", "Afrikaans"), ("ar", "Arabic")]
    assert languages_of({"LANGUAGES": default}, default) == LANGUAGES
    assert languages_of({"LANGUAGES": [("en", "English"), ("nl", "Dutch"), ("pl", "Polish")]}, default) == ["en", "nl"]
    assert languages_of({"LANGUAGES": [("en", "English")]}, default) == LANGUAGES == languages_of({}, default)
