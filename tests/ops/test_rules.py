"""The alert rules and the dashboard: they name what there is, all of it, and Prometheus takes them."""

import json
import re
from itertools import combinations
from pathlib import Path
from typing import Any, Final

import pytest

from edged.ops.metric_table import METRICS
from scripts import dashboard
from tests.rigs.promtool import promtool

ROOT: Final = Path(__file__).resolve().parents[2]
RULES: Final = ROOT / "config" / "prometheus" / "edged.rules.yml"
RULES_TEST: Final = Path(__file__).with_name("edged.rules.test.yml")
TEXT: Final = RULES.read_text(encoding="utf-8")
ALERTS: Final = dict(
    re.findall(r"(?ms)^      - alert: (\w+)\n(.*?)(?=^      - alert: |^  - name: |\Z)", TEXT)
)
BY_NAME: Final = {metric.name: metric for metric in METRICS}
BOARD: Final[dict[str, Any]] = json.loads(dashboard.dashboard())
PANELS: Final[list[dict[str, Any]]] = BOARD["panels"]


def test_there_are_alerts() -> None:
    assert len(ALERTS) == TEXT.count("alert:") > 30


@pytest.mark.parametrize("name", BY_NAME)
def test_each_metric_is_drawn_or_watched(name: str) -> None:
    drawn = {named for query in dashboard.expressions() for named in dashboard.metrics_in(query)}
    assert name in drawn | dashboard.metrics_in(TEXT)


def test_the_dashboard_and_the_rules_name_only_what_there_is() -> None:
    named = {named for query in dashboard.expressions() for named in dashboard.metrics_in(query)}
    assert named <= BY_NAME.keys()
    assert dashboard.metrics_in(TEXT) <= BY_NAME.keys()


@pytest.mark.parametrize("expression", [*dashboard.expressions(), *ALERTS.values()])
def test_what_is_matched_exists(expression: str) -> None:
    """A selector on a label or a state that there is not would never match, and never say so."""
    for name, matchers in re.findall(r"\b((?:edged|process)_\w+)\{([^}]*)\}", expression):
        (metric,) = (BY_NAME[known] for known in dashboard.metrics_in(name))
        for label, values in re.findall(r'(\w+)[=!]~?"([^"]*)"', matchers):
            assert label in {*metric.labels, "instance", "job"}, name
            if label in metric.values:
                assert set(values.split("|")) <= set(metric.values[label]), name


@pytest.mark.parametrize("alert", ALERTS)
def test_an_alert_says_what_and_the_mend(alert: str) -> None:
    body = ALERTS[alert]
    assert re.search(r"labels: \{severity: (critical|warning|info)\}", body)
    assert re.search(r'summary: ".+[^.]"', body), "a headline"
    description = body.partition("description: ")[2].removeprefix(">-").strip().strip('"')
    assert description.endswith(".")
    assert len(description) > 40


def test_every_alert_was_seen_to_fire() -> None:
    fired = set(re.findall(r'alertname="(\w+)"', RULES_TEST.read_text(encoding="utf-8")))
    assert fired == ALERTS.keys()


def test_prometheus_takes_the_rules() -> None:
    assert f"SUCCESS: {len(ALERTS)} rules found" in promtool("check", "rules", str(RULES))


def test_alerts_fire_when_they_are_to_and_not_before() -> None:
    said = promtool("test", "rules", RULES_TEST.name, folder=RULES_TEST.parent)
    assert said.split() == ["Unit", "Testing:", RULES_TEST.name, "SUCCESS"], said


def test_prometheus_takes_the_example() -> None:
    said = promtool("check", "config", "prometheus.example.yml", folder=RULES.parent)
    assert "SUCCESS: prometheus.example.yml is valid prometheus config file syntax" in said


def test_prometheus_takes_every_expression_of_the_dashboard(tmp_path: Path) -> None:
    expressions = list(dashboard.expressions())
    rules = [{"record": f"panel:{n}", "expr": expression} for n, expression in enumerate(expressions)]
    file = tmp_path / "dashboard.rules.yml"
    file.write_text(json.dumps({"groups": [{"name": "dashboard", "rules": rules}]}), encoding="utf-8")
    assert f"SUCCESS: {len(expressions)} rules found" in promtool("check", "rules", str(file))


def test_no_panel_lies_on_another() -> None:
    assert len({panel["id"] for panel in PANELS}) == len(PANELS)
    for one, other in combinations((panel["gridPos"] for panel in PANELS), 2):
        apart = (
            one["x"] + one["w"] <= other["x"]
            or other["x"] + other["w"] <= one["x"]
            or one["y"] + one["h"] <= other["y"]
            or other["y"] + other["h"] <= one["y"]
        )
        assert apart, (one, other)
    assert max(panel["gridPos"]["x"] + panel["gridPos"]["w"] for panel in PANELS) == 24


@pytest.mark.parametrize(
    "panel", [panel for panel in PANELS if panel["type"] != "row"], ids=lambda p: p["title"]
)
def test_a_panel_is_explained_and_its_legends_name_labels_there_are(panel: dict[str, Any]) -> None:
    assert panel["description"]
    for target in panel["targets"]:
        named = dashboard.metrics_in(target["expr"])
        labels = {label for name in named for label in BY_NAME[name].labels} | {"instance", "le"}
        assert set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"])) <= labels


def test_every_variable_is_one_that_can_be_chosen() -> None:
    chosen = {variable["name"] for variable in BOARD["templating"]["list"]}
    used = set(re.findall(r"\$\{?([a-z]+)", json.dumps(BOARD["panels"])))
    assert used == {"datasource", "instance"} <= chosen
