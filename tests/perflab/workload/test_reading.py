"""Reads who takes part from a real database, and asks the marketplace what it answers to the trace."""

from __future__ import annotations

import pickle
from collections import Counter
from itertools import islice
from urllib.parse import quote, unquote

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from marketplace.factories import ApplicationFactory, JobFactory, PaymentFactory, ReviewFactory, UserFactory
from marketplace.models import Application, Job, Payment, Review, User
from perflab.errors import InputError, SubjectError
from perflab.scenario.endpoint_params import RowField
from perflab.scenario.loading import parse
from perflab.scenario.models import Scenario
from perflab.scenario.profiles import resolve
from perflab.workload.build import build
from perflab.workload.people import Population, pools
from perflab.workload.reading import plain, read_population
from tests.perflab.workload.hamlet import marketplace

pytestmark = [pytest.mark.django_db, pytest.mark.servers]

ACTIVE = 12


@pytest.fixture
def scenario() -> Scenario:
    return resolve(marketplace(), "smoke", {"active_users": ACTIVE}).scenario


@pytest.fixture
def village() -> None:
    """Four clients and twenty applicants; every client has jobs of each kind, with applications, payments and reviews."""
    clients = UserFactory.create_batch(4, role="client", complete=True)
    applicants = UserFactory.create_batch(20, role="applicant", complete=True)
    for i, client in enumerate(clients):
        for j, status in enumerate(["open", "filled", "completed", "cancelled"] * 4):
            job = JobFactory(client=client, status=status)
            for k in range(3):
                applicant = applicants[(i * 5 + j + 7 * k) % 20]
                of = {
                    "open": "pending",
                    "filled": "accepted",
                    "completed": "accepted",
                    "cancelled": "rejected",
                }[status]
                ApplicationFactory(job=job, applicant=applicant, status=of)
                if status == "completed":
                    PaymentFactory(job=job, payer=client, recipient=applicant, status="pending" if k else "completed")
                    ReviewFactory(job=job, reviewer=applicant, reviewed=client)


@pytest.mark.usefixtures("village")
def test_rows_are_whole_and_of_the_database(scenario: Scenario) -> None:
    population = read_population(scenario, 1)
    of = pools(scenario, "marketplace.User", population.rows)
    users = [row["pk"] for row in population.pools[of["account", "marketplace.User"].key]]
    assert len(set(users)) == ACTIVE
    assert set(users) <= set(User.objects.values_list("pk", flat=True))
    for row in population.pools[of["pay", "marketplace.Application"].key]:
        application = Application.objects.get(job=row["job"], applicant=row["applicant"])
        assert application.job.client_id == row["job__client"]
        assert application.status == "accepted"
    for row in population.pools[of["apply", "marketplace.Job"].key]:
        assert Job.objects.get(pk=row["pk"]).status == "open"
    for row in population.pools[of["settle", "marketplace.Payment"].key]:
        assert Payment.objects.filter(payer=row["payer"], recipient=row["recipient"], status="pending").exists()
    for row in population.pools[of["delete-review", "marketplace.Review"].key]:
        assert Review.objects.get(pk=row["pk"]).reviewer_id == row["reviewer"]
    client = RowField("marketplace.Application", "marketplace.User", "job__client", "pk")
    assert population.rows["marketplace.Application.job__client"] == client
    assert population.rows["marketplace.Job.industry"].model == "marketplace.Industry"


@pytest.mark.usefixtures("village")
def test_callers_are_active_users_as_far_as_there_are_rows_of_theirs(scenario: Scenario) -> None:
    population = read_population(scenario, 1)
    of = pools(scenario, "marketplace.User", population.rows)
    active = {row["pk"] for row in population.pools[of["account", "marketplace.User"].key]}
    rows = population.pools[of["change-payment", "marketplace.Payment"].key]
    theirs = [row["payer"] in active for row in rows]
    assert theirs == sorted(theirs, reverse=True)  # those first
    assert any(theirs)


@pytest.mark.usefixtures("village")
def test_who_may_not_log_in_makes_no_requests_unless_there_is_nobody_else(scenario: Scenario) -> None:
    may = list(User.objects.order_by("pk").values_list("pk", flat=True)[:5])
    User.objects.exclude(pk__in=may).update(is_active=False)
    of = pools(scenario, "marketplace.User", read_population(scenario, 1).rows)
    place = of["account", "marketplace.User"].key
    assert {row["pk"] for row in read_population(scenario, 1).pools[place]} == {*may}
    User.objects.update(is_active=False)
    assert len(read_population(scenario, 1).pools[place]) == ACTIVE


@pytest.mark.usefixtures("village")
def test_jobs_that_are_applied_for_are_first_of_all_those_that_are_read(scenario: Scenario) -> None:
    population = read_population(scenario, 1)
    of = pools(scenario, "marketplace.User", population.rows)
    read = [row["pk"] for row in population.pools[of["job", "marketplace.Job"].key]]
    still_open = set(Job.objects.filter(status="open").values_list("pk", flat=True))
    expected = [pk for pk in read if pk in still_open]
    applied_for = [row["pk"] for row in population.pools[of["apply", "marketplace.Job"].key]]
    assert expected
    assert applied_for[: len(expected)] == expected


@pytest.mark.usefixtures("village")
def test_it_is_the_same_for_the_same_seed_and_round_and_another_for_others(scenario: Scenario) -> None:
    population = read_population(scenario, 1)
    assert read_population(scenario, 1) == population
    assert read_population(scenario, 2) != population
    assert pickle.loads(pickle.dumps(population)) == population


@pytest.mark.usefixtures("village")
def test_it_takes_a_few_queries_per_pool(scenario: Scenario) -> None:
    with CaptureQueriesContext(connection) as queries:
        population = read_population(scenario, 1)
    # users: 2; per pool at most: callers' keys, the ends, the sample, all keys, those that are read, the rows
    assert len(queries) <= 2 + 6 * len(population.pools)


def test_many_users_are_sampled_without_reading_them_all(scenario: Scenario) -> None:
    users = [User(username=f"u{n}", email=f"u{n}@example.com") for n in range(20 * ACTIVE)]
    User.objects.bulk_create(users)
    some = scenario.model_copy(
        update={"traffic": scenario.traffic.model_copy(update={"endpoints": [scenario.endpoint("account")]})}
    )
    with CaptureQueriesContext(connection) as queries:
        population = read_population(some, 1)
    (rows,) = population.pools.values()
    assert len({row["pk"] for row in rows}) == ACTIVE
    assert sum("IN (" in q["sql"] for q in queries) == 2
    assert [row["pk"] for row in rows] != sorted(row["pk"] for row in rows)


def test_an_empty_database_is_reported(scenario: Scenario) -> None:
    with pytest.raises(InputError, match=r"the database has 0 users, but a trace needs at least 2; raise data.rows"):
        read_population(scenario, 1)


def test_a_project_that_is_asked_anonymously_needs_no_users(scenario: Scenario) -> None:
    endpoint = scenario.endpoint("job").model_copy(update={"params": {"job_id": [1, 2]}})
    anonymous = scenario.model_copy(update={"traffic": scenario.traffic.model_copy(update={"endpoints": [endpoint]})})
    assert read_population(anonymous, 1).pools == {}


def test_a_model_without_a_table_is_reported(scenario: Scenario) -> None:
    UserFactory.create_batch(3)
    traffic = scenario.traffic.model_copy(update={"endpoints": [scenario.endpoint("job")]})
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE marketplace_job RENAME TO gone")
    with pytest.raises(
        InputError, match=r"cannot read marketplace\.Job to draw params from: ProgrammingError: .*not exist"
    ):
        read_population(scenario.model_copy(update={"traffic": traffic}), 1)


def test_values_of_a_composite_key_are_joined_by_commas() -> None:
    assert plain((3, "a", 7)) == "3,a,7"
    assert (plain(3), plain("3"), plain(None)) == (3, "3", None)


def test_a_model_without_rows_is_reported(scenario: Scenario) -> None:
    UserFactory.create_batch(3)
    with pytest.raises(
        InputError, match=r"the database has no marketplace\.\w+ .*to draw params from; raise data.rows"
    ):
        read_population(scenario, 1)


@pytest.mark.usefixtures("village")
def test_the_marketplace_responds_to_the_trace_as_it_is_meant(scenario: Scenario) -> None:
    """Writes succeed but for a few conflicts, reads too, and 403 and 404 come where they are asked for."""
    from marketplace.api.auth import headers

    population: Population = read_population(scenario, 1)
    client = Client()
    answers: dict[str, Counter[int]] = {}
    for block in islice(build(scenario, scenario.profiles["smoke"], 1, 1, population), 60):
        for step in block:
            answer = client.generic(
                step.method, step.path, step.body or "", "application/json", headers=headers(step.user)
            )
            answers.setdefault(step.endpoint, Counter())[answer.status_code] += 1
    assert set(answers.pop("foreign-payments")) == {403}
    assert set(answers.pop("missing-job")) == {404}
    for endpoint, statuses in answers.items():
        good = sum(n for status, n in statuses.items() if status < 300)
        allowed = 0.7 if endpoint in ("apply", "delete-review", "review") else 1  # the village is small
        assert good >= allowed * statuses.total(), (endpoint, statuses)
        assert set(statuses) <= {200, 201, 204, 409, 404}, (endpoint, statuses)


TIED = """\
title: Tied
subject: {settings: site_config.settings, seed: "a:b"}
data: {as_of: "2025-10-20", rows: {}}
traffic:
  rate_per_s: 1
  active_users: 12
  zipf: 0
  endpoints:
    - {name: rename, method: POST, path: "/titles/{title}/", weight: 1, params: {title: marketplace.Job.title},
       affects: [job, client, home], read_back: everyone}
    - {name: job, method: GET, path: "/jobs/{job_id}/", weight: 1, params: {job_id: marketplace.Job.pk}}
    - {name: client, method: GET, path: "/people/{mail}/{kind}/", weight: 1,
       params: {mail: marketplace.Job.client__email, kind: marketplace.Job.status}}
    - {name: home, method: GET, path: "/", weight: 1}
    - {name: search, method: GET, path: "/?q={word}", weight: 1, params: {word: "tests.perflab.workload.hamlet:words"}}
factors: [{name: f, kind: cache, aliases: [default]}]
profiles: {smoke: {scale: 1, rounds: 1, block: 20, replay_s: 1, warmup_blocks: 0}}
"""


@pytest.mark.usefixtures("village")
def test_a_write_is_read_back_by_the_row_whatever_names_it() -> None:
    for job in Job.objects.all():
        Job.objects.filter(pk=job.pk).update(title=f"{job.title} {job.pk}")
    scenario = parse(TIED)
    population = read_population(scenario, 1)
    steps = build(scenario, scenario.profiles["smoke"], 1, 1, population).steps(20)
    writes = [step for step in steps if step.endpoint == "rename"]
    assert writes
    for write in writes:
        job = Job.objects.get(title=unquote(write.path.split("/")[2]))
        read = {step.path for step in steps if step.affected_by == write.step}
        assert read == {f"/jobs/{job.pk}/", f"/people/{quote(job.client.email, safe='')}/{job.status}/", "/"}


@pytest.mark.usefixtures("village")
def test_a_function_gives_values_once_and_the_same_ones_for_a_seed() -> None:
    scenario = parse(TIED)
    population = read_population(scenario, 1)
    (values,) = population.computed.values()
    assert len(values) == 12 and set(values) <= {f"word{n}" for n in range(1000)}
    assert read_population(scenario, 1).computed == population.computed
    assert read_population(scenario, 2).computed != population.computed
    steps = build(scenario, scenario.profiles["smoke"], 1, 1, population).steps(20)
    assert {step.path for step in steps if step.endpoint == "search"} <= {f"/?q={value}" for value in values}


@pytest.mark.parametrize(
    ("function", "what"),
    [
        ("no_words", "the function tests.perflab.workload.hamlet:no_words returned no values"),
        ("failing", r"hamlet:failing raised ValueError: out of words at tests/perflab/workload/hamlet.py:"),
    ],
)
@pytest.mark.usefixtures("village")
def test_a_function_that_gives_nothing_is_named_with_its_line(function: str, what: str) -> None:
    scenario = parse(TIED.replace(":words", f":{function}"), "s.yaml")
    with pytest.raises((InputError, SubjectError), match=rf"^s\.yaml:15: .*{what}"):
        read_population(scenario, 1)
