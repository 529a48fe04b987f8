"""Which databases are the lab's."""

from __future__ import annotations

import json
from typing import Any

import pytest

from perflab.errors import ForeignDatabase
from perflab.servers.ownership import check_name, is_abandoned, read_signature, signature


@pytest.mark.parametrize("name", ["perflab_a", "perflab_run_3_all_on", "perflab_" + "x" * 50])
def test_a_name_that_begins_with_the_prefix_is_the_labs(name: str) -> None:
    check_name(name)


@pytest.mark.parametrize(
    "name",
    ["shop", "perflab", "perflab_", "perflab_A", "perflab_a-b", "my_perflab_a", "perflab_a\n", "perflab_" + "x" * 51],
)
def test_any_other_name_is_refused(name: str) -> None:
    with pytest.raises(ForeignDatabase, match="is not a database that perflab created"):
        check_name(name)


@pytest.mark.parametrize("comment", [None, "", "a note", "[1]", "{}", '{"perflab": 2}'])
def test_a_comment_of_somebody_else_names_no_owner(comment: str | None) -> None:
    assert read_signature(comment) is None


def owner(**changes: Any) -> dict[str, Any] | None:
    return read_signature(json.dumps({**json.loads(signature()), **changes}))


def test_a_database_is_abandoned_when_its_maker_has_ended() -> None:
    own = json.loads(signature())
    assert not is_abandoned(owner())
    assert is_abandoned(owner(process={**own["process"], "started": "0"})), "the pid is another process's now"
    assert is_abandoned(owner(boot="before the machine started anew"))


def test_a_database_is_kept_where_nobody_can_know() -> None:
    assert not is_abandoned(None)
    assert not is_abandoned(owner(host="elsewhere", boot="unknown"))
    assert not is_abandoned(owner(boot=None))
    assert not is_abandoned(owner(process=None))
