"""Two revisions in one run: a lost join, other packages that change a response, a migration that writes a table anew."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import django
import pytest
from ruamel.yaml import YAML

from perflab.analysis.summary import summarise
from perflab.report.sections import revisions
from perflab.run.scenario import scenario_hash
from perflab.run.store import Run
from perflab.run.summary import Summary
from tests.cases.replaying import replayed, state_folder
from tests.perflab.repository import commit, write
from tests.perflab.tasks import PROJECT as ROOT
from tests.perflab.tasks import task
from tests.perflab.wheels import wheel

pytestmark = [pytest.mark.servers, pytest.mark.replays, pytest.mark.slow, pytest.mark.timeout(900)]

SETTINGS = """
SECRET_KEY = "x"
ROOT_URLCONF = "shop.urls"
INSTALLED_APPS = ["django.contrib.contenttypes", "shop"]
MIDDLEWARE = []
DATABASES = {
    "default": {"ENGINE": "django.db.backends.postgresql", "NAME": "shop"},
    "archive": {"ENGINE": "django.db.backends.postgresql", "NAME": "archive"},
}
DATABASE_ROUTERS = ["shop.routers.Router"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
"""
ROUTERS = """
class Router:
    def db_for_read(self, model, **hints):
        return "archive" if model.__name__ == "Note" else None

    db_for_write = db_for_read

    def allow_migrate(self, db, app_label, model_name=None, **hints):
        return None if model_name is None else (db == "archive") == (model_name == "note")
"""
MODELS = """
from django.db import models


class Maker(models.Model):
    name = models.CharField(max_length=40)


class Thing(models.Model):
    maker = models.ForeignKey(Maker, on_delete=models.CASCADE)
    name = models.CharField(max_length=40)
    price = models.{field}()


class Note(models.Model):
    text = models.CharField(max_length=40){more}
"""
FIRST = """
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    operations = [
        migrations.CreateModel("Maker", [
            ("id", models.BigAutoField(primary_key=True)),
            ("name", models.CharField(max_length=40)),
        ]),
        migrations.CreateModel("Thing", [
            ("id", models.BigAutoField(primary_key=True)),
            ("maker", models.ForeignKey("shop.Maker", on_delete=models.CASCADE)),
            ("name", models.CharField(max_length=40)),
            ("price", models.IntegerField()),
        ]),
        migrations.CreateModel("Note", [
            ("id", models.BigAutoField(primary_key=True)),
            ("text", models.CharField(max_length=40)),
        ]),
    ]
"""
SECOND = """
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("shop", "0001_initial")]
    operations = [
        migrations.AlterField("Thing", "price", models.BigIntegerField()),
        migrations.AddIndex("Thing", models.Index(fields=["name"], name="shop_thing_by_name")),
        migrations.AddField("Note", "pages", models.IntegerField(default=1)),
    ]
"""
THIRD = """
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("shop", "0002_price")]
    operations = [migrations.AddIndex("Maker", models.Index(fields=["name"], name="shop_maker_by_name"))]
"""
URLS = """
from django.http import JsonResponse
from django.urls import path
from ladle import shown

from shop.models import Maker, Note, Thing


def things(request):
    rows = Thing.objects.order_by("id"){join}[:5]
    return JsonResponse({{"things": [[thing.name, thing.maker.name] for thing in rows]}})


def maker(request, pk):
    Note.objects.first()  # with the columns of this revision
    return JsonResponse({{"name": shown(Maker.objects.get(pk=pk).name)}})


urlpatterns = [path("things/", things), path("makers/<int:pk>/", maker){more}]
"""
PROJECT = {
    "shop/__init__.py": "", "shop/settings.py": SETTINGS, "shop/models.py": MODELS.format(field="IntegerField", more=""),
    "shop/routers.py": ROUTERS,
    "shop/migrations/__init__.py": "", "shop/migrations/0001_initial.py": FIRST,
}  # fmt: skip
SCENARIO = {
    "title": "What does the change do?",
    "data": {"as_of": "2025-10-20", "rows": {"every": 100}},
    "traffic": {
        "rate_per_s": 10, "active_users": 2, "zipf": 0,
        "endpoints": [
            {"name": "things", "method": "GET", "path": "/things/", "weight": 2},
            {"name": "maker", "method": "GET", "path": "/makers/{pk}/", "weight": 1, "params": {"pk": "shop.Maker.pk"}},
            {"name": "new", "method": "GET", "path": "/new/", "weight": 1},
        ],
    },
    "factors": [
        {
            "name": "change", "kind": "code",
            "off": {"revision": "main", "packages": "requirements.txt"}, "on": {"packages": "requirements.txt"},
        },
    ],
    "profiles": {"smoke": {"scale": 1, "rounds": 2, "block": 20, "replay_s": 2, "warm_s": 0}},
}  # fmt: skip


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project, with a change that is not committed."""
    folder = tmp_path_factory.mktemp("revisions") / "checkout"
    plain = URLS.format(join='.select_related("maker")', more="")
    commit(folder, {**PROJECT, "shop/urls.py": plain, "requirements.txt": "lab-packages\nladle==1.0\n"})
    changed = URLS.format(join="", more=', path("new/", things)')
    models = MODELS.format(field="BigIntegerField", more="\n    pages = models.IntegerField(default=1)")
    write(folder, {"shop/urls.py": changed, "shop/models.py": models, "shop/migrations/0002_price.py": SECOND})
    write(folder, {"requirements.txt": "lab-packages\nladle==2.0\n", "shop/migrations/0003_maker.py": THIRD})
    subject = {"settings": "shop.settings", "folder": str(folder)}
    (folder / "scenario.yaml").write_text(json.dumps({**SCENARIO, "subject": subject}))
    return folder


@pytest.fixture(scope="module")
def saved(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Run, Summary]]:
    wheels = tmp_path_factory.mktemp("packages") / "wheels"
    (packages,) = {Path(place).parent for place in django.__path__}
    wheel(wheels, "lab_packages", "1", {"lab_packages.pth": f"{packages}\n"})
    for version, function in (("1.0", "str"), ("2.0", "str.upper")):
        wheel(wheels, "ladle", version, {"ladle.py": f"shown = {function}\n"})
    with state_folder() as home, pytest.MonkeyPatch.context() as patch:
        patch.setenv("UV_OFFLINE", "1")
        patch.setenv("UV_FIND_LINKS", str(wheels))
        run = replayed(str(checkout / "scenario.yaml"), tmp_path_factory.mktemp("run"), home)
        assert not list((home / "run").iterdir()), "nothing is left"
        yield run, summarise(run)


def test_both_sides_serve_the_same_traffic_with_their_own_code(saved: tuple[Run, Summary]) -> None:
    run, _ = saved
    assert run.complete
    measured = run.samples[(run.samples["phase"] == "measured") & (run.samples["endpoint"] == "things")]
    counts = {cell: set(rows["query_count"]) for cell, rows in measured.groupby("cell", observed=True)}
    assert counts["all_off"] == counts["twin_off"] == {1}
    assert counts["all_on"] == counts["twin"] == {6}


def test_a_lost_join_is_found_with_its_line(saved: tuple[Run, Summary]) -> None:
    _, summary = saved
    (repeated,) = [finding for finding in summary.findings if finding.kind == "repeated_query"]
    assert repeated.endpoint == "things" and "shop/urls.py:11" in json.dumps(repeated.as_dict())


def test_a_changed_response_is_the_changes(saved: tuple[Run, Summary]) -> None:
    _, summary = saved
    (changed,) = [finding for finding in summary.findings if finding.endpoint == "maker"]
    assert list(changed.factors) == ["change"] and changed.kind == "content"
    assert not [finding for finding in summary.findings if finding.endpoint == "things" and finding.kind == "content"]


def test_each_side_has_the_packages_that_its_own_file_pins(saved: tuple[Run, Summary]) -> None:
    run, summary = saved
    assert run.meta["revisions"]["packages"] == ["ladle 1.0 -> 2.0"] and run.meta["revisions"]["remarks"] == []
    assert "Packages: ladle 1.0 -> 2.0." in str(revisions.build(summary, run))


def test_what_a_migration_does_is_told(saved: tuple[Run, Summary]) -> None:
    run, _ = saved
    compared = run.meta["revisions"]
    migration, maker, archived = compared["migrations"]  # the third does nothing in the archive, and is not told of it
    assert maker["name"] == "shop.0003_maker" and maker["rewritten"] == []
    assert archived["name"] == "shop.0002_price (archive)" and archived["locks"] == {"shop_note": "AccessExclusiveLock"}
    assert migration["name"] == "shop.0002_price"
    assert migration["rewritten"] == ["shop_thing"]
    assert migration["locks"] == {"shop_thing": "AccessExclusiveLock"}
    assert migration["seconds"] > 0 and migration["queries"] > 0
    assert compared["indexes"] == {"lost": [], "gained": ["shop_maker_by_name", "shop_thing_by_name"]}
    assert (compared["off"]["label"], compared["on"]["label"]) == (
        "main with requirements.txt",
        "the working tree with requirements.txt",
    )


def test_an_endpoint_that_only_one_side_has_is_left_out_and_told(saved: tuple[Run, Summary]) -> None:
    run, _ = saved
    assert set(run.samples["endpoint"].dropna()) == {
        "things",
        "maker",
        *run.samples.loc[run.samples["role"] == "reference", "endpoint"],
    }
    assert any(
        note.startswith("new is left out, because main with requirements.txt lacks it: ") for note in run.meta["notes"]
    )


def test_the_saved_scenario_is_the_authors(saved: tuple[Run, Summary], checkout: Path) -> None:
    """Neither the folders of the revisions, which are gone, nor the endpoints that only one side has."""
    run, _ = saved
    assert run.scenario["subject"]["folder"] == str(checkout)
    assert [endpoint["name"] for endpoint in run.scenario["traffic"]["endpoints"]] == ["things", "maker", "new"]
    assert scenario_hash(run.scenario) == run.meta["preregistration"]


@pytest.mark.parametrize(
    ("schema", "off", "on", "message"),
    [
        ("models", "HEAD~1", "HEAD", "differ by the migration shop.0002_price, and `data.schema: models` runs none"),
        ("migrations", "HEAD", "HEAD~1", "HEAD has migrations that HEAD~1 lacks: shop.0002_price"),
    ],
)
def test_data_that_cannot_be_migrated_is_told_before_it_is_made(
    schema: str, off: str, on: str, message: str, tmp_path: Path
) -> None:
    folder = tmp_path / "checkout"
    plain = URLS.format(join="", more=", path('new/', things)").replace("from ladle import shown", "shown = str")
    commit(folder, {**PROJECT, "shop/urls.py": plain})
    commit(folder, {"shop/migrations/0002_price.py": SECOND})
    factor = {"name": "change", "kind": "code", "off": {"revision": off}, "on": {"revision": on}}
    data = {"as_of": "2025-10-20", "schema": schema, "rows": {"every": 100}}
    content = {**SCENARIO, "data": data, "factors": [factor]}
    content["subject"] = {"settings": "shop.settings", "folder": str(folder)}
    (folder / "scenario.yaml").write_text(json.dumps(content))
    with (
        state_folder() as home,
        task("check", {"scenario": str(folder / "scenario.yaml")}, home, tmp_path / "log") as check,
    ):
        assert check.end() == 2
    assert message in check.error["message"]


def test_the_marketplace_of_a_revision_is_that_revisions(tmp_path: Path) -> None:
    """As the workflows compare it, with perflab installed as editable from the same checkout."""
    scenario = YAML(typ="safe").load(ROOT / "scenarios" / "marketplace.yaml")
    factor = {"name": "change", "kind": "code", "off": {"revision": "HEAD"}}
    subject = {**scenario["subject"], "folder": str(ROOT), "path": ["app"]}
    file = tmp_path / "marketplace.yaml"
    file.write_text(
        json.dumps({**scenario, "claims": [], "capacity": None, "factors": [factor], "subject": subject}, default=str)
    )
    with state_folder() as home, task("check", {"scenario": str(file)}, home, tmp_path / "log") as check:
        assert check.end() == 0, check.error


def test_code_of_the_checkout_itself_is_no_revision(checkout: Path, tmp_path: Path) -> None:
    """As with a project that is installed as editable: both sides would be the same."""
    settings = f"import sys\nsys.path.insert(0, {str(checkout)!r})\n{SETTINGS}"
    folder = tmp_path / "checkout"
    commit(folder, {"own/__init__.py": "", "own/settings.py": settings.replace(str(checkout), str(folder))})
    commit(folder, {"shop/__init__.py": "", "shop/models.py": "", "shop/urls.py": "urlpatterns = []"})
    factor = {"name": "change", "kind": "code", "off": {"revision": "main"}}
    data = {**SCENARIO, "factors": [factor], "subject": {"settings": "own.settings", "folder": str(folder)}}
    (folder / "scenario.yaml").write_text(json.dumps(data))
    with (
        state_folder() as home,
        task("check", {"scenario": str(folder / "scenario.yaml")}, home, tmp_path / "log") as check,
    ):
        assert check.end() == 2
    assert (
        "main: shop/__init__.py is imported from the checkout itself, and not from that revision"
        in check.error["message"]
    )
