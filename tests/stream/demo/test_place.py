"""Where the demo takes place: a configuration that loads, and nothing left of it."""

import socket

import pytest

from stream.config.load import load
from stream.demo import place as places
from stream.errors import ConfigError
from stream.logbook.samplelog import ring_path


def test_the_configuration_written_is_the_one_meant() -> None:
    """`spikewatch run --config` reads it as it was made, whatever the user's environment says."""
    with places.made() as place:
        assert load(place.config_file, environment=place.environment) == place.config
        assert place.config.bed[0].acquire.name == places.STREAM
        assert f"SessionID = {'spikewatch-demo-'}" in (place.folder / "lsl_api.cfg").read_text()
        assert place.environment["LSLAPICFG"] == str(place.folder / "lsl_api.cfg")
        assert not any(name.startswith("SPIKEWATCH_") for name in place.environment)


def test_a_key_can_be_overruled() -> None:
    """As for the other commands, and in the file that `spikewatch run` reads; what cannot be is refused."""
    with places.made(["frame.hop_ms=62.5", "infer.sleep=off"]) as place:
        assert (place.config.frame.hop_ms, place.config.infer.sleep) == (62.5, "off")
        assert load(place.config_file, environment={}) == place.config
    with pytest.raises(ConfigError, match=r"infer\.devise is not a key"), places.made(["infer.devise=cpu"]):
        pass


def test_ports_are_free_and_differ() -> None:
    """Each of them can be listened on."""
    with places.made() as place:
        ports = {place.config.publish.port, place.config.metrics.port, place.config.web.port}
    # Three different ones: asked for one after another, the kernel may give the same port twice.
    assert len(ports) == 3
    for port in ports:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", port))


def test_nothing_is_left() -> None:
    """Neither the folder nor a sample log that a killed process left behind."""
    with places.made() as place:
        ring = ring_path(place.config, places.BED)
        # As acquisition leaves them when it is killed.
        for suffix in (".ring", ".lock"):
            ring.with_suffix(suffix).write_bytes(b"left")
    assert not place.folder.exists()
    assert not list(ring.parent.glob(ring.stem + ".*"))
