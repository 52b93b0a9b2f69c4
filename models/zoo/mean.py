"""The mean of some verifiers as a model folder of its own."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Final, cast

from models.errors import ModelError
from models.networks.mean_verifier import mean_of
from models.networks.whole_head import WholeHead
from models.zoo import card, store
from models.zoo.manifest import Manifest, OperatingPoint

MUST_AGREE: Final = ("architecture", "channels", "rate_hz", "preprocessing")
NOT_CHOSEN: Final = OperatingPoint(0.5, "Not chosen: a detector names its own, of what both say together.")
TEXT: Final = """\
The mean of verifiers, in one network: each judges one candidate of a detector by all groups of the recording, and this
one answers with the mean of their log odds. Members: {names}.

## Limits
- Those of its members: see their cards.
- Figures below are those of the members; on which validation windows stands on their cards. The mean itself was not
  measured when it was made.
"""


def write_mean(folders: Sequence[str | Path], out: Path, command: str) -> Manifest:
    """Write the folder of a verifier whose log odds are the mean of others', and return its manifest.

    Parameters
    ----------
    folders
        of two verifiers or more, or names of the zoo
    command
        by which the folder can be made again, for its card

    Raises
    ------
    ModelError
        if one cannot be read, is named twice, is no verifier, or is of another kind than the first; or if the folder
        is there already, which may be one of theirs
    """
    if out.exists():
        raise ModelError(f"--out {out}: is there already; name another folder")
    members = [store.load(folder) for folder in folders]
    manifests = [one.manifest for one in members]
    for folder, manifest in zip(folders, manifests, strict=True):
        _refuse_other_kind(folder, manifest, manifests[0])
    if len({one.sha256 for one in manifests}) < len(manifests):
        raise ModelError(f"{', '.join(map(str, folders))}: a verifier is named twice; name each once")
    try:
        network = mean_of([cast("WholeHead", one.network) for one in members])
    except ValueError as problem:
        named = ", ".join(map(str, folders))
        raise ModelError(f"{named}: {problem}; name verifiers as `spikewatch train` makes them") from None
    described = _described(manifests, out.resolve().name, command)
    text = TEXT.format(names=", ".join(f"{one.name} ({one.sha256[:8]})" for one in manifests))
    return store.save(out, network, described, card.render(described, text))


def _refuse_other_kind(folder: str | Path, manifest: Manifest, first: Manifest) -> None:
    if manifest.architecture != "whole_head":
        raise ModelError(f"{folder}: is {manifest.architecture}, no verifier (whole_head): name verifiers")
    for key in MUST_AGREE:
        ours, theirs = getattr(first, key), getattr(manifest, key)
        if ours != theirs:
            raise ModelError(f"{folder}: {key} is {theirs}, of the first {ours}: name verifiers of one kind")


def _described(members: Sequence[Manifest], name: str, command: str) -> Manifest:
    first = members[0]
    return dataclasses.replace(
        first,
        name=name,
        parameters={**first.parameters, "members": len(members)},
        montages=tuple(one for one in first.montages if all(one in other.montages for other in members)),
        training_data="; ".join(f"{one.name}: {one.training_data}" for one in members),
        date=max(one.date for one in members),
        command=" && ".join([*(one.command for one in members), command]),
        operating_points={"default": NOT_CHOSEN},
        # Numbered: two trainings may have folders of one name.
        figures={
            f"{n}_{one.name}_{key}": value for n, one in enumerate(members, 1) for key, value in one.figures.items()
        },
    )
