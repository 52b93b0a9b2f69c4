"""Arms of the ablation: what is left out of training, and of what a network is shown."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

Kind = Literal["person", "well", "ill"]
"""Whose windows: of recordings of people, of simulated patients whose background is normal, and of the others."""

EVERYBODY: Final[frozenset[Kind]] = frozenset({"person", "well", "ill"})


@dataclass(frozen=True, slots=True)
class Arm:
    """One training.

    `kinds` of subjects take part; `settings` are set in the recipe; without `sees_ends` the last row of a group, the
    difference between a chain's ends, is zero in training and in use.
    """

    name: str
    kinds: frozenset[Kind] = EVERYBODY
    settings: Mapping[str, object] = field(default_factory=dict)
    sees_ends: bool = True


ARMS: Final = (
    Arm("everything"),
    Arm("without recordings of people", kinds=frozenset({"well", "ill"})),
    Arm("without simulated patients", kinds=frozenset({"person"})),
    Arm("without abnormal background", kinds=frozenset({"person", "well"})),
    Arm("without mining", settings={"mine_rounds": 0}),
    Arm("without the difference between a chain's ends", sees_ends=False),
)
