"""The line of the project that is responsible for a query."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.handlers.base import BaseHandler
from django.core.handlers.exception import convert_exception_to_response
from django.http import HttpRequest, HttpResponse
from django.template import Context, Engine
from django.template.response import SimpleTemplateResponse

from perflab.worker.probes import source
from perflab.worker.probes.source import below, source_of

HERE = Path(__file__).resolve()
ROOT = HERE.parents[4]


def test_the_nearest_line_of_the_project_is_the_source() -> None:
    line, relation = source_of(sys._getframe(), ROOT)
    assert line is not None and relation is None
    path, _, rest = line.partition(":")
    assert path == "tests/perflab/worker/probes/test_source.py"
    assert rest.endswith("test_the_nearest_line_of_the_project_is_the_source")


def test_of_a_file_that_is_no_part_of_a_package_the_name_alone_is_reported(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("sys.path", [str(tmp_path)])
    line, _ = source_of(sys._getframe(), tmp_path)
    assert line is not None and line.startswith("test_source.py:")


def test_perflab_is_known_by_a_link_to_it(tmp_path: Path) -> None:
    (tmp_path / "linked").symlink_to(Path(source.__file__).parents[3])
    probes = tmp_path / "linked/perflab/worker/probes"
    spec = importlib.util.spec_from_file_location("linked_source", probes / "source.py")
    assert spec is not None and spec.loader is not None
    linked = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(linked)
    names: dict[str, Any] = {}
    exec(compile("def get(call):\n return call()", str(probes / "cache/counting.py"), "exec"), names)
    line, _ = names["get"](lambda: linked.source_of(sys._getframe().f_back, ROOT))
    assert line.startswith("tests/perflab/worker/probes/test_source.py:")


def test_without_a_line_of_the_project_nothing_is_known() -> None:
    assert source_of(None, HERE.parent) == (None, None)


def test_a_relation_is_named_by_the_descriptor_that_follows_it() -> None:
    """Django's own file name marks its frames; what is on it says which relation it is."""
    meta = SimpleNamespace(label="shop.Order")
    forward = SimpleNamespace(field=SimpleNamespace(model=SimpleNamespace(_meta=meta), name="buyer"))
    back = SimpleNamespace(
        field=None, related=SimpleNamespace(model=SimpleNamespace(_meta=meta), get_accessor_name=lambda: "items")
    )
    assert _asked_through(forward) == "shop.Order.buyer"
    assert _asked_through(back) == "shop.Order.items"
    assert _asked_through(object()) is None


def _asked_through(descriptor: Any) -> str | None:
    """Call source_of below a frame of Django's relation descriptors whose `self` is this."""
    code = compile("def __get__(self, call):\n return call()", "django/db/models/fields/related_descriptors.py", "exec")
    names: dict[str, Any] = {}
    exec(code, names)
    relation: str | None = names["__get__"](descriptor, lambda: source_of(sys._getframe().f_back, ROOT)[1])
    return relation


@pytest.fixture
def library(tmp_path: Path) -> Any:
    """A module of an installed package: `look` finds its own source as a query does, and notes it in `seen`."""
    folder = tmp_path / "site-packages"
    text = """
def look(request=None):
    seen.append(source_of(sys._getframe(), root)[0])
    return HttpResponse()
"""
    names: dict[str, Any] = {"seen": [], "source_of": source_of, "sys": sys, "root": ROOT, "HttpResponse": HttpResponse}
    exec(compile(text, str(folder / "lib.py"), "exec"), names)
    return SimpleNamespace(**names)


def templates(folder: Path, **texts: str) -> Engine:
    for name, text in texts.items():
        (folder / f"{name}.html").write_text(text)
    return Engine(dirs=[str(folder)])


def handled(monkeypatch: pytest.MonkeyPatch, view: Any) -> None:
    """Let Django's handler call a view beneath this function, which stands for a middleware of the project."""
    handler: Any = BaseHandler()
    handler._view_middleware = []
    handler._template_response_middleware = []
    monkeypatch.setattr(handler, "resolve_request", lambda request: (view, (), {}))
    monkeypatch.setattr(handler, "make_view_atomic", lambda view: view)
    handler._get_response(HttpRequest())


def test_a_tag_of_a_template_of_the_project_is_a_line_of_it(library: Any, tmp_path: Path) -> None:
    engine = templates(tmp_path, rows="\n<p>{{ rows }}</p>", page="\n\n{% include 'rows.html' %}")
    engine.get_template("page.html").render(Context({"rows": library.look}))
    assert library.seen == ["rows.html:2"]


def test_a_tag_of_a_librarys_template_is_the_line_that_includes_it(library: Any, tmp_path: Path) -> None:
    installed = tmp_path / "site-packages"
    installed.mkdir()
    templates(installed, rows="{{ rows }}")
    engine = Engine(dirs=[str(tmp_path), str(installed)])
    templates(tmp_path, page="\n\n{% include 'rows.html' %}")
    engine.get_template("page.html").render(Context({"rows": library.look}))
    assert library.seen == ["page.html:3"]


def test_what_a_library_does_for_a_view_is_the_views_and_not_the_middlewares(
    library: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Orders:
        """A class-based view of the project, whose methods are the library's."""

    handled(monkeypatch, library.look)
    library.look.view_class = Orders
    handled(monkeypatch, library.look)
    package, line = library.seen
    assert package == "third-party code: lib.py:3 look", "not this function, which only passes the request on"
    assert line is not None and line.startswith("tests/perflab/worker/probes/test_source.py:")
    assert line.endswith(" Orders, by third-party code: lib.py:3 look")


def test_what_a_middleware_of_a_library_does_is_not_the_line_of_the_one_around_it(library: Any) -> None:
    def outermost(request: HttpRequest) -> Any:
        """A middleware of the project's, which passes the request on to the library's."""
        return convert_exception_to_response(library.look)(request)

    convert_exception_to_response(outermost)(HttpRequest())
    assert library.seen == ["third-party code: lib.py:3 look"]


def test_what_a_middleware_of_the_project_does_by_a_library_is_its_own_line(library: Any) -> None:
    def middleware(request: HttpRequest) -> Any:
        return library.look(request)

    convert_exception_to_response(middleware)(HttpRequest())
    (line,) = library.seen
    assert line is not None and line.endswith(" middleware")


def test_a_librarys_template_that_no_line_of_the_project_renders_is_told_as_the_librarys(
    library: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    installed = tmp_path / "site-packages" / "shop_admin"
    installed.mkdir(parents=True)
    template = templates(installed, page="\n\n{{ rows }}").get_template("page.html")
    # Neither is code of the project's, whose lines would be nearer than the template.
    names = {**vars(library), "template": template, "Context": Context, "Response": SimpleTemplateResponse}
    text = """
def look():
    seen.append(source_of(sys._getframe().f_back, root)[0])
    return ""
class Later(Response):
    rendered_content = property(lambda self: template.render(Context({"rows": look})))
def view(request):
    return Later("page.html")
"""
    exec(compile(text, "<package>", "exec"), names)
    handled(monkeypatch, names["view"])
    assert library.seen == ["third-party code: shop_admin/page.html:3"]


def test_a_response_that_is_rendered_after_its_view_names_the_template(
    library: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    template = templates(tmp_path, page="{% if rows %}1{% endif %}").get_template("page.html")

    class Later(SimpleTemplateResponse):
        rendered_content = property(lambda self: template.render(Context({"rows": library.look})))

    handled(monkeypatch, lambda request: Later("page.html"))
    assert library.seen == ["page.html:1"]


def test_a_file_outside_of_the_projects_folder_is_named_as_its_package_is_imported(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    root, sources = tmp_path / "site", tmp_path / "sources"
    monkeypatch.setattr("sys.path", ["", str(tmp_path / "other"), str(sources)])
    assert below(root / "shop" / "views.py", root) == "shop/views.py"
    assert below(sources / "forum" / "core" / "models.py", root) == "forum/core/models.py"
    assert below(tmp_path / "elsewhere" / "models.py", root) == "models.py", "no absolute path"
