"""TLS and access lists with a real broker, configured as deploy/mosquitto has it."""

import shutil
import ssl
from collections.abc import Callable
from pathlib import Path

import pytest

from stream.config.keys import Bed, Config
from stream.config.publish_keys import Publish
from stream.errors import ConfigError
from stream.logbook.journal import Journal
from stream.publish.tls import tls_context
from tests.stream.brokers import Broker
from tests.stream.publish.certificates import Authority
from tests.stream.publish.publishing import ONLINE, ROOT, becomes, event, publishing
from tests.test_architecture import ROOT as REPOSITORY

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
SAMPLE = REPOSITORY / "deploy" / "mosquitto"


class Ward:
    """An authority, and a broker that is configured by the sample but for its paths and its port."""

    def __init__(self, folder: Path, make_broker: Callable[..., Broker]) -> None:
        self.authority = Authority(folder)
        self.authority.sign("broker", host="DNS:localhost")
        shutil.copy(SAMPLE / "acl", folder / "acl")
        # mosquitto 2 reads no access list that others may write to.
        (folder / "acl").chmod(0o600)
        lines = (SAMPLE / "mosquitto.conf").read_text(encoding="utf-8").splitlines()
        # The harness gives a listener of its own, which TLS then belongs to; a test's broker keeps nothing on disk.
        out = ("listener", "persistence", "per_listener", "autosave", "allow_anonymous", "#")
        kept = [line for line in lines if line and not line.startswith(out)]
        self.broker = make_broker(*(line.replace("/etc/mosquitto/spikewatch", str(folder)) for line in kept))
        self.folder = folder

    def config(self, **keys: object) -> Config:
        """Configure Spikewatch for this broker, with a certificate of its own name unless keys say otherwise."""
        section = {
            "host": "localhost", "port": self.broker.port, "tls": True, "protocol": "5",
            "ca_file": str(self.authority.certificate),
        } | keys  # fmt: skip
        return Config(site="ward", bed=[Bed(id="bed-1")], publish=Publish.model_validate(section))

    def as_user(self, name: str) -> dict[str, str]:
        """Return the keys of a client certificate of a name."""
        certificate, key = self.authority.sign(name)
        return {"certificate_file": str(certificate), "key_file": str(key)}


@pytest.fixture
def ward(tmp_path: Path, make_broker: Callable[..., Broker]) -> Ward:
    """Make a ward; its broker does not run yet."""
    return Ward(tmp_path, make_broker)


async def test_events_arrive_encrypted_and_as_the_certificates_user(ward: Ward, journal: Journal) -> None:
    """With the sample's configuration and access list: everything that Spikewatch publishes is taken."""
    ward.broker.start()
    journal.post("bed-1", [event(1)])
    async with publishing(ward.config(discovery=True, **ward.as_user("spikewatch")), journal) as (publisher, _):
        publisher.set_state(ONLINE)
        await becomes(lambda: journal.outbox_size() == 0)
        assert (publisher.beds["bed-1"].refused, publisher.beds["bed-1"].version) == ({}, "5")


async def test_what_the_access_list_forbids_is_told_with_its_reason(ward: Ward, journal: Journal) -> None:
    """A display may not publish: 0x87 for each topic, and the event is kept as refused."""
    ward.broker.start()
    journal.post("bed-1", [event(1)])
    async with publishing(ward.config(**ward.as_user("display")), journal) as (publisher, _):
        await becomes(lambda: journal.dead_letters() == 1)
        assert publisher.beds["bed-1"].refused["event/ied"] == "Not authorized (0x87)"


REFUSED = [
    ({"host": "127.0.0.1"}, "its certificate does not name this address; set publish.host to a name that it has"),
    ({"ca_file": ""}, "nobody known signed its certificate; mend publish.ca_file"),
    ({"certificate_file": "", "key_file": ""}, "it asks for a certificate; set publish.certificate_file"),
]


@pytest.mark.parametrize(("keys", "says"), REFUSED)
async def test_m8_a_broker_that_does_not_prove_itself_gets_nothing(
    ward: Ward, journal: Journal, keys: dict[str, str], says: str
) -> None:
    """Told with what to mend; the event waits."""
    ward.broker.start()
    journal.post("bed-1", [event(1)])
    async with publishing(ward.config(**(ward.as_user("spikewatch") | keys)), journal) as (publisher, _):
        await becomes(lambda: publisher.beds["bed-1"].trouble != "")
        assert says in publisher.beds["bed-1"].trouble
        assert journal.outbox_size() == 1


async def test_m8_an_expired_certificate_is_named_as_such(ward: Ward, journal: Journal) -> None:
    """The remedy lies with the broker."""
    ward.authority.sign("broker", host="DNS:localhost", days=-1)
    ward.broker.start()
    async with publishing(ward.config(**ward.as_user("spikewatch")), journal) as (publisher, _):
        await becomes(lambda: publisher.beds["bed-1"].trouble != "")
        assert "its certificate has expired; renew" in publisher.beds["bed-1"].trouble


async def test_m8_a_port_without_tls_is_told(broker: Broker, journal: Journal) -> None:
    """Nothing is sent in the open in its place."""
    section = Publish(host="localhost", port=broker.port, tls=True)
    async with publishing(Config(site="ward", bed=[Bed(id="bed-1")], publish=section), journal) as (publisher, _):
        await becomes(lambda: publisher.beds["bed-1"].trouble != "")
        assert "it does not speak TLS at this port" in publisher.beds["bed-1"].trouble


def test_files_that_cannot_be_used_are_refused_in_a_line(tmp_path: Path) -> None:
    """With the key of config.toml and the file."""
    (tmp_path / "empty.pem").touch()
    with pytest.raises(ConfigError, match=r'publish\.ca_file = ".*none\.pem": No such file'):
        tls_context(Publish(tls=True, ca_file=str(tmp_path / "none.pem")))
    both = str(tmp_path / "empty.pem")
    with pytest.raises(ConfigError, match=r"publish\.certificate_file and key_file = .*name PEM files"):
        tls_context(Publish(tls=True, certificate_file=both, key_file=both))


def test_certificates_and_names_are_always_checked() -> None:
    """Whatever the configuration says; and without TLS there is no context."""
    context = tls_context(Publish(tls=True))
    assert context is not None
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert tls_context(Publish()) is None


@pytest.mark.parametrize("keys", [{"ca_file": "ca.crt"}, {"tls": True, "certificate_file": "a.crt"}])
def test_keys_that_do_not_belong_together_are_refused(keys: dict[str, object]) -> None:
    """A certificate without TLS, or without its key."""
    with pytest.raises(ValueError, match=r"tls is false|needs both"):
        Publish.model_validate(keys)


def test_the_sample_holds_no_topic_of_another_root() -> None:
    """Its access list names the topics that are published."""
    topics = [line.split()[-1] for line in (SAMPLE / "acl").read_text().splitlines() if line.startswith("topic")]
    assert {topic.split("/")[0] for topic in topics} == {ROOT.split("/")[0], "homeassistant"}
