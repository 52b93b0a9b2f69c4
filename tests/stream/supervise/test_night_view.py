"""The last hours of a bed as the page draws them."""

import math
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from stream.config.keys import Bed, Config, JournalFile
from stream.supervise.night_view import EVERY_S, NightView
from tests.stream.hand_clock import HandClock
from tests.stream.review import three_foci


def configured(path: Path) -> Config:
    """Configure a bed with a journal."""
    return Config(bed=[Bed(id="bed-1")], journal=JournalFile(path=path))


async def test_a_night_is_told_once_however_many_look(tmp_path: Path) -> None:
    """Stages, rates and channels of five hours ago until one hour ago; read again only after a while."""
    path, began, clock = tmp_path / "events.db", datetime.now(UTC) - timedelta(hours=5), HandClock(100.0)
    view = NightView(configured(path), clock)
    assert await view.of("bed-1") == {}
    three_foci.fill(path, began=began)
    assert await view.of("bed-1") == {}
    clock.now_s += EVERY_S
    told = await view.of("bed-1")
    assert (told["events"], told["seconds"], told["analysed_s"]) == (153, 14400.0, 13800.0)
    assert abs(told["began_ms"] - 1000 * began.timestamp()) < 1
    assert told["lost"] == [three_foci.GAP_S]
    assert {stage for _, _, stage in told["stages"]} == {"W", "N1", "N2", "N3", "R"}
    counted = [rate * (end - begin) / 3600 for begin, end, rate in told["rates"] if not math.isnan(rate)]
    assert sum(counted) == pytest.approx(153)
    assert sum(spikes for _, _, spikes, _ in told["by_stage"]) <= 153
    assert [stage for stage, *_ in told["by_stage"]] == ["W", "N1", "N2", "N3", "R"]
    assert told["leads"][0] == ("P4-O2", 44)
    assert sum(count for _, count in told["leads"]) == 153
    assert await view.of("bed-1") is told


async def test_nothing_is_told_of_a_bed_without_a_recording(tmp_path: Path) -> None:
    """The page then shows no strip."""
    three_foci.fill(tmp_path / "events.db", hours=2.0, events=4)
    assert await NightView(configured(tmp_path / "events.db")).of("bed-2") == {}
