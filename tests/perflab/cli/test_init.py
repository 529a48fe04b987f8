"""`perflab init` on a project that has no scenario: from its folder to a file that runs."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from perflab.cli.init import _closing, init
from perflab.errors import InputError
from perflab.experiment.setup.trying import Tried
from perflab.scenario import loading
from perflab.scenario.drafting.candidates import Candidate
from perflab.scenario.drafting.checkout import Checkout
from perflab.scenario.drafting.looking import Facts, Route
from perflab.scenario.drafting.proposal import Found
from perflab.scenario.drafting.size import affordable
from tests.cases.replaying import state_folder

PROJECT = Path(__file__).resolve().parents[3]
UNASKED = PROJECT / "tests" / "cases" / "unasked"

pytestmark = pytest.mark.servers


@dataclass(frozen=True)
class Made:
    """A checkout after `perflab init`.

    Attributes:
        folder: The checkout.
        text: What was printed.
        file: The file that was written.
    """

    folder: Path
    text: str
    file: Path


def perflab(folder: Path, home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    environment |= {"PYTHONPATH": str(PROJECT / "app"), "PERFLAB_HOME": str(home)}
    return subprocess.run(
        [sys.executable, "-m", "perflab", *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    folder = tmp_path_factory.mktemp("unasked") / "bookshop"
    shutil.copytree(UNASKED, folder, ignore=shutil.ignore_patterns("__pycache__"))
    with state_folder() as home:
        done = perflab(
            folder, home, "init", "--quiet", "--rows", "200", "--as-of", "2025-10-20", "--database", request.param
        )
        assert done.returncode == 0, done.stderr
        checked = perflab(folder, home, "check", "lab/scenario.yaml")
        assert checked.returncode == 0, checked.stderr
        yield Made(folder, done.stdout, folder / "lab" / "scenario.yaml")


def test_what_responds_is_the_traffic_with_the_caller_that_it_wants(made: Made) -> None:
    scenario = loading.load(made.file)
    endpoints = {endpoint.path: endpoint for endpoint in scenario.traffic.endpoints}
    assert set(endpoints) == {
        "/books/", "/books/{isbn}/", "/authors/{slug}/", "/shelves/{key}/", "/shelves/{shelf_key}/books/{book_id}/", "/me/",
        "/report/", "/years/{year}/",
    }  # fmt: skip
    assert endpoints["/books/{isbn}/"].as_ is None
    shelf = endpoints["/shelves/{key}/"]
    assert (shelf.params, shelf.as_) == ({"key": "shelf.Shelf.pk", "caller": "shelf.Shelf.owner"}, "caller")
    assert endpoints["/report/"].where == {"auth.User.is_superuser": True}
    assert endpoints["/shelves/{shelf_key}/books/{book_id}/"].params["shelf_key"] == "shelf.Book.shelf__pk"


def test_the_file_and_the_closing_lines_say_why_the_others_do_not(made: Made) -> None:
    text = made.file.read_text()
    for line in ("it takes no GET (405)", "it redirects (302) to /books/", "no row that was tried is there (404)"):
        assert f"# Not reached: {line}" in text and f"not: {line}" in made.text
    assert "it fails (500)" in text and "shelf/urls.py" in text
    assert "# Not requested: it may end a session or change something\n#   /logout/" in text
    assert "no rows in shelf.Impossible: no value is known for code (CharField)" in made.text
    assert "8 of 36 routes responded: 5 as anonymous, 1 as owner, 1 as user, 1 as superuser" in made.text
    assert made.text.endswith("next: perflab run lab/scenario.yaml --profile smoke\n")


def test_nothing_of_the_project_is_written_but_the_file(made: Made) -> None:
    there = {str(path.relative_to(made.folder)) for path in made.folder.rglob("*") if "__pycache__" not in path.parts}
    own = {str(path.relative_to(UNASKED)) for path in UNASKED.rglob("*") if "__pycache__" not in path.parts}
    assert there == own | {"lab", "lab/scenario.yaml"}


def test_an_update_adds_what_is_new_and_keeps_what_was_edited(made: Made) -> None:
    edited = made.file.read_text().replace("weight: 1\n", "weight: 7  # mine\n")
    without = edited.replace(
        '    - name: shelf-me\n      method: GET\n      path: "/me/"\n',
        '    - name: own\n      method: GET\n      path: "/x/"\n',
    )
    file = made.folder / "lab" / "edited.yaml"
    file.write_text(without)
    with state_folder() as home:
        done = perflab(made.folder, home, "init", "--quiet", "--update", "--output", "lab/edited.yaml")
        assert done.returncode == 0, done.stderr
        assert done.stdout.endswith("edited.yaml: shelf-me\n")
        again = perflab(made.folder, home, "init", "--quiet", "--update", "--output", "lab/edited.yaml")
        assert again.stdout.endswith("nothing new responds\n")
    after = file.read_text()
    file.unlink()
    kept = after.replace(after[after.index("    - name: shelf-me\n") : after.index("\n# Off is")], "")
    assert kept == without, "nothing else has changed"
    assert loading.parse(after).endpoint("shelf-me").as_ == "caller"


def test_what_is_left_out_of_a_long_run_is_told() -> None:
    facts = Facts("5.2", [Route("/", None, (), "v")], ["shop.Order"], None, None, False, False, False, [], True)  # type: ignore[list-item]
    tried = [Tried(path, Candidate(path), milliseconds=ms) for path, ms in (("/", 20.0), ("/slow/", 9_000.0))]
    for shown, expected in (
        (Found(facts, tried[:1]), None),
        (
            Found(facts, tried),
            "left out, so that a first run takes minutes: indexes and 1 slow route; add them to the file",
        ),
    ):
        text = _closing(affordable(shown), Path("lab/scenario.yaml"), Checkout(Path(), "shop.settings", None, None))
        assert (expected in text.splitlines()) if expected else ("left out" not in text)


def test_a_file_that_is_there_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "lab").mkdir()
    (tmp_path / "lab" / "scenario.yaml").write_text("mine")
    with pytest.raises(
        InputError,
        match=r"lab/scenario.yaml is there already; add what it lacks with --update, give another --output",
    ):
        init(tmp_path)


def test_a_variable_without_a_value_is_one_line(tmp_path: Path) -> None:
    shutil.copy(UNASKED / "manage.py", tmp_path)
    with pytest.raises(InputError, match=r"--env SECRET: there is no value; write it as NAME=VALUE"):
        init(tmp_path, env=["SECRET"])


def test_a_project_that_cannot_be_set_up_is_one_line(tmp_path: Path) -> None:
    shutil.copytree(UNASKED, tmp_path / "p", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "p" / "shelf" / "settings.py").write_text("import os\nNAME = os.environ['SHELF_NAME']\n")
    with state_folder() as home:
        done = perflab(tmp_path / "p", home, "init", "--quiet")
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith(
        "perflab: the settings shelf.settings cannot be set up: KeyError: 'SHELF_NAME'"
    )
    assert not (tmp_path / "p" / "lab").exists()
