"""`perflab export`: formats, files, and a dashboard whose queries find what is exported."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from perflab.cli.main import main
from perflab.cli.production.export import dashboard
from tests.perflab import production


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with one run."""
    root = tmp_path_factory.mktemp("exported")
    (root / "scenarios").mkdir()
    production.save(root / "reports")
    return root


@pytest.fixture
def project(saved: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(saved)
    return saved


def test_openmetrics_is_printed(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export"]) == 0
    families = {family.name: family for family in text_string_to_metric_families(capsys.readouterr().out)}
    endpoints = {sample.labels["endpoint"] for sample in families["perflab_effect_ratio"].samples}
    assert {"ALL", "slow", "mid", "same", "help"} <= endpoints
    assert {sample.labels["contrast"] for sample in families["perflab_effect_ratio"].samples} == {"all_on / all_off"}


def test_otlp_goes_into_a_file(project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "metrics.json"
    assert (
        main(["export", "latest", "--format", "otlp", "--contrast", "queries from baseline", "--output", str(file)])
        == 0
    )
    content = json.loads(file.read_text())
    assert "queries from baseline" in json.dumps(content) and "all_on / all_off" not in json.dumps(content)
    assert capsys.readouterr().out.strip().endswith("metrics.json")


def test_what_is_not_there_is_one_line(project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", "--contrast", "all_on / al_off"]) == 2
    assert "has no contrast 'all_on / al_off'; did you mean 'all_on / all_off'?" in capsys.readouterr().err
    assert main(["export", "19990101-000000"]) == 2
    assert main(["export", "--dashboard", "--output", str(tmp_path / "x" / "y.json")]) == 0
    (tmp_path / "file").write_text("")
    assert main(["export", "--dashboard", "--output", str(tmp_path / "file" / "y.json")]) == 2
    assert capsys.readouterr().err.strip().count("\n") == 1


# -- the dashboard -------------------------------------------------------------------------------------------------

# The parts of Grafana's classic model that a dashboard of ours has, with their types: kinds/dashboard/dashboard_kind.cue in
# Grafana's repository, schema version 36; newer versions migrate it when they load it.
OF_PANEL = {"id": int, "type": str, "title": str, "targets": list, "options": dict, "fieldConfig": dict, "gridPos": dict,
            "transformations": list, "datasource": dict, "description": str, "transparent": bool}  # fmt: skip
OF_DASHBOARD = {"uid": str, "title": str, "tags": list, "timezone": str, "editable": bool, "schemaVersion": int, "version": int,
                "time": dict, "timepicker": dict, "templating": dict, "annotations": dict, "links": list, "panels": list,
                "graphTooltip": int, "description": str}  # fmt: skip
OF_GRAFANA = {"__name__", "instance", "job"}


def queries(content: dict[str, Any]) -> Iterator[str]:
    for panel in content["panels"]:
        yield from (target["expr"] for target in panel["targets"])
    for variable in content["templating"]["list"]:
        if variable["type"] == "query":
            assert variable["query"]["query"] == variable["definition"]
            yield variable["definition"]


def test_the_dashboard_has_the_shape_that_grafana_documents() -> None:
    content = json.loads(dashboard())
    assert content["id"] is None, "an identifier belongs to one Grafana"
    assert all(isinstance(content[name], kind) for name, kind in OF_DASHBOARD.items())
    assert 8 <= len(content["uid"]) <= 40 or re.fullmatch(r"[\w-]{1,40}", content["uid"])
    for panel in content["panels"]:
        assert set(panel) == set(OF_PANEL) and all(isinstance(panel[name], kind) for name, kind in OF_PANEL.items())
        place = panel["gridPos"]
        assert place["h"] > 0 and 0 < place["w"] <= 24 and 0 <= place["x"] <= 24 - place["w"] and place["y"] >= 0
        assert set(panel["fieldConfig"]) == {"defaults", "overrides"}
        assert all(set(step) == {"id", "options"} for step in panel["transformations"])
    assert len({panel["id"] for panel in content["panels"]}) == len(content["panels"])


def test_its_panels_do_not_overlap() -> None:
    places = [panel["gridPos"] for panel in json.loads(dashboard())["panels"]]
    squares = [(x, y) for p in places for x in range(p["x"], p["x"] + p["w"]) for y in range(p["y"], p["y"] + p["h"])]
    assert len(squares) == len(set(squares))


def test_its_data_source_is_a_variable() -> None:
    content = json.loads(dashboard())
    variables = {variable["name"]: variable for variable in content["templating"]["list"]}
    assert variables["datasource"]["type"] == "datasource" and variables["datasource"]["query"] == "prometheus"
    of_panels = [part for panel in content["panels"] for part in (panel, *panel["targets"])]
    of_variables = [variable for variable in variables.values() if variable["type"] == "query"]
    uids = {part["datasource"]["uid"] for part in [*of_panels, *of_variables]}
    assert uids == {"${datasource}"}
    used = set(re.findall(r"\$\{?(\w+)", dashboard()))
    assert used <= set(variables)


def test_it_asks_for_metrics_and_labels_that_are_exported(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["export"])
    labels: dict[str, set[str]] = {}
    for family in text_string_to_metric_families(capsys.readouterr().out):
        for sample in family.samples:
            labels.setdefault(sample.name, set()).update(sample.labels)
    content = json.loads(dashboard())
    queried = set()
    for query in queries(content):
        for name, selector in re.findall(r"(perflab_\w+)(?:\{([^}]*)\})?", query):
            queried.add(name)
            assert name in labels, query
            assert set(re.findall(r"(\w+)=~", selector)) <= labels[name], query
        of_variable = re.fullmatch(r"label_values\((\w+), (\w+)\)", query)
        assert of_variable is None or of_variable[2] in labels[of_variable[1]]
    for panel in content["panels"]:
        names = {name for target in panel["targets"] for name in re.findall(r"perflab_\w+(?=\{)", target["expr"])}
        there = (
            set.union(*(labels[name] for name in names))
            | OF_GRAFANA
            | {"Time", "Value", "Value #A", "Value #B", "Value #C"}
        )
        for target in panel["targets"]:
            assert set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"])) <= there
        for step in panel["transformations"]:
            assert {*step["options"].get("excludeByName", {}), *step["options"].get("renameByName", {})} <= there
    assert {
        "perflab_effect_ratio",
        "perflab_effect_low_ratio",
        "perflab_effect_high_ratio",
        "perflab_claim_verdict",
    } <= queried
