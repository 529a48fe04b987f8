"""Commands and fixtures, by the names that a scenario gives."""

import sys

import pytest
from django.core import management
from django.core.management.base import BaseCommand, CommandError

from perflab.errors import InputError, SubjectError
from perflab.seeding.calling import call, command_code, fixture_files


class Failing(BaseCommand):
    """A command that ends in several ways."""

    def add_arguments(self, parser):
        parser.add_argument("how")

    def handle(self, *arguments, **options):
        if options["how"] == "exits":
            sys.exit(3)
        if options["how"] == "asks":
            input("Are you sure?")
        if options["how"] == "complains":
            raise CommandError("no\nsuch shop")
        if options["how"] == "leaves":
            sys.exit(0)
        raise KeyError(options["how"])


@pytest.fixture
def commands(monkeypatch):
    own = management.get_commands()
    monkeypatch.setattr(management, "get_commands", lambda: {**own, "failing": Failing()})


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ("exits", "manage.py failing: SystemExit: 3"), ("asks", "manage.py failing: EOFError: "),
        ("complains", "manage.py failing: CommandError: no such shop"), ("breaks", "manage.py failing: KeyError: 'breaks'"),
    ],
)  # fmt: skip
def test_a_command_that_fails_is_an_error_in_one_line_with_its_cause(commands, how, message):
    with pytest.raises(SubjectError) as caught:
        call("failing", [how], "data.command")
    assert str(caught.value).startswith(f"data.command: {message}")
    assert "\n" not in str(caught.value)
    assert caught.value.__cause__ is not None


def test_a_command_may_end_its_process(commands):
    before = sys.stdin
    call("failing", ["leaves"], "data.command")
    assert sys.stdin is before


def test_a_command_that_does_not_exist_is_an_error_with_the_nearest_one(commands):
    assert command_code("failing") == command_code("failing")
    assert command_code("loaddata") != command_code("failing")
    with pytest.raises(InputError, match=r"data.command: the project has no command 'faling'; did you mean 'failing'"):
        command_code("faling")


def test_fixtures_are_found_where_loaddata_looks(tmp_path, monkeypatch, settings):
    settings.FIXTURE_DIRS = [tmp_path / "own"]
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "demo.json.gz").write_bytes(b"1")
    (tmp_path / "demo_data.yaml").write_text("2")
    (tmp_path / "demo_data.txt").write_text("no fixture")
    monkeypatch.chdir(tmp_path)
    by_name = fixture_files(["demo"])
    assert fixture_files(["demo.json.gz"]) == by_name == fixture_files([str(tmp_path / "own" / "demo.json")])
    both = fixture_files(["demo", "demo_data.yaml"])
    assert both != by_name
    (tmp_path / "demo_data.yaml").write_text("3")
    assert fixture_files(["demo", "demo_data.yaml"]) != both
    for name in ("demo_daat", "demo_data.txt", "../gone/x", "*"):
        with pytest.raises(InputError, match=r"data.fixtures: there is no fixture"):
            fixture_files([name])
    with pytest.raises(InputError, match=r"did you mean 'demo_data'"):
        fixture_files(["demo_daat"])
