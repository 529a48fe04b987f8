"""What `perflab duel` compares where nobody says it; a whole run is in tests/cases/test_revisions.py."""

from __future__ import annotations

from pathlib import Path

import pytest

from perflab.cli.commands.shared import COMPLETE, WORSE
from perflab.cli.revisions.duel import judged, merge_base, scenario_in
from perflab.errors import InputError
from tests.perflab.report.comment.made_up import TRUTH, of_code
from tests.perflab.repository import commit, git, write
from tests.perflab.synthetic import make_samples


@pytest.fixture
def branch(tmp_path: Path) -> Path:
    """A branch with a commit of its own, beside one on main."""
    folder = tmp_path / "checkout"
    commit(folder, {"a.py": "1\n"})
    git(folder, "switch", "--quiet", "--create", "change")
    commit(folder, {"a.py": "2\n"})
    git(folder, "switch", "--quiet", "main")
    commit(folder, {"b.py": "1\n"})
    git(folder, "switch", "--quiet", "change")
    return folder


def test_the_base_is_where_the_branch_has_left_the_default_one(branch: Path) -> None:
    first = git(branch, "rev-list", "--max-parents=0", "HEAD")
    assert merge_base(branch, None) == merge_base(branch, "change") == first[:12]


def test_on_the_default_branch_only_what_is_not_committed_can_be_compared(branch: Path) -> None:
    git(branch, "switch", "--quiet", "main")
    with pytest.raises(InputError, match="there is nothing to compare: HEAD is on main, and nothing is uncommitted"):
        merge_base(branch, None)
    write(branch, {"c.py": "new\n"})
    assert merge_base(branch, None) == git(branch, "rev-parse", "HEAD")[:12]


def test_a_repository_without_a_default_branch_asks_for_the_base(tmp_path: Path) -> None:
    folder = tmp_path / "checkout"
    commit(folder, {"a.py": "1\n"})
    git(folder, "branch", "--move", "trunk")
    with pytest.raises(InputError, match="there is no branch main or master to compare with; name a base"):
        merge_base(folder, None)


def test_a_history_that_is_cut_off_says_how_to_get_it(branch: Path, tmp_path: Path) -> None:
    git(branch, "switch", "--quiet", "main")
    clone = ["clone", "--quiet", "--depth=1", "--no-single-branch", "--branch=change", f"file://{branch}", "shallow"]
    git(tmp_path, *clone)
    with pytest.raises(InputError, match=r"no common ancestor with origin/\w+; .*git fetch --unshallow"):
        merge_base(tmp_path / "shallow", None)


def test_the_scenario_is_found(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no scenario; `perflab init` writes one"):
        scenario_in(tmp_path)
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios" / "shop.yaml").touch()
    assert scenario_in(tmp_path) == Path("scenarios/shop.yaml")
    (tmp_path / "scenarios" / "other.yaml").touch()
    with pytest.raises(InputError, match=r"there are 2 scenarios; name one, such as --scenario scenarios/other\.yaml"):
        scenario_in(tmp_path)
    (tmp_path / "lab").mkdir()
    (tmp_path / "lab" / "scenario.yaml").touch()
    assert scenario_in(tmp_path) == Path("lab/scenario.yaml")


def test_it_prints_what_changed_and_ends_with_the_page(tmp_path: Path) -> None:
    revisions = {"remarks": ["requirements.txt differs"]}
    same = judged(of_code(tmp_path / "same", revisions=revisions, notes=["new is left out\x1b[31m"]))
    lines = same.text.splitlines()
    assert same.code == COMPLETE
    assert lines[1].startswith("The new revision changed 0 responses, 0 query counts, and no time (±")
    assert lines[3] == "480 responses were compared, each with that of the same request."
    assert lines[4].startswith("Over all requests: a typical request takes ")
    assert lines[5:7] == ["new is left out [31m", "requirements.txt differs"] and lines[-1].endswith("summary.html")

    samples = make_samples(TRUTH)
    more = (samples["endpoint"] == "list") & samples["cell"].isin(["all_on", "twin", "canary"])
    samples["query_count"] += more.astype("Int32") * 2
    worse = judged(of_code(tmp_path / "worse", samples, revisions=revisions))
    assert worse.code == WORSE
    assert worse.text.splitlines()[3].startswith("worse  list  3 → 5 queries in a request: more in ")
