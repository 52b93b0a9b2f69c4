"""What the link refuses: two streams for one bed, a changed stream, an unfit one; each with its reason."""

import pytest

from stream.acquire.ports import LinkLostError
from stream.errors import InputError
from stream.logbook.samplelog import SampleLogReader
from tests.stream.acquire.fake_network import LinkHarness


def test_two_matching_streams_are_refused_until_one_goes(bench: LinkHarness) -> None:
    """The list goes to the parent, and the search goes on."""
    bench.amplifier()
    other = bench.amplifier(hostname="elsewhere")
    bench.stream(20)
    assert bench.link.state == "refused"
    assert "host cart" in bench.reports[-1].reason
    assert "host elsewhere" in bench.reports[-1].reason
    assert not bench.path.exists()
    other.dead = True
    bench.until(bench.in_state("streaming"))


CHANGES: list[tuple[dict[str, object], str]] = [
    ({"rate_hz": 200.0}, "rate_hz: 100.0 -> 200.0"),
    ({"labels": ("F3", "Fp1")}, "labels: channel 1 Fp1 -> F3"),
    ({"units": ("V", "V")}, "units: channel 1 uV -> V"),
    ({"format": "int16"}, "format: float32 -> int16"),
    ({"hostname": "elsewhere"}, "hostname: cart -> elsewhere"),
    ({"labels": ("A", "B", "C"), "units": ("uV",) * 3, "types": ("EEG",) * 3}, "labels: 2 channels -> 3"),
]


@pytest.mark.parametrize(("changed", "reason"), CHANGES, ids=[reason.partition(":")[0] for _, reason in CHANGES])
def test_l5_l6_changed_stream_is_refused_with_the_difference(
    bench: LinkHarness, changed: dict[str, object], reason: str
) -> None:
    """It gets no sample into the log, however long it asks; the true one is taken up again."""
    first = bench.amplifier()
    bench.stream(20)
    first.dead = True
    bench.until(bench.in_state("lost"))
    head = SampleLogReader.open(bench.path).head
    impostor = bench.amplifier(**changed)
    bench.stream(30)
    assert bench.link.state == "refused"
    assert reason in bench.reports[-1].reason
    # The head counts gaps too: no gap either is logged while the wrong stream asks.
    assert SampleLogReader.open(bench.path).head == head
    impostor.dead = True
    bench.amplifier()
    bench.until(bench.in_state("streaming"))


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"format": "string"}, "sends string samples"),
        ({"rate_hz": 0.0}, "declares no sampling rate"),
        ({"units": ("", "")}, "set bed.acquire.unit"),
    ],
)
def test_unfit_stream_is_refused(bench: LinkHarness, changed: dict[str, object], reason: str) -> None:
    """What cannot be EEG is never bound."""
    bench.amplifier(**changed)
    bench.stream(5)
    assert bench.link.state == "refused"
    assert reason in bench.reports[-1].reason
    assert not bench.path.exists()


def test_stream_that_cannot_be_opened_is_tried_again(bench: LinkHarness) -> None:
    """Neither a sender that is gone already nor one that does not answer ends the search."""
    bench.network.refuses.extend([LinkLostError("gone"), InputError("no numbers"), LinkLostError("gone")])
    bench.amplifier()
    bench.until(bench.in_state("streaming"))
    assert [report.state for report in bench.reports if report.reason in {"gone", "no numbers"}][:2] == [
        "resolving",
        "refused",
    ]


def test_restarted_process_refuses_another_stream(bench: LinkHarness) -> None:
    """A crash is no way to slip another patient in."""
    first = bench.amplifier()
    bench.stream(20)
    bench.link.close()
    pinned = SampleLogReader.open(bench.path).source
    first.dead = True
    bench.amplifier(labels=("X", "Y"))
    bench.link = bench.new_link(pinned=pinned)
    bench.stream(10)
    assert bench.link.state == "refused"
