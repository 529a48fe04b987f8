"""`perflab comment` as a user calls it: text, files, exit codes, and posting to a server on loopback."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from perflab.cli.main import main
from perflab.report.comment.markdown import MAX_LINES
from tests.perflab.cli.posting.fake_forge import Comments, Response, Sent, serving
from tests.perflab.cli.posting.test_artifact import archive
from tests.perflab.cli.posting.test_github import EDIT, LIST, PULL, RUN
from tests.perflab.report.comment.made_up import HOSTILE, TRUTH, changes, of_code, rows
from tests.perflab.report.comment.rendered import Outline, reaching
from tests.perflab.synthetic import make_samples

Perflab = Callable[..., tuple[int, str, str]]
VARIABLES = (
    "GITHUB_TOKEN", "GITHUB_REPOSITORY", "GITHUB_EVENT_PATH", "GITHUB_API_URL", "GITHUB_SERVER_URL", "GITHUB_RUN_ID",
    "CI_JOB_URL", "CI_API_V4_URL", "GITLAB_TOKEN", "CI_JOB_TOKEN", "CI_PROJECT_ID", "CI_MERGE_REQUEST_IID",
)  # fmt: skip


@pytest.fixture
def perflab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Perflab:
    (tmp_path / "scenarios").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)

    def run(*arguments: object, **environment: str) -> tuple[int, str, str]:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        code = main(["comment", *map(str, arguments)])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


@pytest.fixture
def worse(tmp_path: Path) -> str:
    """A run of two revisions, of which the second makes a further query and changes responses."""
    samples = make_samples(TRUTH)
    new = (samples["change"] == "on") & (samples["endpoint"] == "list")
    samples.loc[new.to_numpy(bool, na_value=False), "query_count"] += 1
    samples.loc[new.to_numpy(bool, na_value=False), "response_digest"] = "another"
    return of_code(tmp_path / "reports", samples).run_id


def file_of(folder: Path, **parts: Any) -> Path:
    path = folder / "comment.json"
    path.write_text(json.dumps(changes(**parts).as_dict()))
    return path


def test_a_comment_is_printed(perflab: Perflab, tmp_path: Path) -> None:
    code, out, err = perflab("--from", file_of(tmp_path, rows=rows(1)))
    assert (code, err) == (0, "")
    assert out.startswith(
        "<!-- perflab:shop -->\n**This pull request changed 0 responses, 0 query counts, and no time (±1.8%).**\n"
    )


def test_all_files_are_of_the_same_run(perflab: Perflab, worse: str, tmp_path: Path) -> None:
    files = {name: tmp_path / "out" / name for name in ("output", "json", "summary", "sarif")}
    options = [word for name, path in files.items() for word in (f"--{name}", path)]
    assert perflab(worse, *options, "--folder", "backend") == (0, "changed=true\n", "")
    text = {name: path.read_text(encoding="utf-8") for name, path in files.items()}
    lines = text["output"].splitlines()
    assert lines[0] == "<!-- perflab:marketplace -->" and len(lines) <= MAX_LINES
    assert ", 1 query count, and no time (±" in lines[1]
    assert any("3 → 4 queries in a request" in line for line in lines)
    assert json.loads(text["sarif"])["version"] == "2.1.0"
    assert (
        text["summary"].startswith("## This pull request changed ") and "\n# Did Phase 2 pay off?\n" in text["summary"]
    )
    code, out, _ = perflab("--from", files["json"], "--name", "x", "--summary", "short.md", "--output", "again.md")
    assert (code, out) == (0, "changed=true\n")
    assert (tmp_path / "again.md").read_text(encoding="utf-8").replace(":x ", ":marketplace ") == text["output"]
    assert text["summary"].startswith((tmp_path / "short.md").read_text(encoding="utf-8").rstrip())
    assert perflab("--from", file_of(tmp_path), "--output", "same.md") == (0, "changed=false\n", "")


def test_two_runs_are_compared(perflab: Perflab, worse: str, tmp_path: Path) -> None:
    of_code(tmp_path / "reports", run_id="20261120-101500")
    code, out, _ = perflab(worse, "--baseline", "20261120-101500")
    assert code == 0 and "1 query count" in out
    assert "20261120-101500 at 4fbf848aa112" in out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "no run is given; give RUN"),
        (["19990101-000000"], "no run '19990101-000000'"),
        (["latest", "--from", "x.json"], "both RUN and --from are given"),
        (["--baseline", "latest"], "--baseline and --sarif need RUN"),
        (["--from", "nowhere.json"], "cannot read nowhere.json"),
        (["--from", "comment.json", "--sarif", "x.sarif"], "--baseline and --sarif need RUN"),
        (["--from", "comment.json", "--link", "javascript:alert(1)"], "the link is no web address"),
        (["--from", "comment.json", "--post", "github"], "there is no token; set GITHUB_TOKEN"),
        (["--from", "comment.json", "--post", "github", "--event", "nowhere.json"], "cannot read the event"),
        (["--from", "comment.json", "--post", "gitlab"], "the pipeline belongs to no merge request"),
    ],
)
def test_what_is_wrong_is_one_line_and_exit_code_2(
    perflab: Perflab, tmp_path: Path, arguments: list[str], words: str
) -> None:
    file_of(tmp_path)
    (tmp_path / "event.json").write_text("{}")
    code, out, err = perflab(*arguments, GITHUB_REPOSITORY="o/r")
    assert (code, out, err.count("\n")) == (2, "", 1) and words in err


def test_a_run_that_ended_early_says_nothing(perflab: Perflab, tmp_path: Path) -> None:
    of_code(tmp_path / "reports", status="failed")
    code, _, err = perflab("latest")
    assert code == 2 and "is failed: nothing can be concluded" in err


def test_a_run_is_not_its_own_baseline(perflab: Perflab, worse: str) -> None:
    code, _, err = perflab(worse, "--baseline", "latest")
    assert code == 2 and "would be its own baseline" in err


def test_a_pull_request_is_commented_on_once(perflab: Perflab, tmp_path: Path) -> None:
    comments = Comments(LIST, EDIT)
    event = tmp_path / "event.json"
    event.write_text(json.dumps({"pull_request": {"number": 7, "title": HOSTILE[0], "head": {"ref": HOSTILE[-1]}}}))
    with serving(comments) as server:
        place = {"GITHUB_TOKEN": "t", "GITHUB_REPOSITORY": "o/r", "GITHUB_API_URL": server.address,
                 "GITHUB_EVENT_PATH": str(event), "GITHUB_SERVER_URL": "https://github.example",
                 "GITHUB_RUN_ID": "9"}  # fmt: skip
        quiet = perflab("--from", file_of(tmp_path), "--post", "github", **place)
        posted = perflab("--from", file_of(tmp_path, rows=rows(1)), "--post", "github")
        edited = perflab("--from", file_of(tmp_path), "--post", "github")
    assert quiet == (0, "nothing changed, and there is no earlier comment: nothing was posted\n", "")
    assert posted[:2] == (0, "posted https://github.example/c/1\n")
    assert edited[:2] == (0, "edited https://github.example/c/1\n")
    (row,) = comments.rows
    assert "Nothing changed" in row["body"] and "(https://github.example/o/r/actions/runs/9)" in row["body"]


def test_after_a_hostile_workflow_its_text_is_harmless_and_the_number_is_github_s(
    perflab: Perflab, tmp_path: Path
) -> None:
    comments, text = Comments(LIST, EDIT), " ".join(HOSTILE)[:1_900]
    made = changes(scenario=text, run_id=text, before=text, after=text, rows=rows(12, text), notes=(text,))
    content = archive(("comment.json", json.dumps(made.as_dict()).encode()))

    def respond(sent: Sent) -> Response:
        if sent.path == "/repos/o/r/pulls":
            return Response(200, [PULL])
        if sent.path.endswith("/artifacts"):
            return Response(200, {"artifacts": [{"id": 12, "name": "perflab-comment"}]})
        return Response(200, content) if sent.path.endswith("/12/zip") else comments(sent)

    event = tmp_path / "event.json"
    event.write_text(json.dumps({"workflow_run": RUN}))
    with serving(respond) as server:
        code, out, err = perflab(
            "--post", "github", "--name", "perflab", "--event", event,
            GITHUB_TOKEN="t", GITHUB_REPOSITORY="o/r", GITHUB_API_URL=server.address,
        )  # fmt: skip
    assert (code, out, err) == (0, "posted https://github.example/c/1\n", "")
    body = comments.rows[0]["body"]
    assert body.startswith("<!-- perflab:perflab -->\n**This pull request changed 0 responses")
    outline = Outline(body)
    assert outline.attributes == [("href", "https://github.example/run/99")] and reaching(outline) == []
    assert not list(tmp_path.rglob("run.py")) and sorted(path.name for path in tmp_path.iterdir()) == [
        "event.json",
        "scenarios",
    ]


def test_a_hostile_artefact_is_refused_before_anything_is_posted(perflab: Perflab, tmp_path: Path) -> None:
    def respond(sent: Sent) -> Response:
        assert sent.method == "GET"
        if sent.path == "/repos/o/r/pulls":
            return Response(200, [PULL])
        if sent.path.endswith("/artifacts"):
            return Response(200, {"artifacts": [{"id": 12, "name": "perflab-comment"}]})
        return Response(200, archive(("../../comment.json", b"{}"), ("run.sh", b"id")))

    event = tmp_path / "event.json"
    event.write_text(json.dumps({"workflow_run": RUN}))
    with serving(respond) as server:
        code, out, err = perflab(
            "--post", "github", "--event", event,
            GITHUB_TOKEN="t", GITHUB_REPOSITORY="o/r", GITHUB_API_URL=server.address,
        )  # fmt: skip
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "the artefact perflab-comment is refused" in err
    assert server.methods() == ["GET"] * 3


def test_a_merge_request_is_commented_on(perflab: Perflab, tmp_path: Path) -> None:
    notes = Comments("/projects/3/merge_requests/7/notes", "/projects/3/merge_requests/7/notes")
    with serving(lambda sent: Response(200, {"id": 4}) if sent.path == "/user" else notes(sent)) as server:
        code, out, err = perflab(
            "--from", file_of(tmp_path, rows=rows(1)), "--post", "gitlab",
            CI_API_V4_URL=server.address, GITLAB_TOKEN="t", CI_PROJECT_ID="3", CI_MERGE_REQUEST_IID="7",
            CI_JOB_URL="https://gitlab.example/j/1",
        )  # fmt: skip
    assert (code, out, err) == (0, "posted note 1 of merge request !7\n", "")
    assert "(https://gitlab.example/j/1)" in notes.rows[0]["body"]
