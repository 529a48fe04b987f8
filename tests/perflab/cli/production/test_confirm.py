"""`perflab confirm`: a prediction against written logs, from the command line, with what can go wrong."""

from __future__ import annotations

import json
import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from perflab.cli.main import main
from perflab.cli.production.collecting import Side
from perflab.cli.production.confirm import compare, is_unchanged
from perflab.run.cells import WHOLE
from perflab.run.writer import read_json
from perflab.scenario.production.access_logs import DayFigures, Period
from tests.perflab import production, saved_run, synthetic
from tests.perflab.summaries import effect, summary_of


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, float]]:
    """A project with one run, and what it predicts."""
    root = tmp_path_factory.mktemp("confirmed")
    (root / "scenarios").mkdir()
    return root, production.ratios(production.save(root / "reports"))


@pytest.fixture
def predicted(made: tuple[Path, dict[str, float]], monkeypatch: pytest.MonkeyPatch) -> dict[str, float]:
    root, ratios = made
    monkeypatch.chdir(root)
    for path in (root / "before", root / "after"):
        shutil.rmtree(path, ignore_errors=True)
    (root / "reports" / "predictions.jsonl").unlink(missing_ok=True)
    return ratios


def confirm(capsys: pytest.CaptureFixture[str], *more: str) -> tuple[int, str]:
    code = main(["confirm", "latest", "--before", "before", "--after", "after", *more])
    captured = capsys.readouterr()
    return code, captured.out + captured.err


LEVELS = {"slow": 4.0, "mid": 2.0, "same": 1.0, "help": 0.5}


def write(predicted: dict[str, float], load: float = 1.0, days: int = 7, **wrong: float) -> None:
    """Write days before, and days after with the predicted changes, another load, and some endpoints that went elsewhere."""
    production.write_days(Path("before"), LEVELS, days)
    after = {name: level * load * wrong.get(name, predicted[name]) for name, level in LEVELS.items()}
    production.write_days(Path("after"), after, days, start=20)


def test_the_days_are_in_their_order(predicted: dict[str, float], capsys: pytest.CaptureFixture[str]) -> None:
    write(predicted)
    code = main(["confirm", "latest", "--before", "after", "--after", "before"])
    error = capsys.readouterr().err
    assert code == 2 and "and those after end on " in error and error.endswith("; swap --before and --after\n")


def test_a_right_prediction_agrees_under_another_load(
    predicted: dict[str, float], capsys: pytest.CaptureFixture[str]
) -> None:
    write(predicted, load=1.4)
    code, text = confirm(capsys)
    assert code == 0, text
    assert "controls: same and help, which changed by 1.4" in text
    assert text.strip().split("\n")[-1].endswith(": agrees")
    (line,) = Path("reports/predictions.jsonl").read_text().splitlines()
    record = json.loads(line)
    assert {row["endpoint"]: row["verdict"] for row in record["rows"]} == {
        "ALL": "agrees",
        "slow": "agrees",
        "mid": "agrees",
    }
    assert "secret" not in line and "203.0.113" not in line and "/slow/" not in line


def test_a_wrong_prediction_disagrees(predicted: dict[str, float], capsys: pytest.CaptureFixture[str]) -> None:
    write(predicted, slow=0.4, mid=predicted["mid"])
    code, text = confirm(capsys)
    assert code == 1, text
    assert "disagrees" in next(line for line in text.split("\n") if line.startswith("slow"))
    assert "agrees" in next(line for line in text.split("\n") if line.startswith("mid"))


def test_the_first_result_stays(predicted: dict[str, float], capsys: pytest.CaptureFixture[str]) -> None:
    write(predicted, slow=0.4)
    confirm(capsys)
    code, text = confirm(capsys, "--control", "mid")
    assert "has this deployment already; the first result stays there" in text
    assert len(Path("reports/predictions.jsonl").read_text().splitlines()) == 1
    Path("after/more.log").write_text("\n")
    confirm(capsys)
    assert len(Path("reports/predictions.jsonl").read_text().splitlines()) == 2
    assert main(["confirm", "--ledger"]) == 0
    assert "6 predictions in 2 deployments" in capsys.readouterr().out
    assert code in (0, 1)


def test_two_days_are_inconclusive(predicted: dict[str, float], capsys: pytest.CaptureFixture[str]) -> None:
    write(predicted, days=2)
    code, text = confirm(capsys)
    assert code == 0
    assert "slow: an interval needs 3 days on either side, and there are 2 and 2" in text
    assert text.strip().endswith("inconclusive")


def test_without_controls_nothing_is_put_down_to_the_prediction(
    predicted: dict[str, float], capsys: pytest.CaptureFixture[str]
) -> None:
    write(predicted, load=1.8)
    for folder in ("before", "after"):
        log = Path(folder) / "access.log"
        log.write_text(
            "".join(
                line
                for line in log.read_text().splitlines(keepends=True)
                if "/same/" not in line and "/help/" not in line
            )
        )
    code, text = confirm(capsys)
    assert code == 0
    assert "no control: a change of load or machine is not taken out" in text
    assert "not taken as controls, with too few days: same and help" in text
    assert "cannot tell" in text and "disagrees" not in text


def test_what_is_rare_or_of_the_deployments_day_is_left_out_and_told(
    predicted: dict[str, float], capsys: pytest.CaptureFixture[str]
) -> None:
    write(predicted)
    production.write_days(Path("before/later"), {"same": 9.0}, days=1, start=20)
    for folder in ("before", "after"):
        log = Path(folder) / "access.log"
        lines = [line for line in log.read_text().splitlines(keepends=True) if "/mid/" not in line or "/mid/1 " in line]
        log.write_text("".join(lines) + "nonsense\n")
    code, text = confirm(capsys)
    assert code == 0, text
    assert "mid is left out: 7 and 7 timed requests, on no day 30" in text
    assert "left out, as both sides have them: 2026-11-22" in text
    assert "7, 6" in next(line for line in text.split("\n") if line.startswith("slow"))
    assert "1 lines that are no request" in text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["latest"], "RUN, --before and --after are all needed"),
        (["latest", "--ledger"], "--ledger shows earlier predictions only"),
        (["latest", "--before", "before", "--after", "before"], "are the same directory"),
        (["latest", "--before", "before", "--after", "nowhere"], "there is no directory nowhere"),
        (["latest", "--before", "before", "--after", "empty"], "empty has no access log"),
        (["latest", "--before", "before", "--after", "other"], "none of 1 requests belongs to an endpoint of the run"),
        (["latest", "--before", "before", "--after", "untimed"], "none of 1 requests has both a moment and the time"),
        (["latest", "--before", "before", "--after", "after", "--control", "smae"], "no endpoint 'smae'; did you mean 'same'"),
        (["latest", "--before", "before", "--after", "after", "--contrast", "x"], "has no contrast 'x'"),
    ],
)  # fmt: skip
def test_bad_input_is_one_line(
    predicted: dict[str, float], capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    write(predicted, days=3)
    line = production.LINE.format(at=production.FIRST, name="slow", user=1, status=200, seconds=1)
    for name, content in {
        "empty": "",
        "other": line.replace("/slow/", "/x/"),
        "untimed": line.rpartition(" ")[0],
    }.items():
        Path(name).mkdir(exist_ok=True)
        if content:
            (Path(name) / "access.log").write_text(content)
    assert main(["confirm", *arguments]) == 2
    error = capsys.readouterr().err
    assert message in error and error.count("\n") == 1


def test_a_run_that_is_not_complete_predicts_nothing(
    predicted: dict[str, float], capsys: pytest.CaptureFixture[str]
) -> None:
    write(predicted, days=3)
    (source,) = (path for path in Path("reports/marketplace").iterdir() if (path / "run.json").is_file())
    shutil.copytree(source, "broken")
    Path("broken/run.json").write_text(json.dumps({**read_json(source / "run.json"), "status": "failed"}))
    assert main(["confirm", "broken", "--before", "before", "--after", "after"]) == 2
    assert "is failed: it predicts nothing" in capsys.readouterr().err


def test_an_empty_ledger_says_so(predicted: dict[str, float], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["confirm", "--ledger"]) == 0
    assert capsys.readouterr().out == "no prediction has been confirmed yet\n"


@pytest.mark.parametrize(("named", "expected"), [(False, 0.5), (True, 0.5 / 0.95)])
def test_what_the_run_predicts_of_a_control_is_corrected(named: bool, expected: float) -> None:
    """0.95 was predicted of the control, and so it came; whoever names it says that it did not change."""
    common = {"rounds": 5, "n": 100, "scale": "log", "standard_error": 0.01}
    summary = summary_of(
        effects=[
            {"endpoint": "slow", "before": 1.0, "after": 0.5, "ratio": 0.5, "low": 0.48, "high": 0.52, **common},
            {"endpoint": "same", "before": 1.0, "after": 0.95, "ratio": 0.95, "low": 0.91, "high": 1.01, **common},
        ]
    )
    run = saved_run.without_samples(scenario=synthetic.scenario(production.TRUTH))
    sides = []
    for start, factors in ((0, {"slow": 1.0, "same": 1.0}), (20, {"slow": 0.5, "same": 0.95})):
        period = Period()
        for k, noise in enumerate((1.0, 1.01, 0.99, 1.02, 1.0, 0.98)):
            day = production.FIRST.date() + timedelta(days=start + k)
            period.requests[day] = 100
            for name, factor in factors.items():
                level = factor * (noise if name == "slow" else 1.0)
                period.endpoints.setdefault(name, {})[day] = DayFigures(50, level, level)
        sides.append(Side(period, None, ""))
    made = compare(run, summary, WHOLE, ["same"], sides[0], sides[1], named=named)
    assert made.endpoints["slow"].seen.ratio == pytest.approx(expected)


def test_which_endpoints_are_controls() -> None:
    base = {"ratio": 1.0, "rounds": 5, "standard_error": 0.01, "scale": "log", "low": 0.97, "high": 1.03}
    assert is_unchanged(effect(**base, verdict="equivalent"))
    assert is_unchanged(effect(**base, verdict="inconclusive"))
    assert not is_unchanged(effect(**{**base, "high": 1.2}, verdict="inconclusive"))
    assert not is_unchanged(effect(**base, verdict="better"))
    assert not is_unchanged(effect(**{**base, "standard_error": None}, verdict="equivalent"))
