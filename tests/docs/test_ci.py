"""perflab in CI: the workflows, the action and the recipes of docs/ci.md are safe, and their steps do what they say.

The shell steps run here as a runner runs them, on a small repository; only measuring is replaced, by two saved runs.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from perflab.cli.main import perflab as command_line
from perflab.cli.revisions.expecting import expected_in
from perflab.run.cells import cells_of
from tests.docs.markdown import PROJECT, Document
from tests.perflab import saved_run
from tests.perflab.cli.posting.fake_forge import Comments, serving
from tests.perflab.cli.posting.test_github import EDIT, LIST
from tests.perflab.report.comment.made_up import KINDS
from tests.perflab.repository import commit
from tests.perflab.synthetic import Truth, make_samples, scenario

CI = Document(PROJECT / "docs" / "ci.md")
ACTION = PROJECT / "action.yml"
RECIPES = {block.label: block.text for block in CI.blocks if block.label}
GITHUB = {name: text for name, text in RECIPES.items() if name.startswith(".github/")}
FILES = {
    path.name: path.read_text(encoding="utf-8") for path in sorted((PROJECT / ".github" / "workflows").glob("*.yml"))
}
WORKFLOWS = {**FILES, **GITHUB}
EVERY = {**WORKFLOWS, "action.yml": ACTION.read_text(encoding="utf-8")}
# What a stranger chooses reaches a script as a variable or not at all: in `run:` it would be code.
EXPRESSION = re.compile(r"\$\{\{")

every = pytest.mark.parametrize("name", EVERY)


def parsed(name: str) -> Any:
    return YAML(typ="safe").load(EVERY[name])


def steps(name: str) -> Iterator[dict[str, Any]]:
    content = parsed(name)
    for job in content["jobs"].values() if "jobs" in content else [content["runs"]]:
        yield from job["steps"]


@every
def test_every_action_is_pinned_by_a_hash(name: str) -> None:
    uses = [step["uses"] for step in steps(name) if "uses" in step]
    assert uses
    for action in uses:
        assert action == "./" or re.fullmatch(r"[\w.-]+/[\w.-]+@[0-9a-f]{40}", action), action


@every
def test_no_script_has_an_expression_in_it(name: str) -> None:
    for step in steps(name):
        assert not EXPRESSION.search(step.get("run", "")), step["run"]


def test_one_action_has_one_hash_everywhere() -> None:
    pins: dict[str, set[tuple[str, str]]] = {}
    for text in (*EVERY.values(), (PROJECT / "docs" / "tutorial.md").read_text(encoding="utf-8")):
        for action, pin, version in re.findall(r"uses: ([\w.-]+/[\w.-]+)@([0-9a-f]{40}) # (v\S+)", text):
            pins.setdefault(action, set()).add((pin, version))
    assert {action for action, all_pins in pins.items() if len(all_pins) > 1} == set()


@pytest.mark.parametrize("name", WORKFLOWS)
def test_a_workflow_may_read_and_nothing_else_unless_it_comments(name: str) -> None:
    content = parsed(name)
    comments = name == ".github/workflows/perflab.yml"
    assert content["permissions"] is not None
    assert {key for key, right in content["permissions"].items() if right != "read"} == (
        {"pull-requests"} if comments else set()
    )
    for job in content["jobs"].values():
        assert job["timeout-minutes"]
        writes = {key for key, right in job.get("permissions", {}).items() if right != "read"}
        assert writes <= ({"pull-requests"} if "workflow_run" in content["on"] else set())


def checkout_of_scenarios(folder: Path) -> Path:
    shutil.copytree(PROJECT / "scenarios", folder / "scenarios")
    return folder


def test_what_runs_a_pull_requests_code_has_no_secret(tmp_path: Path) -> None:
    for name, text in WORKFLOWS.items():
        assert "secrets." not in text and "pull_request_target" not in text, name
    content = parsed("pull_request.yml")
    assert set(content["on"]) == {"pull_request"} and content["permissions"] == {"contents": "read"}
    for job in content["jobs"].values():
        assert "permissions" not in job
        checkout, action = job["steps"]
        assert checkout["with"]["persist-credentials"] is False
        assert action["with"]["comment"] == "false"
        script = f"{action['with']['prepare']}; cat {action['with']['scenario']}"
        made = bash(script, checkout_of_scenarios(tmp_path), dict(os.environ))
        assert "\n  settings: site_config.settings\n  path: [app]\n" in made.stdout, "each revision's own app/"


@pytest.mark.parametrize("name", ["pull_request_comment.yml", ".github/workflows/perflab_comment.yml"])
def test_what_has_a_token_runs_nothing_of_the_pull_request(name: str) -> None:
    content = parsed(name)
    (job,) = content["jobs"].values()
    assert set(content["on"]) == {"workflow_run"} and content["permissions"] == {"contents": "read"}
    assert job["permissions"] == {"actions": "read", "contents": "read", "pull-requests": "write"}
    assert "github.event.workflow_run.event == 'pull_request'" in job["if"]
    for step in job["steps"]:
        assert "run" not in step and "download-artifact" not in step["uses"]
        assert "ref" not in step.get("with", {}) and "repository" not in step.get("with", {})
    assert job["steps"][-1]["with"] == {"comment": "only"}
    measured = [step for step in steps("action.yml") if step.get("if") != "inputs.comment == 'only'" and "run" in step]
    assert [step["name"] for step in measured if "if" not in step] == ["Install perflab"]


def test_a_workflow_follows_the_one_that_measures() -> None:
    for comment, measure in (("pull_request_comment.yml", "pull_request.yml"), tuple(sorted(GITHUB, reverse=True))):
        assert parsed(comment)["on"]["workflow_run"]["workflows"] == [parsed(measure)["name"]]


def test_one_file_of_at_most_15_lines_is_enough() -> None:
    assert len(GITHUB[".github/workflows/perflab.yml"].splitlines()) <= 15
    assert all(len(text.splitlines()) <= 15 for text in GITHUB.values())
    inputs = set(parsed("action.yml")["inputs"])
    for name in WORKFLOWS:
        for step in steps(name):
            if re.match(r"\./|OWNER/perflab@", step.get("uses", "")):
                assert set(step.get("with", {})) <= inputs


def test_the_action_says_what_each_input_is() -> None:
    content = parsed("action.yml")
    assert all(each["description"] and "default" in each for each in content["inputs"].values())
    script = "\n".join(EVERY["action.yml"].splitlines())
    assert {name for name in content["inputs"] if f"inputs.{name}" not in script} == set()
    assert all(step.get("shell") == "bash" for step in content["runs"]["steps"] if "run" in step)


# -- the steps, by hand --------------------------------------------------------------------------------------------

TRUTH = Truth(factors=("change",), kinds=KINDS, rounds=3, blocks=4, hit_share=0.0, request_noise=0.1)
CHANGE = {"name": "change", "kind": "code", "off": {"revision": "HEAD^1"}, "on": {}}
FACTS: dict[str, Any] = {
    "scenario": scenario(TRUTH, claims=[], factors=[CHANGE]), "scenario_name": "scenario", "factors": list(TRUTH.factors),
    "cells": [{"name": cell.name, "role": cell.role, "levels": cell.levels} for cell in cells_of(TRUTH.factors)],
}  # fmt: skip
# Measuring takes minutes: this takes a saved run instead, if git knows the revision. All else is perflab itself, or, where
# nothing but the order of its commands matters, a list of them.
PERFLAB = """#!/bin/sh
if [ -n "${CALLS:-}" ]; then echo "$@" >> "$CALLS"; echo changed=true; exit "${CODE:-0}"; fi
case "$1" in
  init) mkdir -p lab && echo "title: x" > lab/scenario.yaml ;;
  duel) for last; do :; done
        while [ $# -gt 0 ]; do [ "$1" = --expect ] && cp "$2" expected.txt; shift; done
        git rev-parse --verify --quiet --end-of-options "$last^{commit}" || exit 2
        mkdir -p reports && cp -R "$SAVED/." reports/ && exit 1 ;;
  *) exec "$PYTHON" -m perflab "$@" ;;
esac
"""


# The text of a pull request, which a stranger writes.
BODY = "$(touch made) `touch made`\n\nexpect: {more_queries: [list]}\n'; touch made\n"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A repository that knows nothing of perflab, checked out as a pull request is: a merge of its branch into the base."""
    samples = make_samples(TRUTH)
    more = (samples["endpoint"] == "list") & samples["cell"].isin(["all_on", "twin", "canary"])
    samples["query_count"] += more.astype("Int32")
    saved_run.save(tmp_path / "saved", TRUTH, "20261123-101500", samples=samples, **FACTS)
    (tmp_path / "saved" / "marketplace").rename(tmp_path / "saved" / "scenario")
    folder = tmp_path / "with a space" / "project"
    commit(folder, {"manage.py": "", "revision": "base"})
    commit(folder, {"revision": "head"})
    return folder


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """The variables of a runner, and a `perflab` that does not measure."""
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "perflab").write_text(PERFLAB)
    (programs / "perflab").chmod(0o755)
    (tmp_path / "temp").mkdir()
    event = tmp_path / "event.json"
    event.write_text(json.dumps({"pull_request": {"number": 7, "title": "`id` $(id) @all", "body": BODY}}))
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("GITHUB_", "CI_", "GIT_", "PERFLAB_"))
    }
    return {
        **kept, "PATH": f"{programs}:{os.environ['PATH']}", "PYTHON": sys.executable, "SAVED": str(tmp_path / "saved"),
        "PYTHONPATH": str(PROJECT / "app"), "PYTHONDONTWRITEBYTECODE": "1", "PERFLAB_HOME": str(tmp_path / "home"),
        "RUNNER_TEMP": str(tmp_path / "temp"), "GITHUB_OUTPUT": str(tmp_path / "output"), "GITHUB_ENV": str(tmp_path / "env"),
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"), "GITHUB_EVENT_PATH": str(event), "GITHUB_REPOSITORY": "o/r",
        "no_proxy": "127.0.0.1",
    }  # fmt: skip


def bash(script: str, folder: Path, variables: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script]  # as a runner does
    return subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, timeout=120, check=False)


def written(path: Path) -> dict[str, str]:
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return dict(line.split("=", 1) for line in lines)


def by_hand(name: str, folder: Path, variables: dict[str, str], **inputs: str) -> subprocess.CompletedProcess[str]:
    """Run one step of the action by its name, its inputs as the action has them by default."""
    content = parsed("action.yml")
    values = {key: each["default"] for key, each in content["inputs"].items()} | {"token": "t"} | inputs
    (step,) = [step for step in content["runs"]["steps"] if step.get("name") == name]
    outputs = written(Path(variables["GITHUB_OUTPUT"]))
    own = {}
    for key, value in step.get("env", {}).items():
        text = re.sub(r"\$\{\{ inputs\.(\w+) \}\}", lambda match: values[match[1]], value)
        own[key] = re.sub(r"\$\{\{ steps\.\w+\.outputs\.(\w+) \}\}", lambda match: outputs.get(match[1], ""), text)
    return bash(step["run"], folder, {**variables, **written(Path(variables["GITHUB_ENV"])), **own})


def test_the_steps_of_the_action_by_hand(checkout: Path, environment: dict[str, str], tmp_path: Path) -> None:
    for name in ("Install the project", "Measure", "Say what changed"):
        done = by_hand(name, checkout, environment, prepare="cp revision prepared")
        assert done.returncode == 0, done.stderr
    assert written(tmp_path / "output") == {"duel": "1", "changed": "true"}
    assert (
        (tmp_path / "summary.md")
        .read_text(encoding="utf-8")
        .startswith("## This pull request changed 0 responses, 1 query count, ")
    )
    assert json.loads((tmp_path / "temp" / "perflab.sarif").read_text())["version"] == "2.1.0"
    assert (checkout / "reports" / "scenario" / "20261123-101500" / "junit.xml").is_file()
    assert (checkout / "prepared").read_text() == "head"
    assert expected_in(checkout / "expected.txt") == {"more_queries": ["list"]} and not (checkout / "made").exists()

    comments = Comments(LIST, EDIT)
    with serving(comments) as server:
        there = {**environment, "GITHUB_API_URL": server.address}
        posted, again = (by_hand("Comment", checkout, there) for _ in range(2))
    assert posted.stdout == "posted https://github.example/c/1\n" and again.stdout == "the comment is up to date\n"
    (row,) = comments.rows
    assert row["body"].startswith(
        "<!-- perflab:perflab -->\n**This pull request changed 0 responses, 1 query count, and "
    )
    assert "| worse | <code>list</code> |" in row["body"]

    assert by_hand("Gate", checkout, environment).returncode == 0
    assert by_hand("Gate", checkout, environment, gate="true").returncode == 1


def test_a_token_that_may_not_comment_is_a_warning(checkout: Path, environment: dict[str, str], tmp_path: Path) -> None:
    done = by_hand("Comment", checkout, {**environment, "CALLS": str(tmp_path / "calls"), "CODE": "2"})
    assert done.returncode == 0 and "\n::warning::perflab could not comment" in done.stdout
    (words,) = calls(tmp_path / "calls")
    assert words[-4:] == ["--name", "perflab", "--post", "github"]


@pytest.mark.parametrize("baseline", ["--output=x", "nowhere", "HEAD^{tree}", "$(touch hacked)", "; touch hacked"])
def test_a_baseline_is_a_revision(checkout: Path, environment: dict[str, str], baseline: str) -> None:
    assert by_hand("Measure", checkout, environment, baseline=baseline).returncode != 0
    assert not list(checkout.parent.rglob("hacked"))


def calls(path: Path) -> list[list[str]]:
    """The commands that were called, each as perflab reads it."""
    lines = [line.split(" ") for line in path.read_text(encoding="utf-8").splitlines()]
    for name, *words in lines:
        command_line.commands[name].make_context(name, list(words))
    return lines


def test_the_recipe_for_any_shell(checkout: Path, environment: dict[str, str], tmp_path: Path) -> None:
    (recipe,) = [block.text for block in CI.blocks if block.language == "sh"]
    done = bash(recipe, checkout, {**environment, "CALLS": str(tmp_path / "calls")})
    assert done.returncode == 0, done.stderr
    assert calls(tmp_path / "calls") == [
        ["duel", "origin/main", "--quiet"],
        ["comment", "latest", "--output", "comment.md"],
    ]


@pytest.mark.parametrize(("code", "posted"), [("0", True), ("2", False)])
def test_the_recipe_for_gitlab(
    checkout: Path, environment: dict[str, str], tmp_path: Path, code: str, posted: bool
) -> None:
    job = YAML(typ="safe").load(RECIPES[".gitlab-ci.yml"])["perflab"]
    install, *script = job["script"]
    assert install == "pip install path/to/perflab -r requirements.txt" and job["artifacts"]["reports"] == {
        "junit": "reports/*/*/junit.xml"
    }
    variables = {"CI_MERGE_REQUEST_DIFF_BASE_SHA": "HEAD^", "CALLS": str(tmp_path / "calls"), "CODE": code}
    done = bash("\n".join(script), checkout, {**environment, **variables})
    assert (done.returncode == 0) == posted
    duel, *others = calls(tmp_path / "calls")
    assert duel == ["duel", "HEAD^", "--quiet"]
    assert others == (
        [["gate", "latest", "--inconclusive=pass"], ["comment", "latest", "--post", "gitlab"]] if posted else []
    )


def test_bash_and_git_are_there() -> None:
    assert shutil.which("bash") and shutil.which("git")
