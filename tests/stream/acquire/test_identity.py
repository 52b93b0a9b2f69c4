"""Identity: one stream or none, every difference named, every unit known or refused."""

from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.acquire.identity import NoMatch, changes, described, match, steady_source_id, unfit
from stream.config.keys import Acquire
from stream.records import Source

SOURCE = Source(
    name="ward",
    type="EEG",
    source_id="amp-1",
    hostname="cart-3",
    uid="u-1",
    rate_hz=256.0,
    format="float32",
    labels=("Fp1", "F3", "C3"),
    units=("uV", "uV", "uV"),
    types=("EEG", "EEG", "EEG"),
)
OTHER = replace(SOURCE, name="gait", source_id="amp-2", hostname="lab", uid="u-2")


@pytest.mark.parametrize(
    "wanted",
    [
        Acquire(name="ward"),
        Acquire(source_id="amp-1"),
        Acquire(hostname="cart-3"),
        Acquire(name="ward", type="EEG", source_id="amp-1", hostname="cart-3"),
    ],
)
def test_one_stream_that_has_every_key_is_found(wanted: Acquire) -> None:
    """Any key may tell two streams apart."""
    assert match(wanted, [OTHER, SOURCE]) == SOURCE


@pytest.mark.parametrize(
    "wanted",
    [
        Acquire(name="LiveSystem"),
        Acquire(name="ward", source_id="amp-2"),
        Acquire(name="ward", type="ECG"),
        Acquire(name="war"),
    ],
)
def test_one_key_amiss_is_no_match(wanted: Acquire) -> None:
    """Nothing is guessed: neither case, nor part of a name, nor all keys but one."""
    answer = match(wanted, [OTHER, SOURCE])
    assert isinstance(answer, NoMatch)
    assert not answer.several
    assert f'no stream matches name = "{wanted.name}"' in answer.reason


@pytest.mark.parametrize(
    ("changed", "wanted", "amiss"),
    [
        ({"type": "Signal"}, Acquire(name="ward"), 'is of type "Signal", not "EEG"'),
        ({"name": "Ward"}, Acquire(name="ward"), 'is of name "Ward", not "ward"'),
        ({"source_id": ""}, Acquire(name="ward", source_id="amp-1"), 'is of source_id "", not "amp-1"'),
        ({"hostname": "lab"}, Acquire(name="ward", hostname="cart-3"), 'is of hostname "lab", not "cart-3"'),
    ],
)
def test_a_stream_that_differs_in_one_key_is_named_with_both_values(
    changed: dict[str, str], wanted: Acquire, amiss: str
) -> None:
    """Beside others that are further off and not listed."""
    near, far = replace(SOURCE, **changed), replace(OTHER, type="ECG")  # type: ignore[arg-type]
    answer = match(wanted, [far, near])
    assert isinstance(answer, NoMatch)
    assert answer.reason.endswith(f"; {described(near)} {amiss}")


def test_the_stream_of_this_name_comes_before_those_of_other_beds() -> None:
    """Streams of a ward differ in the name alone; three of them are listed, and this one first."""
    others = [replace(SOURCE, name=f"a-{number}", uid=f"u-{number}") for number in range(9)]
    answer = match(Acquire(name="ward"), [*others, replace(SOURCE, type="Biosignal")])
    assert isinstance(answer, NoMatch)
    assert answer.reason.startswith('no stream matches name = "ward", type = "EEG"; "ward" (type "Biosignal"')


def test_where_no_stream_is_near_all_are_listed_in_one_order() -> None:
    """With the type, a key of the search like the others."""
    wanted = Acquire(name="monitor", source_id="amp-9")
    answer = match(wanted, [SOURCE, OTHER])
    assert isinstance(answer, NoMatch)
    assert answer.reason.endswith(f"; visible: {described(OTHER)}; {described(SOURCE)}")
    assert described(OTHER) == '"gait" (type "EEG", 3 x 256 Hz float32, source_id "amp-2", host lab)'
    assert match(wanted, [OTHER, SOURCE]) == answer


@pytest.mark.parametrize(("declared", "wanted"), [("eeg", "EEG"), ("EEG ", "EEG"), ("Signal", "signal")])
def test_a_type_is_the_same_word_in_any_case(declared: str, wanted: str) -> None:
    """Senders write it as they like; a name is compared letter by letter."""
    source = replace(SOURCE, type=declared)
    assert match(Acquire(name="ward", type=wanted), [source]) == source


def test_several_matches_are_none_and_all_are_listed() -> None:
    """Two candidates are one too many."""
    answer = match(Acquire(), [OTHER, SOURCE])
    assert isinstance(answer, NoMatch)
    assert answer.several
    assert answer.reason == (
        f'2 streams match type = "EEG": {described(OTHER)}; {described(SOURCE)}; '
        "give name or source_id or hostname in [bed.acquire]"
    )


@pytest.mark.parametrize(
    ("other", "remedy"),
    [
        ({"source_id": "amp-2"}, "give source_id in [bed.acquire]"),
        ({"hostname": "cart-2"}, "give hostname in [bed.acquire]"),
        ({}, "no key of [bed.acquire] tells them apart: end the sender that is not this patient's, or restart both"),
    ],
)
def test_of_several_matches_the_key_that_differs_is_the_remedy(other: dict[str, str], remedy: str) -> None:
    """A sender that hangs beside the one that was started in its place differs in none."""
    answer = match(Acquire(), [SOURCE, replace(SOURCE, uid="u-9", **other)])  # type: ignore[arg-type]
    assert isinstance(answer, NoMatch)
    assert answer.reason.endswith(f"; {remedy}")


def test_source_ids_that_pylsl_made_up_tell_no_streams_apart() -> None:
    """At the next start they are others."""
    made_up = [replace(SOURCE, uid=uid, source_id=uid) for uid in ("-1234567890123456789", "2345678901234567890")]
    answer = match(Acquire(), made_up)
    assert isinstance(answer, NoMatch)
    assert "no key of [bed.acquire] tells them apart" in answer.reason


def test_nothing_visible_names_the_ports() -> None:
    """A firewall is the usual cause."""
    answer = match(Acquire(name="ward"), [])
    assert isinstance(answer, NoMatch)
    # The port at which LSL asks who is there.
    assert "UDP 16571" in answer.reason


def test_l9_long_lists_and_strange_names_stay_one_short_line() -> None:
    """Names come from strangers: quotes, markup, control characters, 20,000 letters."""
    for name in ("O'Brien", "<a>&", "\x1b[2J\n", "x" * 20_000):
        strange = [replace(SOURCE, name=name, uid=str(number)) for number in range(9)]
        answer = match(Acquire(name="ward"), strange)
        assert isinstance(answer, NoMatch)
        assert answer.reason.isprintable()
        # Three are listed, each name and source_id cut to 60 characters.
        assert len(answer.reason) < 1000
        assert answer.reason.endswith("and 6 more")
        assert match(Acquire(name=name), strange[:1]) == strange[0]


# Each of the type that its field has; the fields of text become "other".
OTHER_VALUES: dict[str, Any] = {
    "rate_hz": 512.0,
    "labels": ("Fp1", "C3", "F3"),
    "units": ("V", "V", "V"),
    "types": ("EEG", "EEG", "ECG"),
}


@given(st.sets(st.sampled_from([field.name for field in fields(Source)])))
def test_changes_names_each_field_that_differs_and_no_other(names: set[str]) -> None:
    """Everything but the uid is part of the identity."""
    new = replace(SOURCE, **{name: OTHER_VALUES.get(name, "other") for name in names})
    assert {line.partition(":")[0] for line in changes(SOURCE, new)} == names - {"uid"}


def test_changes_read_as_old_and_new() -> None:
    """The first channel that differs stands for the rest."""
    swapped = replace(SOURCE, rate_hz=512.0, labels=("Fp1", "C3", "F3"))
    assert changes(SOURCE, swapped) == ("rate_hz: 256.0 -> 512.0", "labels: channel 2 F3 -> C3 and 1 more")
    fewer = replace(SOURCE, labels=("Fp1",))
    assert changes(SOURCE, fewer) == ("labels: 3 channels -> 1",)


@pytest.mark.parametrize(
    ("declared", "steady"),
    # A hash has 15 to 20 digits; the serial number of an amplifier, like 12345, has fewer.
    [("amp-1", "amp-1"), ("12345", "12345"), ("", ""), ("-5293843721838475612", ""), ("1234567890123456789", "")],
)
def test_l10_source_id_that_pylsl_made_up_is_none(declared: str, steady: str) -> None:
    """It is a salted hash, another one at every start of the sender."""
    assert steady_source_id(declared) == steady


@pytest.mark.parametrize(
    ("source", "unit", "complaint"),
    [
        (SOURCE, "auto", ""),
        (replace(SOURCE, units=("", "", "")), "uV", ""),
        (replace(SOURCE, units=("", "", "")), "any", ""),
        (replace(SOURCE, units=("", "", "")), "auto", "declares no voltage unit; set bed.acquire.unit"),
        (
            replace(SOURCE, units=("", "", ""), labels=("1", "2", "3")),
            "auto",
            "mend its description, or set bed.acquire.unit and bed.condition.aliases",
        ),
        (replace(SOURCE, format="string"), "any", "sends string samples"),
        (replace(SOURCE, rate_hz=0.0), "any", "declares no sampling rate"),
    ],
)
def test_stream_that_cannot_be_eeg_is_unfit_in_one_line(source: Source, unit: str, complaint: str) -> None:
    """Text, irregular rates and unknown units are refused with a remedy."""
    answer = unfit(source, unit)
    assert complaint in answer
    assert bool(complaint) == bool(answer)
