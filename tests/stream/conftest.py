"""Fixtures that several tests of the live side share: a real broker, a subscriber, a free port."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import structlog

from models.simulate import simulate
from stream.logbook.journal import Journal
from stream.logbook.journal_reader import JournalReader
from tests.ports import free_port as find_free_port
from tests.stream.brokers import MOSQUITTO, Broker, Witness
from tests.stream.eeg_file import save
from tests.stream.review import three_foci


@pytest.fixture(scope="session", autouse=True)
def _plain_tracebacks() -> None:
    """Print tracebacks as Python does: structlog draws every local variable, up to 10 s of work."""
    *before, _ = structlog.get_config()["processors"]
    plain = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[*before, plain])


@pytest.fixture
def free_port() -> int:
    """Return a TCP port that nobody uses."""
    return find_free_port()


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    """Open a new journal."""
    opened = Journal(tmp_path / "journal.db")
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def night(tmp_path_factory: pytest.TempPathFactory) -> JournalReader:
    """Fill a journal with a night of three foci, which tests only read."""
    path: Path = tmp_path_factory.mktemp("night") / "events.db"
    three_foci.fill(path)
    return JournalReader(path)


@pytest.fixture
def make_broker(tmp_path: Path) -> Iterator[Callable[..., Broker]]:
    """Make brokers, not yet started, that end with the test; arguments are configuration lines."""
    if MOSQUITTO is None:
        pytest.skip("mosquitto is not installed")
    made: list[Broker] = []

    def make(*lines: str) -> Broker:
        made.append(Broker(tmp_path, lines))
        return made[-1]

    yield make
    for broker in made:
        broker.kill()


@pytest.fixture
def broker(make_broker: Callable[..., Broker]) -> Broker:
    """Return a broker that runs."""
    made = make_broker()
    made.start()
    return made


@pytest.fixture
def make_witness() -> Iterator[Callable[[int], Witness]]:
    """Subscribe to everything on a port, until the test ends."""
    made: list[Witness] = []

    def make(port: int) -> Witness:
        # A broker ends the older of two connections that have one client id.
        made.append(Witness(port, f"witness-{len(made)}"))
        return made[-1]

    yield make
    for witness in made:
        witness.close()


@pytest.fixture(scope="session")
def discharges(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a file of simulated scalp EEG, microvolts, with several IEDs."""
    made = simulate(9, 36.0, plan=[("N2", 600.0)], ied_rate_per_min=30.0)
    # 36 s are 288 hops of 125 ms: each sample is in a hop that ends, so no sample is left pending.
    hops = made.samples[:, : 36 * 256]
    return save(tmp_path_factory.mktemp("eeg") / "discharges.npz", hops, made.rate_hz, made.labels)
