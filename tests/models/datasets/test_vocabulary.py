"""Words for discharges are taken for discharges, and nothing else is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.datasets.annotations import Mark, StageSpan
from models.datasets.vocabulary import HARMLESS, interpret
from models.errors import DataError

LABELS = ("EEG F7-REF", "EEG T3-REF", "EEG LA1-REF")


def meant(*notes: Mark, words: "tuple[str, ...]" = ()) -> "tuple[tuple[Mark, ...], tuple[StageSpan, ...]]":
    """Interpret notes in a recording of 100 s."""
    return interpret(notes, labels=LABELS, length_s=100.0, positive_words=words)


@pytest.mark.parametrize(
    "text",
    [
        "spike", "Spikes", "SPSW", "sharp wave", "Sharp-wave", "sharp and slow wave complex", "spike-and-wave",
        "spike and slow wave", "polyspike", "poly-spike", "IED", "epileptiform discharge", "left temporal spike",
        "Interictal epileptiform discharges", "generalised spike & wave", "sharp  waves.", "burst of polyspikes",
    ],
)  # fmt: skip
def test_words_for_a_discharge(text: str) -> None:
    """However they are spelt."""
    assert meant(Mark(1.0, 0.5, text)) == ((Mark(1.0, 0.5, "ied"),), ())


@pytest.mark.parametrize(
    "text",
    [
        "no spikes", "sleep spindle", "spike?", "muscle spike artifact", "possible sharp wave", "spike x2", "wave",
        "vertex sharp wave", "wicket spikes", "14 and 6 positive spikes", "small sharp spikes", "sharp transient",
        # A discharge of what, if the text does not say; and contact LB2, which the recording has not.
        "discharge", "eyes open", "non-epileptiform discharge", "spike detection off", "", "left", "F7", "unspiked",
        "stimulation artefact", "slow waves", "electrode spike", "spike LB2",
    ],
)  # fmt: skip
def test_words_that_are_no_sure_discharge_keep_their_own(text: str) -> None:
    """In lower case, to be counted by their words."""
    assert meant(Mark(1.0, 0.0, text)) == ((Mark(1.0, 0.0, " ".join(text.lower().split())),), ())


@given(words=st.lists(st.sampled_from(sorted(HARMLESS - {"wave", "waves", "discharge", "discharges"})), max_size=4),
       stranger=st.text(alphabet="bgjkuvyz", min_size=3, max_size=8))  # fmt: skip
def test_one_unknown_word_is_enough_to_doubt(words: list[str], stranger: str) -> None:
    """Harmless words leave a spike a spike; any stranger among them does not."""
    assert meant(Mark(1.0, 0.0, " ".join([*words, "spike"])))[0][0].label == "ied"
    assert meant(Mark(1.0, 0.0, " ".join([*words, stranger, "spike"])))[0][0].label != "ied"


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("spike F7", ["F7"]),
        ("spike f7-t3", ["F7-T3"]),
        ("spike F7, T3", ["F7", "T3"]),
        ("IED LA1", ["LA1"]),
        ("spike@@EEG T3-REF", ["T3"]),
        ("sharp wave (O2)", ["O2"]),
    ],
)
def test_places_in_a_text_are_the_marks_places(text: str, places: list[str]) -> None:
    """One mark for each; the 10-20 system is known, other contacts only where the recording has them."""
    assert [mark.derivation for mark in meant(Mark(1.0, 0.0, text))[0]] == places
    assert {mark.label for mark in meant(Mark(1.0, 0.0, text))[0]} == {"ied"}


def test_a_place_that_was_given_beside_the_text_is_the_place() -> None:
    """A column for the channel says it best."""
    assert meant(Mark(1.0, 0.0, "spike F7", "T3"))[0] == (Mark(1.0, 0.0, "ied", "T3"),)


def test_words_of_the_callers_own_mean_a_discharge() -> None:
    """All of them, among harmless ones."""
    assert meant(Mark(1.0, 0.0, "Left ETP 3"), words=("etp 3",))[0][0].label == "ied"
    assert meant(Mark(1.0, 0.0, "ETP"), words=("etp 3",))[0][0].label == "etp"


def test_start_and_end_make_a_stretch() -> None:
    """A discharge from the one to the other; half a pair is refused."""
    # Out of order, as a file may have them.
    marks, _ = meant(Mark(5.0, 0.0, "!end"), Mark(2.0, 0.0, "!start"), Mark(9.0, 0.0, "spike"))
    assert marks == (Mark(2.0, 3.0, "ied"), Mark(9.0, 0.0, "ied"))
    for half in (["!start"], ["!end"], ["!start", "!start"]):
        with pytest.raises(DataError, match="without its other end"):
            meant(*(Mark(2.0 + at, 0.0, text) for at, text in enumerate(half)))


@pytest.mark.parametrize(
    ("text", "stage"),
    [("Sleep stage W", "W"), ("Sleep stage 1", "N1"), ("Sleep stage N2", "N2"), ("Sleep stage 4", "N3"),
     ("Sleep stage R", "R"), ("Waking", "W"), ("Sleeping", "asleep"), ("asleep", "asleep"), ("wake", "W"),
     ("Sleep stage ?", "unknown")],
)  # fmt: skip
def test_stages(text: str, stage: str) -> None:
    """As EDF+ and vEpiSet write them."""
    assert meant(Mark(0.0, 30.0, text)) == ((), (StageSpan(0.0, 30.0, stage),))


def test_a_stage_without_a_duration_lasts_until_the_next() -> None:
    """And the last one to the end."""
    _, stages = meant(Mark(10.0, 0.0, "Waking"), Mark(40.0, 0.0, "Sleeping"))
    assert stages == (StageSpan(10.0, 30.0, "W"), StageSpan(40.0, 60.0, "asleep"))


@pytest.mark.parametrize("onset_s", [-0.5, 100.0, 1e9])
def test_a_discharge_outside_the_recording_is_refused(onset_s: float) -> None:
    """Its times are not this recording's; other texts may lie anywhere."""
    for text, what in (("spike", "discharge"), ("waking", "stage")):
        with pytest.raises(DataError, match=rf"a {what} is marked at .* of 100 s; check its times"):
            meant(Mark(onset_s, 0.0, text))
    assert meant(Mark(onset_s, 0.0, "lights off"))[0][0].label == "lights off"
