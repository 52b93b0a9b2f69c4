"""What free text in a recording means: a discharge, a stage of sleep, or words of its own.

A text is a discharge only if it names one and every other word in it is known to leave that so: a place, a side, a
number of them. Whatever else is there ("no spikes", "spike?", "muscle spike artifact", "vertex sharp waves", "spike
x2") may turn it into something else, and so keeps its own words as its label, which `spikewatch data check` lists.
A user who knows better adds words of their own.
"""

import re
from collections.abc import Sequence
from typing import Final

from models.datasets.annotations import Choice, Mark, StageSpan
from models.errors import DataError
from models.signal.electrodes import OLD_NAMES, TEN_TWENTY, contact_or_electrode, electrode

IED: Final = "ied"
"""The label of a discharge, whatever words it was marked with."""
CHOICES: Final = {"ied": Choice("ied", frozenset({IED}))}
"""The one subset of data sets whose remarks are read by these words."""

DISCHARGES: Final = tuple(
    frozenset(words.split())
    for words in (
        "spike", "spikes", "polyspike", "polyspikes", "spsw", "ied", "ieds", "sharp wave", "sharp waves",
        "epileptiform discharge", "epileptiform discharges", "interictal discharge", "interictal discharges",
    )
)  # fmt: skip
"""Words that, together, name a discharge."""

_HARMLESS = (
    "a an and the of at in on with wave waves slow sharp poly complex complexes discharge discharges run runs burst "
    "bursts single isolated focal multifocal generalized generalised bilateral unilateral left right midline l r "
    "anterior mid posterior frontal frontopolar frontocentral central centroparietal parietal temporal frontotemporal "
    "temporoparietal occipital hippocampal mesial lateral epileptiform interictal"
)
HARMLESS: Final = frozenset(_HARMLESS.split())
"""Words beside it that change nothing."""

STAGES_OF_TEXTS: Final[dict[str, str]] = {
    **dict.fromkeys(("sleep stage w", "stage w", "wake", "awake", "waking", "wakefulness"), "W"),
    **dict.fromkeys(("sleep stage 1", "sleep stage n1", "stage 1", "stage n1", "n1", "nrem 1"), "N1"),
    **dict.fromkeys(("sleep stage 2", "sleep stage n2", "stage 2", "stage n2", "n2", "nrem 2"), "N2"),
    **dict.fromkeys(("sleep stage 3", "sleep stage n3", "stage 3", "stage n3", "n3", "nrem 3"), "N3"),
    **dict.fromkeys(("sleep stage 4", "sleep stage n4", "stage 4", "stage n4", "n4", "nrem 4"), "N3"),
    **dict.fromkeys(("sleep stage r", "sleep stage rem", "stage r", "stage rem", "rem", "rem sleep"), "R"),
    **dict.fromkeys(("sleeping", "asleep", "sleep"), "asleep"),
    **dict.fromkeys(("sleep stage ?", "sleep stage n", "sleep stage m", "movement time"), "unknown"),
}
"""EDF+'s own texts first; "Waking" and "Sleeping" as vEpiSet writes them. Stage 4 is N3 since 2007."""

BEGIN, END = "!start", "!end"
"""Two marks between which discharges follow each other, as vEpiSet writes them."""

_PLACES: Final = {name.upper() for name in (*TEN_TWENTY, *OLD_NAMES)}
_LONGEST_LABEL: Final = 60
_MOST_QUOTED: Final = 3


def interpret(
    notes: Sequence[Mark], *, labels: Sequence[str], length_s: float, positive_words: Sequence[str] = ()
) -> tuple[tuple[Mark, ...], tuple[StageSpan, ...]]:
    """Return what notes mean.

    Parameters
    ----------
    notes
        marks whose label is the text as it was written
    labels
        the recording's channels: their names in a text are places
    length_s
        of the recording
    positive_words
        more texts that mean a discharge

    Returns
    -------
    marks
        of label "ied", one for each place that the text names; any other text in lower case with its own words
    stages
        a stage without a duration lasts until the next one

    Raises
    ------
    DataError
        if a "!start" has no "!end", or a discharge or a stage begins outside the recording
    """
    ordered = sorted(notes, key=lambda note: note.onset_s)
    # Under both rules, since a label alone does not say whether T3 is an electrode or a contact of a lead "T".
    known = {name.upper() for label in labels for name in (electrode(label), contact_or_electrode(label))} | _PLACES
    more = [frozenset(_plain(words).split()) for words in positive_words]
    marks = list(_intervals(ordered))
    scored: list[StageSpan] = []
    for note in ordered:
        text = _plain(note.label)
        if text in STAGES_OF_TEXTS:
            scored.append(StageSpan(note.onset_s, note.duration_s, STAGES_OF_TEXTS[text]))
        elif text not in {BEGIN, END}:
            marks.extend(_marks(note, text, known, more))
    # Only of discharges and stages: a technician's remark may well lie before the first sample.
    _refuse_outside([*(mark for mark in marks if mark.label == IED), *scored], length_s)
    return tuple(sorted(marks, key=lambda mark: mark.onset_s)), _lasting(scored, length_s)


def words_of(marks: Sequence[Mark]) -> str:
    """Quote the first few labels that are no discharge: what a person may have meant by one."""
    words = list(dict.fromkeys(mark.label for mark in marks if mark.label != IED))
    return ", ".join(f'"{word}"' for word in words[:_MOST_QUOTED]) + (", ..." if len(words) > _MOST_QUOTED else "")


def no_discharge(marks: Sequence[Mark]) -> str:
    """Return what is to be said where none of some marks is a discharge."""
    return (
        f"none of its words means a discharge ({words_of(marks)}); say which one does with --word, or give a table of "
        "marks, of its header alone if there is no discharge"
    )


def _plain(text: str) -> str:
    return " ".join(text.lower().split())


def _marks(note: Mark, text: str, known: set[str], more: Sequence[frozenset[str]]) -> list[Mark]:
    """Return a note as marks of discharges, one for each place, or as one with its own words."""
    words, places = _taken_apart(text, known)
    # Every other word must be harmless: "no spikes" and "spike?" hold the same words as a discharge, and one more.
    chosen = frozenset[str]().union(*(group for group in (*DISCHARGES, *more) if group <= words))
    if not chosen or not words <= chosen | HARMLESS:
        return [Mark(note.onset_s, note.duration_s, text[:_LONGEST_LABEL], note.derivation)]
    where = [note.derivation] if note.derivation else places or [""]
    return [Mark(note.onset_s, note.duration_s, IED, place) for place in where]


def _taken_apart(text: str, known: set[str]) -> tuple[frozenset[str], list[str]]:
    """Split a text into words and the places it names; EDF+ writes a channel behind "@@"."""
    remark, _, channel = text.partition("@@")
    words: list[str] = []
    places = [contact_or_electrode(channel).upper()] if channel else []
    for token in re.split(r"[\s,;/()&+]+", remark.strip(" .!")):
        ends = token.upper().split("-")
        # "F7-T3" is a place, "spike-wave" two words: only what names electrodes stays together.
        if len(ends) <= 2 and all(end in known for end in ends):
            places.append(token.upper())
        else:
            words += re.split(r"[-_]+", token)
    return frozenset(word for word in words if word), places


def _intervals(notes: Sequence[Mark]) -> list[Mark]:
    """Return the stretches between "!start" and "!end"."""
    found: list[Mark] = []
    begun: Mark | None = None
    for note in notes:
        text = _plain(note.label)
        if text not in {BEGIN, END}:
            continue
        # Half a pair would make all that follows a discharge, or lose one.
        if (text == BEGIN) == (begun is not None):
            raise DataError(f'"{text}" at {note.onset_s:g} s without its other end; complete the pair')
        if begun is None:
            begun = note
        else:
            found.append(Mark(begun.onset_s, note.onset_s - begun.onset_s, IED, begun.derivation))
            begun = None
    if begun:
        raise DataError(f'"{BEGIN}" at {begun.onset_s:g} s without its other end; complete the pair')
    return found


def _lasting(scored: Sequence[StageSpan], length_s: float) -> tuple[StageSpan, ...]:
    """Let a stage without a duration last until the next, or to the end."""
    ends_s = [span.onset_s for span in scored[1:]] + [length_s]
    return tuple(
        StageSpan(span.onset_s, span.duration_s or max(0.0, end_s - span.onset_s), span.stage)
        for span, end_s in zip(scored, ends_s, strict=False)
    )


def _refuse_outside(judged: Sequence[Mark | StageSpan], length_s: float) -> None:
    for one in judged:
        if not 0 <= one.onset_s < length_s:
            what = "a discharge" if isinstance(one, Mark) else "a stage"
            raise DataError(f"{what} is marked at {one.onset_s:g} s of {length_s:g} s; check its times")
