"""acquire and a sender on two hosts, real LSL between them: what is blocked, and a cable that is pulled."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from stream.acquire.link_alarms import SYNC_LOST_S
from tests.stream.acquire.namespaces import TwoHosts, ip, why_not

LISTING = "from stream.acquire.lsl import streams; print(*sorted(source.name for source in streams()))"
PULLED_S = 4.0
"""Longer than a silence, shorter than what TCP needs to give a connection up, and than the sender holds."""


@pytest.fixture
def hosts(tmp_path: Path) -> Iterator[TwoHosts]:
    """Lay a cable between two hosts, or skip the test with the reason why there can be none."""
    reason = why_not()
    if reason:
        pytest.skip(reason)
    with TwoHosts(tmp_path) as two:
        yield two


@pytest.mark.fault
def test_l3_l15_l19_a_firewall_is_named_and_a_pulled_cable_costs_no_sample(hosts: TwoHosts) -> None:
    """No stream is seen while UDP is closed; closed later, the clock is lost and no sample is, nor by the cable."""
    hosts.amplifier()
    hosts.close_udp()
    hosts.acquire()
    hosts.follow(lambda: bool(hosts.reports) and "none is visible at all" in hosts.reports[-1].reason, within_s=60)
    assert "open UDP 16571 and TCP and UDP 16572-16604" in hosts.reports[-1].reason
    hosts.open_udp()
    hosts.follow(lambda: hosts.samples > 256)

    hosts.close_udp()
    closed_s = time.monotonic()
    hosts.pull()
    # A second without samples, a pull and a report.
    hosts.follow(lambda: hosts.state == "silent", within_s=4)
    hosts.follow(lambda: time.monotonic() - closed_s > PULLED_S, within_s=PULLED_S + 2)
    hosts.plug()
    before = hosts.samples
    hosts.follow(lambda: hosts.state == "streaming" and hosts.samples > before + (PULLED_S + 2) * 256, within_s=20)
    assert hosts.gaps == []
    assert len({number - index for index, number in hosts.numbers()}) == 1
    hosts.follow(lambda: "clock_sync_lost" in hosts.reports[-1].alarms, within_s=SYNC_LOST_S + 10)
    assert hosts.state == "streaming"
    hosts.open_udp()
    hosts.follow(lambda: "clock_sync_lost" not in hosts.reports[-1].alarms, within_s=15)
    assert hosts.gaps == []


@pytest.mark.fault
def test_l19_three_senders_on_a_host_without_a_network_are_all_seen(hosts: TwoHosts) -> None:
    """Only the loopback is up, and no route for multicast leads anywhere."""
    ip("-n", hosts.far, "link", "set", "cable", "down")
    for number in range(3):
        hosts.amplifier(name=f"ward-{number}", source_id=f"amp-{number}")
    command = ["ip", "netns", "exec", hosts.far, sys.executable, "-c", LISTING]
    listed = subprocess.run(
        command, env=hosts.environment, cwd=Path.cwd(), capture_output=True, text=True, timeout=60, check=True
    )
    assert listed.stdout.split() == ["ward-0", "ward-1", "ward-2"]
