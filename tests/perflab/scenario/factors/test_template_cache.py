"""Template loaders with and without Django's cached loader."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from django.template.engine import Engine

from perflab.scenario.factors.base import Context, Project
from perflab.scenario.factors.template_cache import CACHED, ENGINE, LOADERS, TemplateCacheFactor

FACTOR = TemplateCacheFactor(name="templates", kind="template_cache")
FILES, APPS = f"{LOADERS}.filesystem.Loader", f"{LOADERS}.app_directories.Loader"
JINJA = {"BACKEND": "django.template.backends.jinja2.Jinja2", "APP_DIRS": True}


def engines(on: bool, *own: dict[str, Any]) -> list[dict[str, Any]]:
    changed: list[dict[str, Any]] = FACTOR.changes(on, Context({"TEMPLATES": list(own)})).settings["TEMPLATES"]
    return changed


@pytest.mark.parametrize(
    ("engine", "plain"),
    [
        ({"APP_DIRS": True}, [FILES, APPS]),
        ({"DIRS": ["t"]}, [FILES]),
        ({"OPTIONS": {"loaders": [APPS]}}, [APPS]),
        ({"OPTIONS": {"loaders": [(CACHED, [FILES, APPS])]}}, [FILES, APPS]),
        ({"OPTIONS": {"loaders": [[CACHED, [(f"{LOADERS}.locmem.Loader", {"a": "b"})]], FILES]}},
         [(f"{LOADERS}.locmem.Loader", {"a": "b"}), FILES]),
    ],
)  # fmt: skip
def test_the_projects_own_loaders_are_kept(engine: dict[str, Any], plain: list[Any]) -> None:
    engine = {"BACKEND": ENGINE, **engine}
    ((off,), (on,)) = engines(False, engine), engines(True, engine)
    assert off["OPTIONS"]["loaders"] == plain and on["OPTIONS"]["loaders"] == [(CACHED, plain)]
    assert not off["APP_DIRS"] and not on["APP_DIRS"], "Django refuses both"
    assert off.get("DIRS") == engine.get("DIRS")
    assert "APP_DIRS" not in engine or engine["APP_DIRS"], "the project's setting is not changed in place"


def test_django_takes_both_and_keeps_templates_with_it_on_only() -> None:
    for on, kept in ((True, True), (False, False)):
        texts = (f"{LOADERS}.locmem.Loader", {"page.html": "{{ text }}"})
        (engine,) = engines(on, {"BACKEND": ENGINE, "OPTIONS": {"loaders": [texts]}})
        made = Engine(loaders=engine["OPTIONS"]["loaders"], debug=False)
        assert (made.get_template("page.html") is made.get_template("page.html")) == kept


def test_jinja_is_left_alone_and_said_to_be() -> None:
    assert engines(False, JINJA) == engines(True, JINJA) == [JINJA]
    settings = {"TEMPLATES": [{"BACKEND": ENGINE}, JINJA]}
    assert list(FACTOR.remarks(settings)) == [
        "factor templates: the template engine django.template.backends.jinja2.Jinja2 is left as it is"
    ]
    assert list(FACTOR.problems(Project(SimpleNamespace(**settings), dict))) == []
    (problem,) = FACTOR.problems(Project(SimpleNamespace(TEMPLATES=[JINJA]), dict))
    assert problem.what == "the project has no Django templates in TEMPLATES"
