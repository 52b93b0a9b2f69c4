"""A simulated patient: everything about them drawn from one seed, then EEG without end."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from models.simulate.abnormal import LEFT, RIGHT, Ward
from models.simulate.arousals import Arousals
from models.simulate.background import Electrodes, Sources
from models.simulate.benign import Habit, habits
from models.simulate.confounders import Nuisance, nuisances
from models.simulate.epilepsy import Epilepsy
from models.simulate.fields import Scene, head
from models.simulate.heart import Heart
from models.simulate.illness import Ill, Illness, admit, draw
from models.simulate.noise import Canvas, Grid
from models.simulate.reel import Reel
from models.simulate.rhythms import Rhythms
from models.simulate.sleep import Plan, stages
from models.simulate.truth import Confounder, Float32, Ied, Layout, Simulated
from models.sleep_stages import Stage

SEGMENT_S = 4.0  # two of them resolve 0.125 Hz, and a stage lasts many
_BEYOND_S = 8.0  # the longest event that begins in a segment, with room to spare
# Root mean square of a median channel awake; drawn log-uniform, as amplitudes of people spread.
_AMPLITUDES_UV = {"scalp": (5.0, 40.0), "depth": (30.0, 300.0)}


class Patient:
    """Endless simulated EEG with truth; the same seed gives the same patient and the same recording.

    How the recording is cut does not matter: ``next(a)`` and ``next(b)`` joined equal ``next(a + b)``.

    Parameters
    ----------
    seed : int
        Everything is drawn from it.
    layout : Layout
        ``"scalp"`` or ``"depth"``.
    rate_hz : float
        Sampling rate, at least 100.
    labels : sequence of str
        Electrodes; empty for 19 of the 10-20 system, or three depth leads of eight contacts.
    plan : Plan
        ``"night"`` begins awake and cycles, ``"mixed"`` draws stages in any order, or (stage, seconds) pairs.
        Stages change at multiples of `SEGMENT_S`.
    minutes_per_stage : float
        Mean stay in a stage.
    ied_rate_per_min : float
        Mean rate of discharges (a run counts once) in N1; times 0.6 in W, 1.5 in N2, 1.7 in N3, 0.4 in R.
    confounders : bool
        Whether artefacts and benign variants occur. Sleep graphoelements always do.
    arousals : bool
        Whether sleep is broken by arousals. Off by default, because shipped networks were fitted on patients without.
    illness : Illness
        What is abnormal about the patient: ``"drawn"`` (nothing in three patients of four, and in all without
        ``confounders``), ``"none"``, or one of `models.simulate.IllnessName`. Patients with periodic discharges have
        those in place of sporadic ones, at their own pace; at ``ied_rate_per_min`` 0 they have neither.
    gain : float
        Factor on everything, for amplifiers that count in another unit.
    """

    def __init__(
        self,
        seed: int,
        *,
        layout: Layout = "scalp",
        rate_hz: float = 256.0,
        labels: Sequence[str] = (),
        plan: Plan = "night",
        minutes_per_stage: float = 8.0,
        ied_rate_per_min: float = 6.0,
        confounders: bool = True,
        arousals: bool = False,
        illness: Illness = "drawn",
        gain: float = 1.0,
    ) -> None:
        if rate_hz < 100:
            msg = f"rate_hz = {rate_hz}: simulated EEG needs at least 100 Hz"
            raise ValueError(msg)
        # A generator for each part, so that a change in one part leaves the others as they were.
        traits, sources, rhythms, electrodes, benign, artefacts, beats, spikes, sleep, ills, wakings = (
            np.random.default_rng(s) for s in np.random.SeedSequence(seed).spawn(11)
        )
        self.rate_hz = rate_hz
        self._grid = Grid(rate_hz, SEGMENT_S)
        self._head = head(traits, layout, tuple(labels))
        rms_uv = float(np.exp(traits.uniform(*np.log(_AMPLITUDES_UV[layout]))))
        self._unit = np.float32(rms_uv * gain)
        self._beat_rng, self._spike_rng = beats, spikes
        self._stages = stages(plan, minutes_per_stage, sleep)
        self._stage, self._segments_left = self._next_stage()
        self._sources = Sources(self._grid, self._head, self._stage, traits, sources)
        self._rhythms = Rhythms(self._grid, self._head, self._stage, traits, rhythms)
        self._electrodes = Electrodes(self._grid, self._head, rms_uv, self._stage, traits, electrodes)
        self._ill = self._admit(
            illness if confounders or illness != "drawn" else "none", rms_uv, ied_rate_per_min, ills
        )
        self._habits: list[Habit | Nuisance | Arousals] = []
        usual = habits(Scene(self._head, rate_hz, benign), traits, everything=confounders)
        # Who is too ill to sleep has none of its graphoelements, nor the variants of drowsiness.
        self._habits += usual if self._ill.sleeps else ()
        if arousals and self._ill.sleeps:
            self._habits.append(Arousals(Scene(self._head, rate_hz, wakings)))
        if confounders:
            self._habits += nuisances(Scene(self._head, rate_hz, artefacts), traits, rms_uv)
        self._hearts = [Heart(self._grid, self._head, rms_uv, traits)] if confounders else []
        sporadic_per_min = 0.0 if self._ill.periodic else ied_rate_per_min
        self._epilepsy = Epilepsy(self._grid, self._head, sporadic_per_min, traits)
        self._events = Canvas(len(self._head.positions), self._grid, _BEYOND_S)
        self._spikes = Canvas(len(self._head.positions), self._grid, _BEYOND_S)
        self._reel = Reel(self._head.labels, rate_hz, self._grid.segment, self._ill.named)

    def next(self, seconds: float) -> Simulated:
        """Return the next ``seconds`` of the recording, rounded to whole samples."""
        end = self._reel.cut_to + round(seconds * self.rate_hz)
        while self._reel.made < end:
            self._make_segment()
        return self._reel.cut(end)

    def _admit(self, illness: Illness, rms_uv: float, ied_rate_per_min: float, rng: np.random.Generator) -> Ill:
        # Traits from a generator of their own, so that the recording's length does not decide on them.
        traits, ongoing = rng.spawn(2)
        name = draw(illness, self._head.layout, traits)
        side = LEFT if traits.random() < 0.5 else RIGHT
        ward = Ward(self._grid, self._head, rms_uv, side, self._stage, traits, ongoing)
        return admit(name, ward, discharges=ied_rate_per_min > 0)

    def _next_stage(self) -> tuple[Stage, int]:
        stage, seconds = next(self._stages)
        return stage, max(1, round(seconds / SEGMENT_S))

    def _make_segment(self) -> None:
        if self._segments_left == 0:
            self._stage, self._segments_left = self._next_stage()
        self._segments_left -= 1
        brain, begun = self._ill.segment(
            self._sources.segment(self._stage), self._rhythms.segment(self._stage), self._reel.made, self._stage
        )
        self._reel.add_events(self._paint_ieds(self._head.reference @ brain), begun + self._paint_confounders())
        others = brain + self._electrodes.segment(self._stage) + self._events.take()
        discharges = self._head.reference @ self._spikes.take() * self._unit
        samples = self._head.reference @ others * self._unit + discharges
        self._reel.add(self._stage, samples, discharges)

    def _paint_ieds(self, background: Float32) -> list[Ied]:
        ieds = self._epilepsy.segment(self._spikes, self._reel.made, self._stage, background, self._spike_rng)
        for periodic in self._ill.periodic:
            ieds += periodic.segment(self._spikes, self._events, self._reel.made, background)
        return [replace(ied, amplitude_uv=ied.amplitude_uv * float(self._unit)) for ied in ieds]

    def _paint_confounders(self) -> list[Confounder]:
        for heart in self._hearts:
            heart.beat(self._events, self._beat_rng)
        return [
            self._paint(habit.kind, onset, habit.draw())
            for habit in self._habits
            for onset in self._onsets(habit.rate_per_s(self._stage), habit.rng)
        ]

    def _onsets(self, rate_per_s: float, rng: np.random.Generator) -> list[int]:
        count = rng.poisson(rate_per_s * SEGMENT_S)
        return [int(onset) for onset in rng.integers(0, self._grid.segment, count)]

    def _paint(self, kind: str, onset: int, event: tuple[Float32, Float32]) -> Confounder:
        fields, waves = event
        self._events.add(onset, fields, waves)
        first = self._reel.made + onset
        return Confounder(kind, first, first + waves.shape[1])


def simulate(
    seed: int,
    seconds: float,
    *,
    layout: Layout = "scalp",
    rate_hz: float = 256.0,
    labels: Sequence[str] = (),
    plan: Plan = "mixed",
    minutes_per_stage: float = 8.0,
    ied_rate_per_min: float = 6.0,
    confounders: bool = True,
    arousals: bool = False,
    illness: Illness = "drawn",
    gain: float = 1.0,
) -> Simulated:
    """Return the first ``seconds`` of a `Patient`; arguments are theirs, but stages are mixed."""
    patient = Patient(
        seed,
        layout=layout,
        rate_hz=rate_hz,
        labels=labels,
        plan=plan,
        minutes_per_stage=minutes_per_stage,
        ied_rate_per_min=ied_rate_per_min,
        confounders=confounders,
        arousals=arousals,
        illness=illness,
        gain=gain,
    )
    return patient.next(seconds)
