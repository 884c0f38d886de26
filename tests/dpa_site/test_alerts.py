"""The alert rules for Prometheus name what the site exports. `make check-alerts` tests the rest."""

import re

import pytest
import yaml
from django.conf import settings
from django.test import Client

from dpa_site.observability.health_checks import CHECKS, State

FOLDER = settings.BASE_DIR / "deploy/prometheus"
(GROUP,) = yaml.safe_load((FOLDER / "alerts.yaml").read_text("utf-8"))["groups"]
RULES = {rule["alert"]: rule for rule in GROUP["rules"]}


@pytest.mark.django_db
def test_rules_use_only_metrics_that_the_site_exports(settings: object) -> None:
    settings.METRICS_TOKEN = "token"  # type: ignore[attr-defined]
    Client().get("/robots.txt")
    response = Client().get("/-/metrics", headers={"authorization": "Bearer token"})
    exported = set(re.findall(r"^(\w+)(?:{| )", response.content.decode(), re.MULTILINE))
    expressions = " ".join(rule["expr"] for rule in RULES.values())
    named = set(re.findall(r"\b(?:site_\w+|up)\b", expressions))
    assert {"up", "site_health", "site_request_seconds_count"} == named
    assert named - exported == {"up"}  # Prometheus itself makes this metric
    checks = re.findall(r'^site_health{check="(\w+)"}', response.content.decode(), re.MULTILINE)
    assert checks == list(CHECKS)


@pytest.mark.parametrize("state", [State.WARNING, State.PROBLEM])
def test_each_state_has_a_rule(state: State) -> None:
    rule = RULES[f"Site{state.name.capitalize()}"]
    assert rule["expr"] == f"max by (check) (site_health) == {list(State).index(state)}"


def test_each_rule_is_tested_and_documented() -> None:
    tests = (FOLDER / "alerts.test.yaml").read_text("utf-8")
    operations = (settings.BASE_DIR / "docs/operations.md").read_text("utf-8")
    for name, rule in RULES.items():
        assert {"expr", "for", "labels", "annotations"} <= rule.keys()
        assert f"alertname: {name}" in tests
        assert f"`{name}`" in operations
