"""The CONNECT written by hand, against the standard's own numbers and a real broker."""

import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from stream import mqtt_probe

MOSQUITTO = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")
MOSQUITTO_PASSWD = shutil.which("mosquitto_passwd")


def free_port() -> int:
    """Give a port that nothing listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[int]:
    """Run a mosquitto that wants a password, and give its port."""
    if MOSQUITTO is None or MOSQUITTO_PASSWD is None:
        pytest.skip("mosquitto is not installed")
    port = free_port()
    passwords = tmp_path / "passwords"
    subprocess.run([MOSQUITTO_PASSWD, "-b", "-c", str(passwords), "ward", "hunter2"], check=True)
    passwords.chmod(0o644)
    tmp_path.chmod(0o755)
    conf = tmp_path / "mosquitto.conf"
    conf.write_text(f"listener {port} 127.0.0.1\nallow_anonymous false\npassword_file {passwords}\nuser root\n")
    with subprocess.Popen([MOSQUITTO, "-c", str(conf)], stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert any("running" in line for line in process.stderr)
        yield port
        process.terminate()


@pytest.mark.parametrize("level", [5, 4])
def test_a_broker_says_whether_it_would_have_us(broker: int, level: mqtt_probe.Version) -> None:
    """Welcome with the right password, the reason with a wrong one, in either version."""
    welcome = mqtt_probe.connect("127.0.0.1", broker, level, "ward", "hunter2")
    refused = mqtt_probe.connect("127.0.0.1", broker, level, "ward", "wrong")
    assert welcome == mqtt_probe.Answer(0)
    assert refused is not None
    assert refused.reason == "not authorised"


def test_something_else_at_the_port_is_told_from_a_broker() -> None:
    """A web server's answer is not a CONNACK, a hung-up line is none either."""
    for answer in (b"HTTP/1.1 400 Bad Request\r\n", b""):
        with socket.create_server(("127.0.0.1", 0)) as server:
            serving = threading.Thread(target=_answer_once, args=(server, answer))
            serving.start()
            assert mqtt_probe.connect("127.0.0.1", server.getsockname()[1], 5) is None
            serving.join()


def _answer_once(server: socket.socket, answer: bytes) -> None:
    """Take one connection, read the CONNECT, answer, hang up."""
    link, _ = server.accept()
    with link:
        link.recv(1024)
        link.sendall(answer)


def test_nothing_at_the_port_is_an_os_error() -> None:
    """The caller says it in its own words."""
    with pytest.raises(ConnectionRefusedError):
        mqtt_probe.connect("127.0.0.1", free_port(), 5)


def test_a_connect_packet_is_the_standards() -> None:
    """MQTT 3.1.1 with user name and password, byte for byte; MQTT 5 adds an empty list of properties."""
    rest = b"\x00\x11spikewatch-doctor" + b"\x00\x01u" + b"\x00\x02pw"
    assert mqtt_probe.packet(4, "u", "pw") == b"\x10\x24\x00\x04MQTT\x04\xc2\x00\x0a" + rest
    assert mqtt_probe.packet(5, "u", "pw") == b"\x10\x25\x00\x04MQTT\x05\xc2\x00\x0a\x00" + rest
    assert mqtt_probe.packet(4, "", "")[9] == 0x02


def test_a_long_packet_has_a_length_of_two_bytes() -> None:
    """Seven bits at a time, the low ones first."""
    packet = mqtt_probe.packet(4, "u" * 300, "")
    length = packet[1] - 128 + 128 * packet[2]
    assert len(packet) == 3 + length
