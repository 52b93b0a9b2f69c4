"""A bed's model adapted to its reviews: from journal and recordings to a model folder."""

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, cast

import numpy as np

from models.engines.verifying import Verifier, open_verifier
from models.errors import ModelError
from models.networks.whole_head import WholeHead
from models.training.adaptation import AdaptationLoss, HeldOut, adapted, held_out
from models.training.looks import Judged, joined
from models.zoo import card, store
from models.zoo.manifest import Manifest, OperatingPoint
from models.zoo.store import LoadedModel
from stream.adapt.looking import looks_of
from stream.adapt.matching import began_utc_s, matched
from stream.config import promoted
from stream.config.keys import Bed, BedInfer, Config
from stream.detect.models import OFF, Detectors, detector_name
from stream.errors import ConfigError, InputError
from stream.review.bed_review import BedReview

FEWEST: Final = 10
"""Reviewed events without which nothing is adapted: `bench.adaptation` measures from there on."""
VERIFIER: Final = "verifier"


@dataclass(frozen=True, slots=True)
class Adapted:
    """What came of it: where the model is, of which one it was made, and from how many events."""

    folder: Path
    base: str
    name: str
    sha256: str
    accepted: int
    rejected: int
    background: int
    loss: AdaptationLoss
    held_out: HeldOut


@dataclass(frozen=True, slots=True)
class Request:
    """Which bed's reviews are learned from, in which recordings, and where the model goes."""

    config: Config
    bed: Bed
    recordings: Sequence[Path]
    out: Path
    loss: AdaptationLoss
    command: str


def adapt(request: Request, review: BedReview, report: Callable[[str], None] = lambda _line: None) -> Adapted:
    """Adapt the verifier of the bed's model, as it was before any promotion, and write the folder of the result.

    Raises
    ------
    ConfigError
        if the folder is there already, or the bed is not watched for discharges
    ModelError
        if its model has no verifier
    InputError
        if fewer than FEWEST reviewed events are found in the recordings, or none was accepted
    """
    if request.out.exists():
        raise ConfigError(f"--out {request.out}: is there already; name another folder")
    plain = _alone(request.config, request.bed)
    base, verifier, judging = _models(plain)
    detectors = Detectors(plain)
    judged, names = _judged(request, plain, review, (detectors, verifier, _network(judging)), report)
    network, weight = _network(judging), verifier.weight
    found = held_out(network, judged, weight, request.loss)
    own = adapted(network, judged, weight, request.loss)
    text = _training_data(judged, names, request.loss)
    manifest = _write(request, base, LoadedModel(own, _with_examples(judging.manifest, own)), text, found)
    true = int(judged.true.sum())
    background = int((judged.event < 0).sum())
    return Adapted(
        request.out, base.manifest.name, manifest.name, manifest.sha256, true, len(judged.true) - true, background,
        request.loss, found,
    )  # fmt: skip


def _alone(config: Config, bed: Bed) -> Config:
    """Return a configuration of this bed alone, with the model it had before any promotion, and no sleep."""
    # An adapted model is not adapted again: the weights would be held to the last adaptation's, and move further from
    # the original with each one.
    own = BedInfer() if promoted.is_kept(Path(bed.infer.detector)) else bed.infer
    awake = config.infer.model_copy(update={"sleep": "off"})
    return config.model_copy(update={"bed": [bed.model_copy(update={"infer": own})], "infer": awake})


def _models(config: Config) -> tuple[LoadedModel, Verifier, LoadedModel]:
    [bed] = config.bed
    name = detector_name(config, bed)
    if name == OFF:
        raise ConfigError(f'bed {bed.id}: infer.detector = "off", so there is no model to adapt')
    base = store.load(name)
    verifier, asked = open_verifier(base.manifest), base.manifest.verification
    if verifier is None or asked is None:
        raise ModelError(f"model {base.manifest.name} of bed {bed.id} has no verifier, and that is what is adapted")
    return base, verifier, store.load(asked.model)


def _network(loaded: LoadedModel) -> WholeHead:
    # `open_verifier` has refused every verifier that is not a WholeHead.
    return cast("WholeHead", loaded.network)


def _with_examples(manifest: Manifest, own: WholeHead) -> Manifest:
    examples = 0 if own.own is None else len(own.own.weights)
    parameters = {**manifest.parameters, "channels": own.channels, "examples": examples}
    return dataclasses.replace(manifest, parameters=parameters, channels=own.channels)


def _judged(
    request: Request,
    plain: Config,
    review: BedReview,
    models: tuple[Detectors, Verifier, WholeHead],
    report: Callable[[str], None],
) -> tuple[Judged, list[str]]:
    detectors, verifier, network = models
    parts: list[Judged] = []
    for path in request.recordings:
        looks, length_s, start = looks_of(plain, plain.bed[0], detectors, verifier, network, path, report)
        began_s = began_utc_s(start, path)
        odds = looks.verified(network, verifier.weight)
        found = matched(review.events, review.verdicts, looks, odds, (began_s, began_s + length_s), str(path))
        true = int(found.judged.true.sum())
        report(
            f"{path}: {true} accepted and {len(found.judged.true) - true} rejected events, clock {found.ahead_s:+.2f} s"
        )
        parts.append(found.judged)
    whole = _whole(parts)
    _check_enough(whole)
    return whole, [path.name for path in request.recordings]


def _whole(parts: Sequence[Judged]) -> Judged:
    firsts = np.cumsum([0, *(len(part.true) for part in parts[:-1])])
    numbered = [np.where(part.event < 0, -1, part.event + first) for part, first in zip(parts, firsts, strict=True)]
    looks = joined([part.looks for part in parts])
    return Judged(looks, np.concatenate(numbered), np.concatenate([part.true for part in parts]))


def _check_enough(judged: Judged) -> None:
    events, true = len(judged.true), int(judged.true.sum())
    if events < FEWEST:
        raise InputError(f"{events} reviewed events in these recordings, {FEWEST} are needed; review more of them")
    if not true:
        raise InputError(f"all {events} reviewed events were rejected; accept some, or there is nothing to find")
    if not (judged.labels == 0).any():
        raise InputError("nothing was rejected, and the recordings hold no background; give a longer recording")


def _training_data(judged: Judged, names: Sequence[str], loss: AdaptationLoss) -> str:
    true = int(judged.true.sum())
    return (
        f"with examples, weighted by loss {loss}: {true} accepted and {len(judged.true) - true} rejected events, and "
        f"{int((judged.event < 0).sum())} looks at background, of {len(names)} recording(s) of one patient"
    )


def _write(request: Request, base: LoadedModel, judging: LoadedModel, text: str, found: HeldOut) -> Manifest:
    """Write verifier and detector; the detector's file names the verifier's hash, so that its own tells them apart."""
    limits = _limits(base.manifest, found)
    of_verifier = _changed(request, judging.manifest, text, found)
    written = store.save(request.out / VERIFIER, judging.network, of_verifier, card.render(of_verifier, limits))
    asked = base.manifest.verification
    manifest = dataclasses.replace(
        _changed(request, base.manifest, f"as it is, its verifier: {text}", found),
        operating_table=(),
        auto=False,
        verification=dataclasses.replace(asked, model=store.WITHIN + VERIFIER) if asked else None,
    )
    metadata = {"verifier_sha256": written.sha256}
    return store.save(request.out, base.network, manifest, card.render(manifest, limits), metadata)


def _changed(request: Request, manifest: Manifest, text: str, found: HeldOut) -> Manifest:
    points = {
        name: OperatingPoint(point.threshold, f"That of {manifest.name}; not measured anew.")
        for name, point in manifest.operating_points.items()
    }
    return dataclasses.replace(
        manifest,
        name=f"{manifest.name}-{request.bed.id}",
        training_data=f"{manifest.name} ({manifest.sha256[:8]}) {text}",
        operating_points=points,
        date=datetime.now(UTC).date().isoformat(),
        command=request.command,
        figures=_figures(found),
    )


def _figures(found: HeldOut) -> dict[str, float]:
    # JSON knows no NaN.
    if found.verdict == "too few":
        return {}
    return {"held_out_pairs_right": found.after, "held_out_pairs_right_before": found.before}


def _limits(base: Manifest, found: HeldOut) -> str:
    said = "; ".join(f"{name.replace('_', ' ')} {value:.3f}" for name, value in _figures(found).items())
    return f"""\
{base.name} for one patient: its verifier judges by likeness to events that somebody reviewed, too.

## Limits
- Made for one patient. For any other, {base.name} is the model.
- Holds what its examples look like: the field and the course of each, at unit length, and no other EEG. They say
  nothing of recordings with another number of derivations, which are judged as by {base.name}.
- Held-out reviews: {found.verdict}{f" ({said})" if said else ""}. Reviewed events are those that were told: what was
  missed was never judged, so nothing here says how much is found.
- Thresholds are those of {base.name}, and were not measured anew; `spikewatch review draw` says what they promise.
"""
