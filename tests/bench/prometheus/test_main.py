"""The bench of alerts knows an alert by its labels, and deploys what a site copies."""

from contextlib import closing
from pathlib import Path

import yaml

from bench.prometheus.__main__ import Wanted, awaited
from bench.prometheus.causes import SMALL_MB, Ails
from bench.prometheus.server import RULES, Labels, Server, write
from bench.ward.live import Ward
from stream.config.keys import Bed, Config, JournalFile
from stream.demo.place import Place
from stream.logbook.journal import Journal
from stream.supervise.tidying import largeness


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


def test_every_alert_has_a_cause() -> None:
    """An alert that is added is brought about as well, or is named here with the reason."""
    ward = Ward(Place(Path(), Config(bed=[Bed(id="bed-1"), Bed(id="bed-2")]), {}))
    caused = {name for cause in Ails(ward, server()).causes() for name, _ in cause.alerts}
    groups = yaml.safe_load((RULES / "alerts.yml").read_text())["groups"]
    # It is always on.
    without = {"SpikewatchWatchdog"}
    assert {rule["alert"] for group in groups for rule in group["rules"]} == caused | without


def test_a_journal_that_is_filled_is_an_alarm_and_not_yet_shortened(tmp_path: Path) -> None:
    """Beyond its most, delivered messages are deleted, and the alarm may be gone before it is seen."""
    settings = JournalFile(path=tmp_path / "spikewatch.db", max_mb=SMALL_MB)
    ward = Ward(Place(tmp_path, Config(bed=[Bed(id="bed-1"), Bed(id="bed-2")], journal=settings), {}))
    Ails(ward, server())._write_much()
    with closing(Journal(settings.path)) as journal:
        assert "more than 70%" in largeness(journal, settings)
