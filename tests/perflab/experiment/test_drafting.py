"""What the project's process finds out for `perflab init`; with real servers: perflab/cli/test_init.py."""

from __future__ import annotations

from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any

import pytest

from perflab.errors import InputError, PerflabError
from perflab.experiment import drafting
from perflab.scenario.drafting.looking import Facts, Model, Route

ARGUMENTS = {
    "subject": {"settings": "shop.settings"}, "data": {"as_of": "2025-10-20", "rows": {"every": 7}}, "log": "worker.log",
}  # fmt: skip
FACTS = Facts(
    "5.2", [Route("/", None, (), "v"), Route("/logout/", None, (), "v")],
    [Model(f"shop.{name}", "shop", name.lower(), (), None, {}) for name in ("A", "B")],
    None, None, False, False, False, [], False,
)  # fmt: skip


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """The project in place: what is seeded and tried is noted; `failing` are the tables that cannot be filled."""
    made = SimpleNamespace(rows=[], ways={}, failing={}, events=[])

    def ensure(question: Any, seed: int, report: Any, *, anew: bool) -> SimpleNamespace:
        assert anew, "whoever begins gets a copy of today"
        rows = question.rows
        made.rows.append(rows)
        for label, where in made.failing.items():
            if rows.get(label) != 0:
                raise InputError("no value fits", where=where)
        return SimpleNamespace(as_of=None)

    def try_all(question: Any, seed: int, data: Any, ways: Any, log: Any, progress: Any) -> list[Any]:
        made.ways = ways
        progress(1)
        return []

    monkeypatch.setattr("perflab.experiment.drafting.outside.guarded", lambda scenario: nullcontext())
    monkeypatch.setattr("perflab.experiment.drafting.looking.look", lambda settings: FACTS)
    monkeypatch.setattr("perflab.experiment.drafting.seeding.ensure", ensure)
    monkeypatch.setattr(drafting, "try_all", try_all)
    return made


def test_a_table_that_cannot_be_filled_is_left_empty_and_told(asked: SimpleNamespace) -> None:
    asked.failing = {"shop.A": "data from shop.A", "shop.B": "seed of shop.B"}
    drafted = drafting.draft(ARGUMENTS, asked.events.append)
    assert asked.rows[-1] == {"every": 7, "shop.A": 0, "shop.B": 0}
    assert drafted["empty"] == {"shop.A": "no value fits", "shop.B": "no value fits"}


@pytest.mark.parametrize(
    ("where", "what"),
    [
        ("seed of shop_base", "the database rejects the seeded rows"), ("data from shop.Base", "no value"),
        ("seeding", "the database rejects the seeded rows: UNIQUE constraint failed: shop_base.code"),
    ],
)  # fmt: skip
def test_a_parents_table_is_that_of_its_children_too(where: str, what: str) -> None:
    models = [
        Model(f"shop.{name}", "shop", name.lower(), (), None, {}, f"shop_{name.lower()}", parents)
        for name, parents in (("Base", ()), ("Child", ("shop.Base",)), ("Other", ()))
    ]
    assert drafting.labels_of(InputError(what, where=where), models) == ["shop.Base", "shop.Child"]
    assert drafting.labels_of(InputError("another mistake", where="seeding"), models) == []


@pytest.mark.parametrize("where", ["data from shop.Other", "data.rows", None])
def test_a_mistake_that_is_no_tables_is_raised(asked: SimpleNamespace, where: str | None) -> None:
    asked.failing = {"shop.A": where}
    with pytest.raises(InputError, match="no value fits"):
        drafting.draft(ARGUMENTS, asked.events.append)


def test_a_seeding_of_the_projects_own_decides_itself_what_is_empty(asked: SimpleNamespace) -> None:
    asked.failing = {"shop.A": "seed of shop.A"}
    own = {"settings": "shop.settings", "seed": "shop.seeding:tables"}
    with pytest.raises(InputError, match="no value fits"):
        drafting.draft({**ARGUMENTS, "subject": own}, asked.events.append)


def test_routes_that_may_change_something_are_not_tried(asked: SimpleNamespace) -> None:
    drafted = drafting.draft(ARGUMENTS, asked.events.append)
    assert list(asked.ways) == ["/"]
    assert drafted["left_out"] == {"/logout/": "it may end a session or change something"}
    assert asked.events[-1]["done"] == asked.events[-1]["total"] == 1


def test_what_is_given_has_to_fit_a_scenario() -> None:
    with pytest.raises(PerflabError, match="settings"):
        drafting.draft({**ARGUMENTS, "subject": {"settings": "not a module"}}, lambda event: None)
