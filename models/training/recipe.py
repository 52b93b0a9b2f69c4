"""A recipe: everything that decides what comes out of a training, as one record that JSON can hold.

Defaults are iEDeaL's: section 5.1 where the paper states a value, the official code's (qtwang/iEDeaL `util/conf.py`,
`util/train.py`) where it does not. Differs from both: early stopping waits for `patience` epochs without a better
validation F-beta or average precision (official: several rules, none by default), and the best epoch is kept
(official: the last).
"""

import dataclasses
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from models.errors import TrainingError
from models.training.recipe_values import (
    TABLES,
    Augmentation,
    Decay,
    Growth,
    Initialisation,
    Number,
    Optimiser,
    Precision,
    Sampler,
    Threshold,
    check_value,
)


@dataclass(frozen=True, slots=True)
class Recipe:
    """How to train a detector.

    Attributes
    ----------
    architecture, parameters
        A name of `models.networks.registry` and arguments of its class; channels and window_samples come from the
        data.
    loss, loss_options
        A name of `models.training.losses.NEGATIVES` and its options, but for beta.
    beta
        Of F-beta: in the loss, where that has one, and in the choice of the best epoch. 2 favours recall.
    sampler, sampling_ratio, sampling_period
        How an epoch's negatives are drawn ("seasam_reference" by the released code's step rule, which for more than
        half of them takes the first alone); which share of them, 0 for as many as the loss asks for; for how many
        epochs "random" keeps a subset.
    mine_rounds, mine_above
        How often, evenly over the main phase, training negatives are searched for what the network takes for
        discharges, and from which probability on; it comes back in a share of every epoch after that: see
        `models.training.mining`. 0 rounds for none.
    pre_bce_epochs, pre_bce_learning_rate
        Epochs of plain cross entropy on balanced windows before the main phase; 0 for none.
    inc_neg, inc_neg_a, inc_neg_b
        How negatives grow from epoch to epoch: see `models.training.curricula.IncNeg`; "off" for all from the start.
    optimiser
        "sgd" (momentum 0.9, weight decay 1e-4) or "adamw" (weight decay 1e-2).
    learning_rate, last_learning_rate, epochs, decay, warmup_steps
        Of the main phase; the rate falls from epoch to epoch, "linear" or as half a "cosine", and rises to where it
        falls from over the first `warmup_steps`: see `models.training.schedule`.
    average_decay
        What is validated and kept are weights averaged over steps, this share of the average staying at each, as
        `models.training.averaging` says; 0 takes the weights of the last step.
    label_smoothing
        Targets are moved so far towards one half: 0.1 makes 0.95 of 1 and 0.05 of 0.
    batch_windows, clip_norm
        Windows a step, and the largest norm of its gradient; 0 leaves it as it is.
    initialisation
        "lsuv" on windows of both classes, or "torch" as the layers come.
    begin_with
        A model folder, or a name of the zoo, whose weights training begins with in place of `initialisation`; ""
        for none. Of the same architecture and parameters: see `models.training.beginning`.
    patience, grace
        Stop after `patience` epochs without a better validation F-beta or average precision, counted from `grace`
        epochs after IncNeg has let in all negatives; patience 0 never stops early.
    collapse_epochs
        Give up after so many epochs in a row in which neither training nor validation windows are found (F-beta
        below 0.01) and average precision does not rise either; 0 never gives up.
    precision
        "bf16" computes convolutions in bfloat16; weights stay float32. Slower than "fp32" without `amx_bf16`.
    augmentation
        "turn" reads half the groups from their other end and drops derivations: `models.training.augmentation.turn`;
        "turn_and_recolour" also varies spectra, gains and noise: see `models.training.spectral_augmentation`.
        "candidate" varies what a verifier sees: `models.training.candidate_augmentation`; "candidate_and_recolour" also
        spectra, gains and noise. "permute" changes the order of channels within each group of the montage.
    live_prevalence
        Share of windows with a discharge where the model will be used: its bias is moved there in the end, see
        `models.training.prevalence`; 0 leaves it to the training windows' share. For loss "bce".
    threshold
        "half": figures, the choice of the best epoch and the model are at 0.5, as in the paper; "validation": at the
        threshold with the best F-beta on the validation part.
    sleep_weight
        Of the loss of sleep beside that of discharges, for networks that score both (siamese_es); 0 trains discharges
        alone. Windows whose stage is unknown count for discharges alone.
    seed
        Of everything that is random.
    """

    architecture: str = "sc"
    parameters: Mapping[str, Number] = field(default_factory=dict)
    loss: str = "regularised_sasu"
    loss_options: Mapping[str, float] = field(default_factory=dict)
    beta: float = 1.0
    sampler: Sampler = "random"
    sampling_ratio: float = 0.0
    sampling_period: int = 1
    mine_rounds: int = 0
    mine_above: float = 0.1
    pre_bce_epochs: int = 3
    pre_bce_learning_rate: float = 0.01
    inc_neg: Growth = "paper"
    inc_neg_a: float = math.sqrt(2)
    inc_neg_b: float = 2.0
    optimiser: Optimiser = "sgd"
    learning_rate: float = 0.01
    last_learning_rate: float = 1e-5
    epochs: int = 100
    decay: Decay = "linear"
    warmup_steps: int = 0
    average_decay: float = 0.0
    label_smoothing: float = 0.0
    batch_windows: int = 256
    clip_norm: float = 1.0
    initialisation: Initialisation = "lsuv"
    begin_with: str = ""
    patience: int = 10
    grace: int = 5
    collapse_epochs: int = 3
    precision: Precision = "fp32"
    augmentation: Augmentation = "none"
    live_prevalence: float = 0.0
    threshold: Threshold = "half"
    sleep_weight: float = 0.0
    seed: int = 1

    def __post_init__(self) -> None:
        for key in dataclasses.fields(self):
            check_value(key.name, getattr(self, key.name))
        self._check_pairs()

    def _check_pairs(self) -> None:
        if self.last_learning_rate > self.learning_rate:
            raise TrainingError(
                f"recipe: last_learning_rate = {self.last_learning_rate:g} is above learning_rate = "
                f"{self.learning_rate:g}; the rate can only fall"
            )
        if self.inc_neg_a > self.inc_neg_b:
            raise TrainingError(f"recipe: inc_neg_a = {self.inc_neg_a:g} is above inc_neg_b = {self.inc_neg_b:g}")
        if self.live_prevalence and self.loss != "bce":
            raise TrainingError(
                f"recipe: live_prevalence needs loss 'bce', which gives probabilities; {self.loss!r} weighs classes"
            )
        if self.live_prevalence and self.threshold != "half":
            raise TrainingError(
                "recipe: live_prevalence moves probabilities away from a threshold of the validation part"
            )
        if "beta" in self.loss_options:
            raise TrainingError("recipe: loss_options.beta is the recipe's own key; set beta instead")
        if own := {"channels", "window_samples"} & set(self.parameters):
            raise TrainingError(f"recipe: parameters.{min(own)} comes from the data; leave it out")
        if 0 < self.epochs <= self.mine_rounds:
            raise TrainingError(
                f"recipe: mine_rounds = {self.mine_rounds} needs more than {self.epochs} epochs: "
                "each round has epochs before and after it"
            )
        if self.sampler != "random" and self.sampling_period != 1:
            raise TrainingError(f"recipe: sampling_period acts on sampler 'random' alone, not on {self.sampler!r}")

    @classmethod
    def iedeal(cls) -> "Recipe":
        """Return iEDeaL in full: regularised SaSu after PreBCE, with IncNeg."""
        return cls()

    @classmethod
    def plain(cls, loss: str) -> "Recipe":
        """Return a loss alone, without PreBCE and IncNeg."""
        return cls(loss=loss, pre_bce_epochs=0, inc_neg="off")

    def to_json(self) -> str:
        """Return the recipe as JSON that a person can read."""
        return json.dumps(dataclasses.asdict(self), indent=1) + "\n"

    @classmethod
    def from_json(cls, text: str) -> "Recipe":
        """Read a recipe; keys left out keep their defaults.

        Raises
        ------
        TrainingError
            Naming the key that is unknown or has no sense.
        """
        try:
            raw = json.loads(text)
        except ValueError as problem:
            raise TrainingError(f"recipe: no JSON ({problem})") from None
        if not isinstance(raw, dict):
            raise TrainingError("recipe: is no table of keys and values")
        return cls().changed(raw)

    def changed(self, changes: Mapping[str, Any]) -> "Recipe":
        """Return the recipe with other values; an unknown key raises TrainingError."""
        known = {field.name for field in dataclasses.fields(self)}
        if unknown := sorted(set(changes) - known):
            raise TrainingError(f"recipe: unknown key {unknown[0]!r}; there are {', '.join(sorted(known))}")
        return dataclasses.replace(self, **changes)

    def with_settings(self, settings: Iterable[str]) -> "Recipe":
        """Return the recipe with settings as a command line gives them: "epochs=20", "parameters.width=48"."""
        recipe = self
        for setting in settings:
            name, equals, text = setting.partition("=")
            if not equals:
                raise TrainingError(f"--set {setting}: write key=value")
            recipe = recipe.changed(recipe._entry(name.strip(), _value(text.strip())))
        return recipe

    def _entry(self, name: str, value: object) -> dict[str, object]:
        table, dot, key = name.partition(".")
        if not dot:
            return {name: value}
        if table not in TABLES:
            raise TrainingError(f"recipe: unknown key {name!r}; only {' and '.join(TABLES)} have keys of their own")
        return {table: {**getattr(self, table), key: value}}


def _value(text: str) -> object:
    """Return the text's value as JSON, or the text itself where it is none."""
    try:
        value: object = json.loads(text)
    except ValueError:
        return text
    return value
