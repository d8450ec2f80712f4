"""deploy/: the alerts and the dashboard ask for what /metrics has, and their tools accept them."""

import json
import re
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import web_samples
import yaml
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard
from prometheus_client.parser import text_string_to_metric_families
from promtool import promtool

from recycler.web.process.counting_store import Kind, Outcome
from recycler.web.process.metrics import Metrics

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
RULES = DEPLOY / "prometheus" / "alerts.yml"

PROMETHEUS_OWN = {"up": {"job", "instance"}}
"""Metrics that Prometheus makes of every scrape, and their labels."""


def alerts() -> list[dict[str, Any]]:
    """Every alert."""
    (group,) = yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"]
    rules: list[dict[str, Any]] = group["rules"]
    return rules


def dashboard() -> dict[str, Any]:
    """The dashboard as Grafana imports it."""
    document: dict[str, Any] = json.loads((DEPLOY / "grafana" / "recycler.json").read_bytes())
    return document


def panels() -> list[dict[str, Any]]:
    """Every panel of the dashboard."""
    found: list[dict[str, Any]] = dashboard()["panels"]
    return found


def shown() -> list[str]:
    """Every expression of the dashboard, as Prometheus gets it if all is chosen."""
    asked = [target["expr"] for panel in panels() for target in panel["targets"]]
    filled = [re.sub(r"\$(job|instance)", ".*", expr) for expr in asked]
    return [expr.replace("$__rate_interval", "5m") for expr in filled]


def expressions() -> list[str]:
    """Every expression of alerts and dashboard."""
    return [*(rule["expr"] for rule in alerts()), *shown()]


@pytest.fixture(scope="module")
def labels() -> dict[str, set[str]]:
    """Metric -> its labels, after everything has happened that is counted."""
    metrics = Metrics()
    metrics.request_answered("/livez", "GET", 200, 0.1)
    metrics.estimated(web_samples.loaded().estimate(web_samples.GOLDEN))
    metrics.assay_written(Kind.ADD, Outcome.DONE)
    metrics.model_taken("v1", None)
    metrics.promotion_refused("v2")
    families = text_string_to_metric_families(metrics.text().decode())
    found = {s.name: set(s.labels) | {"job", "instance"} for f in families for s in f.samples}
    return {**found, **PROMETHEUS_OWN}


def test_prometheus_finds_nothing_to_say_of_our_names(client_of, settings):
    client = client_of(settings, web_samples.loaded())
    client.get("/livez")

    assert promtool("check", "metrics", given=client.get("/metrics").text) == ""


def test_prometheus_accepts_the_alerts():
    assert f"SUCCESS: {len(alerts())} rules found" in promtool("check", "rules", RULES)


def test_every_alert_rises_when_it_should_and_not_otherwise():
    assert "SUCCESS" in promtool("test", "rules", "alerts_test.yml", cwd=RULES.parent)


def test_every_alert_is_tested_both_ways():
    tests = yaml.safe_load((RULES.parent / "alerts_test.yml").read_bytes())["tests"]
    asked = [case for test in tests for case in test["alert_rule_test"]]
    rising = {case["alertname"] for case in asked if case["exp_alerts"]}
    silent = {case["alertname"] for case in asked if not case["exp_alerts"]}

    assert rising == silent == {rule["alert"] for rule in alerts()}


def test_every_alert_leads_to_what_to_do_about_it():
    page = (ROOT / "docs" / "observability.md").read_text(encoding="utf-8")
    for rule in alerts():
        assert f"\n### {rule['alert']}\n" in page
        anchor = f"docs/observability.md#{rule['alert'].lower()}"
        assert rule["annotations"]["runbook"] == anchor


def test_prometheus_can_read_every_expression_of_the_dashboard(tmp_path):
    rules = [{"record": f"panel:{i}", "expr": expr} for i, expr in enumerate(shown())]
    document = tmp_path / "rules.yml"
    document.write_text(yaml.safe_dump({"groups": [{"name": "dashboard", "rules": rules}]}))

    assert "SUCCESS" in promtool("check", "rules", document)


@pytest.mark.parametrize("expression", expressions())
def test_every_metric_and_label_that_is_asked_for_is_there(labels, expression):
    asked = re.findall(r"\b(recycler_\w+|up)\b(?!\")(?:\{([^}]*)\})?", expression)
    assert asked
    for metric, matchers in asked:
        named = set(re.findall(r"(\w+)\s*[=!]~?\"", matchers))
        assert named <= labels[metric], f"{metric} has {labels[metric]}"

    grouped = re.findall(r"\b(?:by|on) \(([^)]*)\)", expression)
    available = set().union(*(labels[metric] for metric, _ in asked))
    assert {name.strip() for names in grouped for name in names.split(",")} <= available


def test_grafanas_own_types_know_every_field_of_the_dashboard():
    known = json.loads(JSONEncoder(sort_keys=True).encode(Dashboard.from_json(dashboard())))

    assert_within(dashboard(), known, "dashboard")


def assert_within(ours: Any, theirs: Any, place: str) -> None:
    """Everything of ours is there; they may add what is so by default."""
    if isinstance(ours, dict):
        for name, value in ours.items():
            assert name in theirs, f"{place}.{name} is unknown"
            assert_within(value, theirs[name], f"{place}.{name}")
    elif isinstance(ours, list):
        assert len(ours) == len(theirs), place
        for i, value in enumerate(ours):
            assert_within(value, theirs[i], f"{place}[{i}]")
    else:
        assert ours == theirs, place


def test_every_panel_has_its_own_id_and_asks_the_chosen_datasource():
    variables = {variable["name"]: variable for variable in dashboard()["templating"]["list"]}

    assert variables["datasource"]["type"] == "datasource"
    assert len({panel["id"] for panel in panels()}) == len(panels())
    for panel in panels():
        assert panel["title"]
        assert panel["description"]
        assert panel["targets"], panel["title"]
        for asking in (panel, *panel["targets"]):
            assert asking["datasource"] == {"type": "prometheus", "uid": "${datasource}"}


def test_no_two_panels_lie_on_each_other():
    for one, other in combinations([panel["gridPos"] for panel in panels()], 2):
        beside = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
        above = one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]
        assert beside or above
    assert all(panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24 for panel in panels())


def test_every_metric_is_on_the_dashboard(labels):
    asked = "\n".join(shown())
    parts = ("_created", "_count", "_sum")  # of a histogram, its buckets are shown
    own = {name for name in labels if name not in PROMETHEUS_OWN and not name.endswith(parts)}

    assert not [name for name in own if name not in asked]
