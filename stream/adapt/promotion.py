"""Swap the model of a bed and swap it back; models are kept beside the journal, and each swap is an audit entry."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from models.engines.verifying import open_verifier
from models.errors import ModelError
from models.zoo import store
from models.zoo.manifest import Manifest
from stream.config import promoted
from stream.config.keys import Bed, BedInfer, Config
from stream.detect.models import OFF, check_fit, detector_name
from stream.errors import ConfigError
from stream.logbook.journal import Journal
from stream.schema.outgoing import audit_outgoing

HASH_DIGITS: Final = 12
"""Of a model's sha256, in the name of the folder that keeps it."""


@dataclass(frozen=True, slots=True)
class Swap:
    """What a bed had and what it has from the next start or reload on; each "name sha256", or "off"."""

    bed: str
    before: str
    after: str


class Promotion:
    """The promoted models of one bed.

    Raises
    ------
    ConfigError
        if there is no journal, whose audit is to tell of every swap
    """

    def __init__(self, config: Config, bed: Bed, by: str) -> None:
        self._config, self._bed, self._by = config, bed, by
        self._journal = config.journal.path
        self._place = promoted.place(self._journal)
        if not self._journal.is_file():
            raise ConfigError(f"journal.path {self._journal}: no such file; `spikewatch run` makes it")

    def promote(self, folder: Path) -> Swap:
        """Give the bed a copy of a model, so that deleting a run's folder takes no model from a bed.

        Raises
        ------
        ModelError
            if it cannot be loaded, or finds no discharges
        ConfigError
            if it does not fit the bed, or is the bed's already
        """
        manifest = _usable(folder, self._bed, self._config)
        if _said(manifest) == self._said_now():
            raise ConfigError(f"{folder}: bed {self._bed.id} has this model already; there is nothing to promote")
        kept = self._place / self._bed.id / manifest.sha256[:HASH_DIGITS]
        if not kept.exists():
            _copy(store.locate(folder), kept)
        history = promoted.read(self._place)
        return self._swap("promote", {**history, self._bed.id: [*history.get(self._bed.id, ()), str(kept)]})

    def rollback(self) -> Swap:
        """Give the bed the model back that it had before the last promotion.

        Raises
        ------
        ConfigError
            if none was promoted
        ModelError
            if that model cannot be loaded any more
        """
        history = promoted.read(self._place)
        models = history.get(self._bed.id, [])
        if not models:
            raise ConfigError(f"bed {self._bed.id}: no model was promoted; there is nothing to take back")
        if models[:-1]:
            _usable(Path(models[-2]), self._bed, self._config)
        return self._swap("rollback", {**history, self._bed.id: models[:-1]})

    def _swap(self, action: str, history: Mapping[str, list[str]]) -> Swap:
        before = self._said_now()
        models = history[self._bed.id]
        # Opened first: a swap whose journal cannot be written would stand without its audit entry, so it is refused
        # here.
        journal = Journal(self._journal)
        try:
            promoted.write(self._place, history)
            self._bed = self._bed.model_copy(update={"infer": BedInfer(detector=models[-1] if models else "default")})
            swap = Swap(self._bed.id, before, self._said_now())
            detail = {"before": swap.before, "after": swap.after, "by": self._by}
            journal.post(swap.bed, [audit_outgoing(swap.bed, action, detail, datetime.now(UTC))])
        finally:
            journal.close()
        return swap

    def _said_now(self) -> str:
        name = detector_name(self._config, self._bed)
        return OFF if name == OFF else _said(store.load(name).manifest)


def _usable(folder: Path, bed: Bed, config: Config) -> Manifest:
    """Return the manifest of a model that the bed can work with, its files verified."""
    manifest = store.load(folder).manifest
    if manifest.task != "ied":
        raise ModelError(f"{folder}: does {manifest.task}, and a bed's detector finds discharges; name such a model")
    check_fit(manifest, bed, config)
    open_verifier(manifest)
    return manifest


def _said(manifest: Manifest) -> str:
    return f"{manifest.name} {manifest.sha256}"


def _copy(folder: Path, kept: Path) -> None:
    # Beside its place first: an interrupted copy must not be taken for a model.
    partial = kept.with_suffix(".partial")
    try:
        shutil.rmtree(partial, ignore_errors=True)
        shutil.copytree(folder, partial)
        partial.rename(kept)
    except OSError as problem:
        raise ConfigError(f"{kept}: cannot be written ({problem.strerror}); {promoted.REMEDY}") from None
