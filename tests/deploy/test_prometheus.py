"""What a site copies for Prometheus and Grafana: rules that promtool accepts, and no name that Spikewatch lacks."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from stream.config.keys import Bed, Config
from stream.supervise.metrics import Metrics
from tests.test_architecture import ROOT

FOLDER = ROOT / "deploy" / "prometheus"
NAME = re.compile(r"\bspikewatch_\w+")
RECORDED = re.compile(r"\bspikewatch:[\w:]+")
SUFFIXES = ("_bucket", "_count", "_sum")


def promtool(*words: str) -> None:
    """Run promtool in the folder of the rules; it must find nothing wrong."""
    program = shutil.which("promtool")
    if program is None:
        pytest.skip("promtool is not installed")
    ran = subprocess.run([program, *words], cwd=FOLDER, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def rules(file: str) -> list[dict[str, Any]]:
    """Return the rules of a file."""
    return [rule for group in yaml.safe_load((FOLDER / file).read_text())["groups"] for rule in group["rules"]]


def expressions() -> list[str]:
    """Return every expression of rules, alerts and dashboard."""
    panels = json.loads((FOLDER / "dashboard.json").read_text())["panels"]
    asked = [target["expr"] for panel in panels for target in panel["targets"]]
    return [rule["expr"] for file in ("alerts.yml", "recording.yml") for rule in rules(file)] + asked


def test_prometheus_accepts_configuration_and_rules() -> None:
    """By its own checker, which reads the rule files that the configuration names."""
    promtool("check", "config", "prometheus.yml")


def test_each_alert_fires_for_its_cause_and_ends_with_it() -> None:
    """The cases of tests.yml, replayed by Prometheus' own engine."""
    promtool("test", "rules", "tests.yml")


def test_no_alert_is_without_a_case() -> None:
    """One that fires, and, but for the alert that is always on, one that does not."""
    cases = [case for test in yaml.safe_load((FOLDER / "tests.yml").read_text())["tests"]
             for case in test["alert_rule_test"]]  # fmt: skip
    alerts = {rule["alert"] for rule in rules("alerts.yml")}
    assert {case["alertname"] for case in cases if case["exp_alerts"]} == alerts
    assert {case["alertname"] for case in cases if not case["exp_alerts"]} == alerts - {"SpikewatchWatchdog"}


def test_every_metric_that_is_asked_for_exists() -> None:
    """A renamed metric would leave an alert silent and a panel empty for ever."""
    families = Metrics(Config(bed=[Bed(id="bed-1")])).registry.collect()
    known = {family.name + ("_total" if family.type == "counter" else "") for family in families}
    known |= {f"{family.name}_info" for family in families if family.type == "info"}
    known |= {name + end for name in known for end in SUFFIXES if name == "spikewatch_latency_seconds"}
    text = "\n".join(expressions())
    assert set(NAME.findall(text)) - known == set()
    assert set(RECORDED.findall(text)) - {rule.get("record") for rule in rules("recording.yml")} == set()
    assert len(set(NAME.findall(text))) > 10


def test_panels_have_ids_and_places_of_their_own() -> None:
    """Grafana shows one of two panels that have the same."""
    panels = json.loads((FOLDER / "dashboard.json").read_text())["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    cells = [
        (x, y)
        for place in (panel["gridPos"] for panel in panels)
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24


def test_the_pages_that_alerts_name_are_there() -> None:
    """Who is woken at night must find what to do."""
    text = (FOLDER / "alerts.yml").read_text()
    assert set(re.findall(r"\b[\w/]+\.md\b", text)) == {"docs/alarms.md"}
    assert Path(ROOT / "docs" / "alarms.md").exists()
