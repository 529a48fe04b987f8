"""What a scenario names, against the project that is set up here: the marketplace. No database is asked."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

import pytest

from perflab.errors import InputError
from perflab.scenario import project_checks
from perflab.scenario.loading import parse
from perflab.scenario.lookups import example_of, index_of, lookup, row_of
from perflab.scenario.project_checks import check_project, example_path, project_problems, switched_by

SCENARIOS = Path(__file__).parents[3] / "scenarios"
TEXT = (SCENARIOS / "marketplace.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", sorted(SCENARIOS.glob("*.yaml")), ids=lambda path: path.name)
def test_the_projects_own_scenarios_are_fine(path: Path) -> None:
    assert [str(p) for p in project_problems(parse(path.read_text(encoding="utf-8"), path))] == []


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("marketplace.seeding:archetypes", "marketplace.seeding:archetype", "subject.seed: cannot import"),
        ("marketplace.api.auth:headers", "marketplace.auth:headers", "subject.auth: cannot import"),
        ("setting: MARKETPLACE_OPTIMISED_QUERIES", "setting: MARKETPLACE_OPTIMIZED_QUERIES",
         "the project has no setting MARKETPLACE_OPTIMIZED_QUERIES; did you mean 'MARKETPLACE_OPTIMISED_QUERIES'?"),
        ("setting: MARKETPLACE_OPTIMISED_QUERIES", "setting: XYZZY", "no setting XYZZY; give it its usual value in the settings"),
        ("aliases: [default]", "aliases: [defualt]", "the project has no cache 'defualt'; did you mean 'default'?"),
        ("which: [declared]", "which: [declard]", "no index is called 'declard'; did you mean 'declared'?"),
        ("which: [declared]", "which: [user_emial_idx]", "no index is called 'user_emial_idx'; did you mean 'user_email_idx'?"),
        ("which: [declared]", "which: [review_unique]", "the index review_unique belongs to a constraint"),
        ('"/get-profile/{user_id}"', '"/get-profil/{user_id}"',
         "no URL of the project matches /get-profil/{user_id}; did you mean '/get-profile/{user_id}'?"),
        ('"/get-account-details"', '"/get-account-details/"',
         "no URL of the project matches /get-account-details/; did you mean '/get-account-details'?"),
        ("{payer_id: marketplace.Payment.payer, recipient", "{payer_id: marketplace.Paymnt.payer, recipient",
         "the project has no model 'marketplace.Paymnt'; did you mean 'marketplace.Payment'?"),
        ("{payer_id: marketplace.Payment.payer, recipient", "{payer_id: marketplace.Payment.pay, recipient",
         "marketplace.Payment has no field 'pay'; did you mean 'payer'?"),
        ("{payer_id: marketplace.Payment.payer, recipient", "{payer_id: marketplace.Payment.status__x, recipient",
         "status is not a relation"),
        ("{payer_id: marketplace.Payment.payer, recipient", "{payer_id: marketplace.Payment.job, recipient",
         "`as` names 'payer_id', which is not a user; draw it from marketplace.User.pk"),
        ("where: {marketplace.Payment.status: pending}", "where: {marketplace.Payment.state: pending}",
         "marketplace.Payment has no field 'state'; did you mean 'status'?"),
        ("affects: [profile, account, payments]", "affects: [profile, account, payments, missing-job]", None),
        ("affects: [client-jobs]", "affects: [client-jobs, best-applicants]", None),
    ],
)  # fmt: skip
def test_what_the_project_has_not_is_reported_with_file_and_line(old: str, new: str, what: str | None) -> None:
    assert old in TEXT
    line = TEXT[: TEXT.index(old)].count("\n") + 1
    problems = [str(p) for p in project_problems(parse(TEXT.replace(old, new, 1), "s.yaml"))]
    if what is None:
        assert problems == []
        return
    assert problems, "no problem was found"
    assert what in problems[0]
    assert abs(int(problems[0].split(":")[1]) - line) <= 2
    assert "\n" not in problems[0]


def test_a_project_without_users_gets_no_half_a_hint(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(project_checks, "user_label", lambda: "")
    assert "which is not a user; the project has no user model" in str(project_problems(parse(TEXT, "s.yaml"))[0])


def test_behind_another_host_there_may_be_other_urls() -> None:
    """A project that chooses `request.urlconf` by the host has URLs that ROOT_URLCONF has not."""
    text = TEXT.replace('"/get-profile/{user_id}"', '"/of-another-host/{user_id}", headers: {host: other.example.com}')
    assert text != TEXT
    assert project_problems(parse(text, "s.yaml")) == []


def test_the_first_problem_is_raised_and_the_others_are_counted() -> None:
    text = TEXT.replace("aliases: [default]", "aliases: [defualt]").replace('"/get-profile/', '"/get-profil/')
    with pytest.raises(InputError, match=r"^s\.yaml:\d+: no URL .*\(1 more mistake after this one\)$"):
        check_project(parse(text, "s.yaml"))
    check_project(parse(TEXT, "s.yaml"))


def test_a_read_that_has_nothing_to_do_with_the_write() -> None:
    text = TEXT.replace("affects: [client-jobs]", "affects: [client-jobs, untouched]").replace(
        "  endpoints:\n",
        "  endpoints:\n    - {name: untouched, method: GET, path: '/jobs/{n}', weight: 1, params: {n: [1, 2]}}\n",
    )
    (problem,) = project_problems(parse(text, "s.yaml"))
    assert "no param of post-job identifies a row that untouched reads" in str(problem)


def test_an_example_of_a_path_has_values_that_its_converters_take(monkeypatch: pytest.MonkeyPatch) -> None:
    (job,) = [endpoint for endpoint in parse(TEXT).traffic.endpoints if endpoint.name == "job"]
    assert example_path(job) == "/jobs/1"
    other = job.model_copy(update={"path": "/nothing/{job_id}"})
    monkeypatch.setattr(project_checks, "example_of", lambda source: uuid.UUID(int=1))
    assert example_path(other) == "/nothing/00000000-0000-0000-0000-000000000001", (
        "nothing matches: of the field's kind"
    )
    assert example_path(job) == "/jobs/0", "the URL takes numbers, whatever the field"


def test_lookups_follow_relations() -> None:
    through = lookup("marketplace.Application.job__client")
    assert (through.model._meta.label, through.path) == ("marketplace.Application", "job__client")
    assert through.target is not None
    assert through.target._meta.label == "marketplace.User"
    key = lookup("marketplace.Job.pk").target
    assert key is not None
    assert key._meta.label == "marketplace.Job"
    assert lookup("marketplace.Application.job__client_id").target is through.target
    assert lookup("marketplace.Job.title").target is None


@pytest.mark.parametrize(
    ("way", "what"),
    [
        ("session", "`auth: session` needs a session middleware, and MIDDLEWARE has none"),
        ("token", "`auth: token` needs rest_framework.authtoken among INSTALLED_APPS"),
        ("marketplace.api:nobody", "subject.auth: cannot import 'marketplace.api:nobody'"),
    ],
)
def test_a_login_that_the_project_cannot_make(way: str, what: str) -> None:
    (problem,) = project_problems(parse(TEXT.replace("auth: marketplace.api.auth:headers", f'auth: "{way}"'), "s.yaml"))
    assert what in str(problem) and "package.module:name" in str(problem)


def test_sessions_need_a_middleware_by_whatever_name(settings: Any) -> None:
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, "django.contrib.sessions.middleware.SessionMiddleware"]
    assert project_problems(parse(TEXT.replace("auth: marketplace.api.auth:headers", "auth: session"), "s.yaml")) == []


def test_a_function_of_a_param_is_imported() -> None:
    text = TEXT.replace(
        "missing_id: [900000001, 900000002, 900000003]", 'missing_id: "tests.perflab.workload.hamlet:wrods"'
    )
    (problem,) = project_problems(parse(text, "s.yaml"))
    assert "params.missing_id: cannot import" in str(problem)
    assert project_problems(parse(text.replace("wrods", "words"), "s.yaml")) == []


def test_a_path_may_match_a_route_whose_values_only_the_rows_know() -> None:
    assert project_checks._has_form("/u/{a}-{b}/", "/u/{x}-{y}/")
    assert not project_checks._has_form("/u/{a}/", "/v/{a}/")
    assert not project_checks._has_form("/u/", "/u/")


@pytest.mark.parametrize(
    ("source", "example"),
    [("marketplace.Job.pk", 1), ("marketplace.Application.job", 1), ("marketplace.Job.title", "x")],
)
def test_an_example_is_of_the_fields_kind(source: str, example: object) -> None:
    assert example_of(source) == example
    assert row_of(source) == lookup(source).row


def test_an_indexs_model_and_fields_are_named() -> None:
    columns = [("client_id", True), ("title", False), ("unknown", False)]
    assert index_of("marketplace_job", columns) == ("marketplace.Job", ["-client", "title", "unknown"])
    assert index_of("no_such_table", [("a", False)]) == (None, ["a"])


def test_what_factors_switch_is_named_where_their_keys_do_not() -> None:
    text = TEXT.replace("which: [declared]", 'migration: "marketplace.0003"')
    names = switched_by(parse(text, "s.yaml"))
    assert list(names) == ["indexes"] and "payment_payer_idx" in names["indexes"]
    assert all(name.startswith("payment_") for name in names["indexes"])
