"""Rows that a command makes."""

import datetime as dt

import pytest
from django.core import management
from django.core.management.base import BaseCommand

from perflab.errors import InputError
from perflab.seeding.sources.command import Command
from perflab.seeding.spec import SeedSpec


class CreateDemo(BaseCommand):
    """Makes users."""

    def add_arguments(self, parser):
        parser.add_argument("--number", type=int, default=1)
        parser.add_argument("--mail", default="a@b.c")

    def handle(self, *arguments, **options):
        from marketplace.models import User

        joined = dt.datetime(2026, 5, 6, 7, 8, 9, 500_000, tzinfo=dt.UTC)
        users = [
            User(username=f"u{n}", email=f"{n}{options['mail']}", date_joined=joined) for n in range(options["number"])
        ]
        User.objects.bulk_create(users)


@pytest.fixture(autouse=True)
def _commands(monkeypatch):
    own = management.get_commands()
    monkeypatch.setattr(management, "get_commands", lambda: {**own, "create_demo": CreateDemo()})


def command(line):
    return Command(
        SeedSpec("site_config.settings", "x:y", None, {}, 1, "sqlite", data={"from": "command", "command": line})
    )


def test_rows_are_those_that_the_command_makes(ground):
    source = command("python manage.py create_demo --number 3 --mail '@corp com'")
    assert source.prepare() == ["rows that `manage.py create_demo` makes"]
    filled = source.fill(ground)
    assert filled.rows["marketplace.User"] == 3
    assert filled.as_of == "2026-05-06T07:08:10+00:00", "the newest moment, rounded up"
    assert filled.masked == ()
    with ground.server.connect(ground.names["default"]) as connection:
        assert connection.execute("SELECT email FROM marketplace_user LIMIT 1").fetchone() == ("0@corp com",)


def test_data_follow_from_the_command_and_its_code():
    assert command("create_demo --number 3").inputs() == command("manage.py create_demo  --number 3").inputs()
    assert command("create_demo --number 3").inputs() != command("create_demo --number 4").inputs()
    assert command("create_demo").inputs()["project"]


@pytest.mark.parametrize(
    ("line", "message"), [("create_demo 'x", "No closing quotation"), ("creat_demo", "did you mean 'create_demo'")]
)
def test_what_is_no_command_is_an_error(line, message):
    with pytest.raises(InputError, match=message):
        command(line).prepare()
