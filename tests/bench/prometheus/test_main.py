"""The bench of alerts knows an alert by its labels, and deploys what a site copies."""

from pathlib import Path

import yaml

from bench.prometheus.__main__ import Wanted, awaited
from bench.prometheus.causes import Ails
from bench.prometheus.server import RULES, Labels, Server, write
from bench.ward.live import Ward
from stream.config.keys import Bed, Config
from stream.demo.place import Place


class Answering(Server):
    """A server of which one alert is known."""

    def alerts(self) -> list[Labels]:
        """Return the alert."""
        return [{"alertname": "SpikewatchAlarmDegraded", "name": "broker_down", "bed": "bed-1"}]


def server() -> Server:
    """Make one that no process stands behind."""
    return Answering(Path(), "", None)  # type: ignore[arg-type]


def test_an_alert_is_known_by_its_labels() -> None:
    """Several alarms share an alert's name."""
    assert Wanted("SpikewatchAlarmDegraded", {"name": "broker_down"}).fires(server())
    assert not Wanted("SpikewatchAlarmDegraded", {"name": "crash_loop"}).fires(server())
    assert not Wanted("SpikewatchDown", {}).fires(server())


def test_what_does_not_come_in_time_is_none() -> None:
    """And what is there already takes no time."""
    began_s = -1000.0
    assert awaited(lambda: False, began_s, 0.0) is None
    assert awaited(lambda: True, began_s, 0.0) is not None


def test_the_server_has_the_deployed_rules_and_one_target_or_none(tmp_path: Path) -> None:
    """A change of deploy/prometheus reaches the bench."""
    deployed = yaml.safe_load((RULES / "prometheus.yml").read_text())
    write(tmp_path, "127.0.0.1:1234")
    changed = yaml.safe_load((tmp_path / "prometheus.yml").read_text())
    assert changed["scrape_configs"][0]["static_configs"] == [{"targets": ["127.0.0.1:1234"]}]
    assert {**changed, "scrape_configs": 0} == {**deployed, "scrape_configs": 0}
    write(tmp_path, "")
    assert "scrape_configs" not in yaml.safe_load((tmp_path / "prometheus.yml").read_text())


def test_every_alert_that_takes_no_hours_has_a_cause() -> None:
    """An alert that is added is brought about as well, or is named here with the reason."""
    ward = Ward(Place(Path(), Config(bed=[Bed(id="bed-1"), Bed(id="bed-2")]), {}))
    caused = {name for cause in Ails(ward, server()).causes() for name, _ in cause.alerts}
    groups = yaml.safe_load((RULES / "alerts.yml").read_text())["groups"]
    # Rates over six hours; and the one that is always on.
    without = {"SpikewatchBudgetBurnSlow", "SpikewatchWatchdog"}
    assert {rule["alert"] for group in groups for rule in group["rules"]} == caused | without
