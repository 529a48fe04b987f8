"""What is read of a project: the marketplace's routes, models and caches."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from django.db import models
from django.views.generic import DetailView

from marketplace.models import Application, Job, User
from perflab.scenario.drafting.looking import Facts, _lookups, _route, kind_of, look


@pytest.fixture(scope="module")
def facts() -> Facts:
    return look("site_config.settings")


def test_routes_have_params_with_their_converters_and_the_name_of_their_view(facts: Facts) -> None:
    route = next(route for route in facts.routes if route.path == "/jobs/{job_id}")
    assert dict(route.params) == {"job_id": "int"}
    assert route.name is not None and route.name.startswith("api-")


def test_models_have_columns_by_which_a_url_may_name_a_row_and_their_owner(facts: Facts) -> None:
    job = next(model for model in facts.models if model.label == "marketplace.Job")
    assert job.columns[0].name == "pk" and job.columns[0].kind == "int"
    assert job.links["marketplace.User"] == job.owner == "client"
    user = next(model for model in facts.models if model.label == "marketplace.User")
    assert ("username", "str", True) in [(column.name, column.kind, column.unique) for column in user.columns]


def test_what_the_project_has_decides_over_logins_and_switches(facts: Facts) -> None:
    assert (facts.user, facts.username) == ("marketplace.User", "username")
    assert (facts.superusers, facts.sessions, facts.tokens) == (False, False, False)
    assert (facts.caches, facts.indexes) == (["default"], True)


@pytest.mark.parametrize(
    ("field", "kind"),
    [
        (User._meta.pk, "int"), (Job._meta.get_field("client"), "int"), (User._meta.get_field("username"), "str"),
        (models.UUIDField(), "uuid"), (models.SlugField(), "slug"), (models.JSONField(), ""), (models.DateField(), ""),
    ],
)  # fmt: skip
def test_a_field_is_what_its_values_are_in_a_url(field: Any, kind: str) -> None:
    assert kind_of(field) == kind


class ByName(DetailView):  # type: ignore[type-arg]
    model = User
    slug_field = "username"
    slug_url_kwarg = "name"


class Apis:
    """A view of Django REST framework's kind."""

    queryset = SimpleNamespace(model=Application)
    lookup_field = "number"
    lookup_url_kwarg = None


def test_a_class_says_which_model_it_shows_and_by_which_field() -> None:
    generic = _route("/u/{name}/", "u", [("name", "str")], ByName.as_view(), {})
    assert (generic.model, generic.fields["name"]) == ("marketplace.User", "username")
    api = _route("/a/{number}/", None, [("number", "int")], SimpleNamespace(cls=Apis), {})
    assert (api.model, api.fields) == ("marketplace.Application", {"number": "number"})


def by_function(request: object, job_id: int, slug: str, other: str) -> None:
    get_object_or_404(Job, id=job_id)  # type: ignore[name-defined]  # noqa: F821
    User.objects.get(username=slug)


def test_a_views_source_says_which_row_a_param_names() -> None:
    names = {"Job": "marketplace.Job", "User": "marketplace.User"}
    assert dict(_lookups(by_function, ["job_id", "slug", "other"], names)) == {
        "job_id": ("marketplace.Job", "id"), "slug": ("marketplace.User", "username"),
    }  # fmt: skip
    assert dict(_lookups(len, ["job_id"], names)) == {}, "a view without source says nothing"
