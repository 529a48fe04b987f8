"""Every error is one line: what is wrong, where, and what to try."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import pytest

from perflab import errors
from perflab.errors import (
    ForeignDatabase,
    InputError,
    PerflabError,
    ServerError,
    SubjectError,
    WorkerDied,
    did_you_mean,
    first_line,
    from_name,
    nearest,
    one_line,
    raised_at,
    without_contents,
)

TREE = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, PerflabError)]


@pytest.mark.parametrize(
    ("more", "line"),
    [({}, "it broke"), ({"where": "a.yaml:3"}, "a.yaml:3: it broke"), ({"hint": "mend it"}, "it broke; mend it"),
     ({"where": "a.yaml:3", "hint": "mend it"}, "a.yaml:3: it broke; mend it")],
)  # fmt: skip
def test_what_where_and_what_to_try(more: dict[str, str], line: str) -> None:
    assert str(PerflabError("it broke", **more)) == line


@pytest.mark.parametrize("kind", TREE)
def test_it_stays_one_line(kind: type[PerflabError]) -> None:
    assert str(kind("it\n  broke", where="a\nb", hint="try\tthis\n")) == "a b: it broke; try this"


def test_what_would_reach_a_terminal_is_left_out() -> None:
    assert str(PerflabError("unknown key \x1b[31m\x9b2J\u202eabc\ufeff")) == "unknown key [31m 2J abc"


def test_the_tree() -> None:
    assert issubclass(ForeignDatabase, ServerError)
    assert issubclass(WorkerDied, SubjectError)
    assert not issubclass(InputError, ValueError), "pydantic would swallow it"
    assert {kind.__name__ for kind in TREE} == {
        "PerflabError", "InputError", "ServerError", "InUse", "ForeignDatabase", "SubjectError", "LoginFailed",
        "WorkerDied", "StoreError", "PostError", "Interrupted",
    }  # fmt: skip


def test_the_parts_can_be_had() -> None:
    error = InputError("it broke", where="a.yaml:3", hint="mend it")
    assert (error.what, error.where, error.hint) == ("it broke", "a.yaml:3", "mend it")


@pytest.mark.parametrize("kind", TREE)
def test_another_process_gives_its_name_and_its_text(kind: type[PerflabError]) -> None:
    error = from_name(kind.__name__, "it broke")
    assert type(error) is kind and str(error) == "it broke"


@pytest.mark.parametrize("name", ["ValueError", "MAX_SUGGESTED", "difflib", ""])
def test_other_names_are_none_of_its_errors(name: str) -> None:
    assert from_name(name, "it broke") is None


def test_it_travels_between_processes() -> None:
    error = WorkerDied("the worker died", where="cell all_on", hint="see its log")
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is WorkerDied
    assert str(again) == str(error)


def test_the_errors_of_others_become_one_line() -> None:
    assert first_line(ValueError("no such column\nLINE 1: SELECT x")) == "no such column"
    assert first_line(ValueError("")) == "ValueError"
    assert one_line(ValueError("no\n  such column")) == "ValueError: no such column"


@pytest.mark.parametrize(
    ("word", "candidates", "hint"),
    [
        ("Cahce", ["cache", "setting"], "did you mean 'cache'?"),
        ("x", ["cache", "cache", "setting"], "use one of cache, setting"),
        ("x", [], None),
        ("x", [f"name-{n}" for n in range(14)], "name-11 and 2 more"),
    ],
)
def test_what_was_probably_meant(word: str, candidates: list[str], hint: str | None) -> None:
    suggested = did_you_mean(word, candidates)
    assert suggested == hint or (suggested is not None and hint is not None and suggested.endswith(hint))


def test_the_nearest_is_none_where_nothing_is_like_it() -> None:
    assert nearest("CACHE", ["cache"]) == "did you mean 'cache'?"
    assert nearest("x", ["cache"]) is None


@pytest.mark.parametrize(
    ("reason", "published"),
    [
        (
            "returned 500 (ValueError: no /srv/x at shop/views.py:12)",
            "returned 500 (ValueError at shop/views.py:12)",
        ),
        ("raised KeyError: 'x' at a.py:3", "KeyError at a.py:3"),
        ("endpoint job: 2 of 3 requests failed; the first: GET /jobs/1 returned 502", "endpoint job returned 502"),
        (
            "the login (a.b:c) of user 7 raised KeyError: 'secret' at a/b.py:3",
            "the login (a.b:c) (KeyError at a/b.py:3)",
        ),
        ("Traceback: OSError: cannot open /srv/x on host as me@host with secret", "OSError"),
        ("something else", "see run.json"),
    ],
)
def test_what_an_error_says_is_not_published(reason: str, published: str) -> None:
    assert without_contents(reason) == published


def test_an_error_is_placed_at_the_innermost_line_of_the_project() -> None:
    def of_project() -> None:
        json.loads("{")

    with pytest.raises(ValueError, match="Expecting") as raised:
        of_project()
    line = of_project.__code__.co_firstlineno + 1
    assert raised_at(raised.value) == f" at tests/perflab/test_errors.py:{line}"
    assert raised_at(ValueError("never raised")) == ""


def test_a_syntax_error_is_placed_in_the_file_that_has_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its own text names the file without the folder: a project has many models.py."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SyntaxError) as raised:
        compile("x = (", str(tmp_path / "shop" / "models.py"), "exec")
    assert raised_at(raised.value) == " at shop/models.py:1"
