"""Ways to request a route: where its params may come from, and who may call it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from perflab.scenario.drafting.candidates import Candidate, candidates, is_left_out, names_of, of_write
from perflab.scenario.drafting.looking import Column, Facts, Model, Route
from perflab.scenario.drafting.openapi import Write

KEY = Column("pk", "int", True)
USER = Model("auth.User", "auth", "user", (KEY, Column("username", "str", True)), None, {})
SHOP = Model("shop.Shop", "shop", "shop", (KEY, Column("slug", "slug", True)), "owner", {"auth.User": "owner"})
ITEM = Model("shop.Item", "shop", "item", (KEY, Column("token", "uuid", True)), None, {"shop.Shop": "shop"})
NOTE = Model("blog.Item", "blog", "item", (KEY,), None, {})
FACTS = Facts("5.2", [], [USER, SHOP, NOTE, ITEM], "auth.User", "username", True, True, False, [], True)
BARE = replace(FACTS, user=None, sessions=False)


def route(path: str, *params: tuple[str, str], **more: object) -> Route:
    return Route(path, None, params, "shop.views.show", **more)  # type: ignore[arg-type]


def sources(of: Route, facts: Facts = BARE) -> list[dict[str, object]]:
    return [dict(way.params) for way in candidates(of, facts, 2026)]


def test_a_route_without_params_is_requested_by_anybody_then_by_users() -> None:
    ways = candidates(route("/"), FACTS, 2026)
    assert [(way.caller, way.auth) for way in ways] == [
        ("anonymous", None),
        ("user", "session"),
        ("superuser", "session"),
    ]
    assert ways[2].where == {"auth.User.is_superuser": True}
    assert len(candidates(route("/"), BARE, 2026)) == 1


@pytest.mark.parametrize(
    ("of", "expected"),
    [
        (route("/{job}/", ("job", "int"), model="shop.Shop", fields={"job": "pk"}), "shop.Shop.pk"),
        (route("/{x}/", ("x", "str"), lookups={"x": ("shop.Shop", "slug")}), "shop.Shop.slug"),
        (route("/{shop_slug}/", ("shop_slug", "slug")), "shop.Shop.slug"),
        (route("/{item_id}/", ("item_id", "int")), "shop.Item.pk"),  # of the view's own app, although another one is first
        (route("/{username}/", ("username", "str")), "auth.User.username"),
        (route("/{token}/", ("token", "uuid")), "shop.Item.token"),
        (route("/{year}/", ("year", "int")), [2026, 2025]),
        (route("/items/{pk}/", ("pk", "int")), "shop.Item.pk"),
    ],
)  # fmt: skip
def test_the_likeliest_source_of_a_param_comes_first(of: Route, expected: object) -> None:
    ((name, _),) = of.params
    assert sources(of, replace(FACTS, sessions=False))[0][name] == expected


def test_a_source_fits_the_converter() -> None:
    every = [way["x"] for way in sources(route("/{x}/", ("x", "uuid")))]
    assert every == ["shop.Item.token"]
    assert sources(replace(route("/{x}/", ("x", "float")), view="nowhere"), replace(BARE, models=[])) == []


def test_values_of_two_models_belong_to_one_row_where_one_links_to_the_other() -> None:
    ways = sources(route("/{shop_slug}/{item_id}/", ("shop_slug", "slug"), ("item_id", "int")))
    assert ways[0] == {"shop_slug": "shop.Item.shop__slug", "item_id": "shop.Item.pk"}


def test_who_owns_a_row_asks_for_it_before_anybody_else_does() -> None:
    ways = candidates(route("/{shop_slug}/", ("shop_slug", "slug")), FACTS, 2026)
    callers = [way.caller for way in ways if way.params["shop_slug"] == "shop.Shop.slug"]
    assert callers == ["anonymous", "owner", "user", "superuser"]
    owner = next(way for way in ways if way.caller == "owner")
    assert owner.params["caller"] == "shop.Shop.owner"
    item = next(
        way for way in candidates(route("/{item_id}/", ("item_id", "int")), FACTS, 2026) if way.caller == "owner"
    )
    assert item.params["caller"] == "shop.Item.shop__owner"


def test_a_way_is_an_endpoint_of_a_scenario() -> None:
    way = Candidate("/x/{a}/", {"a": "shop.Shop.pk", "caller": "auth.User.pk"}, "user", "session")
    assert way.endpoint("x") == {
        "name": "x", "method": "GET", "path": "/x/{a}/", "weight": 1, "params": dict(way.params), "as": "caller",
        "auth": "session",
    }  # fmt: skip
    assert "params" not in Candidate("/").endpoint("root")


def test_what_may_end_a_session_or_change_something_is_left_out() -> None:
    for each in (route("/logout/"), route("/items/{pk}/delete/", ("pk", "int"))):
        assert is_left_out(each) == "it may end a session or change something"
    assert (
        is_left_out(route("/x/{format}", ("format", "re")))
        == "it is another form of a page that has a route of its own"
    )


@pytest.mark.parametrize("path", ["/{value}/", "/a page/", "/{a}/{b}/", "/{odd name}/"])
def test_a_path_that_no_scenario_can_have_is_left_out(path: str) -> None:
    assert is_left_out(route(path, ("a", "int"))) == "its path is no text with named params"
    assert is_left_out(route("/{a}/", ("a", "int"))) is None


def test_the_admin_is_left_out_whatever_its_routes_are_called() -> None:
    assert is_left_out(Route("/office/", "admin:index", (), "x")) == "the admin"
    assert is_left_out(Route("/office/x/", None, (), "django.contrib.admin.sites.catch_all")) == "the admin"
    assert is_left_out(route("/administrators/")) is None


def test_names_are_those_of_routes_and_none_is_there_twice() -> None:
    routes = [
        Route("/a/", "shop:item list", (), ""),
        Route("/b/", "shop:item-list", (), ""),
        Route("/1/{x}/", None, (), ""),
    ]
    assert names_of(routes) == {"/a/": "shop-item-list", "/b/": "shop-item-list-2", "/1/{x}/": "page-1-x"}
    assert len(names_of([Route("/" + "x" * 90, None, (), "")])["/" + "x" * 90]) <= 40


def test_a_write_is_made_as_its_route_is_requested_with_its_body() -> None:
    facts = replace(FACTS, routes=[route("/shops/{shop_id}/items/", ("shop_id", "int"))])
    write = Write("POST", "/shops/{id}/items/", "add", {"item": "{item}"}, {"item": "shop.Item.pk"})
    ways = of_write(write, facts, 2026)
    assert {way.caller for way in ways} == {"anonymous", "owner", "user", "superuser"}
    for way in ways:
        assert (way.route, way.method, way.body) == ("/shops/{shop_id}/items/", "POST", {"item": "{item}"})
        assert way.params["item"] == "shop.Item.pk"
    assert ways[0].params["shop_id"] == "shop.Shop.pk"
    endpoint = ways[0].endpoint("add")
    assert (endpoint["method"], endpoint["weight"], endpoint["body"]) == ("POST", 0.2, {"item": "{item}"})


@pytest.mark.parametrize("path", ["/login/", "/password/reset/", "/nowhere/"])
def test_a_write_that_logs_in_or_has_no_route_is_not_made(path: str) -> None:
    facts = replace(FACTS, routes=[route("/login/"), route("/password/reset/")])
    assert of_write(Write("POST", path, "x"), facts, 2026) == []


def test_callers_log_in_as_they_are_said_to() -> None:
    ways = candidates(route("/"), replace(FACTS, auth="shop.login:headers"), 2026)
    assert {way.auth for way in ways} == {None, "shop.login:headers"}


def test_pages_about_an_api_are_left_out() -> None:
    assert is_left_out(Route("/docs", None, (), "ninja.openapi.views.openapi_view")) == "it describes the API"
