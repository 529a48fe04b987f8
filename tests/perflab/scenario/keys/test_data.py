"""The key `data` of a scenario: which keys belong together."""

import datetime as dt

import pytest

from perflab.errors import InputError
from perflab.scenario import loading, profiles
from perflab.scenario.subject.surroundings import MASKED, without_login

HEAD = """\
title: A
subject: {settings: site_config.settings}
"""
REST = """
traffic:
  rate_per_s: 20
  active_users: 100
  zipf: 0.8
  timeout_s: 10
  endpoints: [{name: jobs, method: GET, path: /jobs/, weight: 1}]
factors: [{name: joins, kind: joins}]
profiles: {default: {scale: 1, rounds: 1, block: 20, replay_s: 1}}
"""


def scenario(data):
    return loading.parse(f"{HEAD}data: {data}{REST}")


@pytest.mark.parametrize(
    "data",
    [
        "{from: database, source: default, keep: [auth.User.email], mask: [legacy.note], reuse: true}",
        "{from: fixtures, fixtures: [demo], schema: models}", "{from: command, command: create_demo --big, as_of: 2025-10-20}",
        "{as_of: 2025-10-20, rows: {every: 10}}",
    ],
)  # fmt: skip
def test_data_come_from_one_source(data):
    assert scenario(data).data.is_drawn == ("from" not in data)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("{}", "scenario.yaml:3: data.as_of is missing; add it"),
        ("{from: database}", "data.source is missing, which `from: database` needs"),
        ("{from: fixtures}", "data.fixtures is missing, which `from: fixtures` needs"),
        ("{from: database, source: x, rows: {every: 1}}", "data.rows has no meaning for `from: database`"),
        ("{from: database, source: x, schema: models}", "a copied database has its own tables"),
        ("{from: database, source: x, keep: [a.B.c], mask: [a.B.c]}", "a.B.c is in data.keep and in data.mask"),
        ("{from: database, source: x, keep: [email]}", "data.keep[0]: the text 'email' is malformed"),
        ("{as_of: 2025-10-20, source: x}", "data.source is for `from: database`; remove it, or write `from: database`"),
        ("{from: command, command: x, mask: [a.B.c]}", "data.mask is for `from: database`"),
        ("{from: databse, source: x}", "did you mean 'database'"),
    ],
)
def test_keys_that_do_not_belong_together_are_an_error(data, message):
    with pytest.raises(InputError) as caught:
        scenario(data)
    assert message in str(caught.value)


def test_the_end_of_copied_data_is_that_of_its_newest_row():
    question = profiles.resolve(scenario("{from: database, source: default}"))
    with pytest.raises(InputError, match=r"data.as_of is not known before the data is there"):
        question.scenario.as_of.isoformat()
    ending = question.ending("2026-05-06T07:08:09+00:00")
    assert ending.scenario.as_of == dt.datetime(2026, 5, 6, 7, 8, 9, tzinfo=dt.UTC)
    assert ending.scenario.source is question.scenario.source
    assert ending.ending("2027-01-01").scenario.as_of == ending.scenario.as_of, "what the scenario says, counts"


def test_a_run_keeps_no_password():
    url = "postgresql://ann:s3cret@db/shop?password=s3cret&sslmode=require"
    kept = profiles.resolve(scenario(f'{{from: database, source: "{url}"}}')).as_dict()["data"]["source"]
    assert kept == f"postgresql://{MASKED}@db/shop?password={MASKED}&sslmode=require" == without_login(url)
