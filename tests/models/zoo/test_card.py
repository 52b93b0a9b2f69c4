"""The card has what was measured, and an evaluation renews that part alone."""

import dataclasses

import pytest

from models.errors import ModelError
from models.zoo import card, store
from models.zoo.manifest import OperatingPoint, OperatingRow
from tests.models.zoo.test_store import a_manifest


def test_an_evaluation_renews_figures_and_points_and_nothing_else() -> None:
    """Text written by hand stays, before and after; a renewed card is the card of the new manifest."""
    # A remark behind the last heading is a person's, who will look for it there again.
    old = card.render(a_manifest(), "Made for one ward.\n") + "\nA remark at the end.\n"
    measured = dataclasses.replace(
        a_manifest(),
        figures={"sensitivity": 0.5},
        temperature=1.25,
        operating_points={"default": OperatingPoint(0.25, "chosen")},
        operating_table=(OperatingRow("scalp", 0.25, 0.5, 12.0),),
    )
    new = card.renewed(old, measured)
    assert new == card.render(measured, "Made for one ward.\n") + "\nA remark at the end.\n"
    assert "| scalp | 0.25 | 0.500 | 12.0 |" in new
    assert "divided by 1.25" in new
    assert "- default: threshold 0.25. chosen" in new


def test_a_card_without_the_headings_is_not_guessed_at() -> None:
    """The line names the model."""
    with pytest.raises(ModelError, match="tiny"):
        card.renewed("# tiny\n", a_manifest())


@pytest.mark.parametrize("name", store.names())
def test_a_shipped_card_has_the_figures_of_its_manifest(name: str) -> None:
    """And a stager's the text that its training writes, so that a card made again loses nothing."""
    shipped, manifest = (store.ZOO / name / "CARD.md").read_text(encoding="utf-8"), store.load(name).manifest
    assert card.renewed(shipped, manifest) == shipped
    texts = {"sleep-spectral": card.SLEEP, "sleep-context": card.SLEEP_CONTEXT}
    if manifest.task == "sleep":
        assert card.render(manifest, texts[name]) == shipped
