"""Names become stages: which model analyses which montage, and what `info` reports of it."""

import dataclasses
from pathlib import Path

import pytest

from models.errors import MontageError
from models.networks.sc_stream import StreamSC
from models.zoo import store
from stream.config.keys import Acquire, Bed, Condition, Config, Infer
from stream.config.merge_keys import Merge
from stream.detect.binding import Binding
from stream.detect.models import Detectors
from stream.errors import InputError
from stream.records import Detection
from tests.stream.detect.odd_models import odd_config
from tests.stream.patient import binding_of, chunk_of, config_in, patient_eeg, run_stages, shipped_detectors, source_of

SHAFT = tuple(f"LA{k}" for k in range(1, 9))


def bind(config: Config, labels: tuple[str, ...], unit: str = "uV") -> Binding:
    """Bind the first bed with detectors of the configuration's own."""
    return Binding(config, config.bed[0], source_of(labels, unit), Detectors(config))


def detections(binding: Binding) -> list[Detection]:
    """Find the patient's discharges."""
    samples, _ = patient_eeg()
    outcomes = run_stages(binding, binding.pipeline(), [chunk_of(samples, 0, samples.shape[1])])
    return [found for outcome in outcomes for found in outcome.detections]


@pytest.mark.parametrize(
    ("rows", "montage", "groups"),
    [(1, "scalp", 23), (3, {"mine": ["Fp1-F7", "F7-T3", "T3-T5"]}, 1), (1, {"mine": ["Fp1-F7"]}, 1)],
)
def test_a_model_of_another_number_of_rows_watches_as_many(
    rows: int, montage: str | dict[str, list[str]], groups: int, tmp_path: Path
) -> None:
    """Single derivations of a chain, or the user's own groups: every window has the model's rows and is scored."""
    binding = bind(odd_config(tmp_path, rows, montage=montage), patient_eeg()[1])
    assert {len(names) for names in binding.ready(1, binding.pipeline()).groups.values()} == {rows}
    samples, _ = patient_eeg()
    outcomes = run_stages(binding, binding.pipeline(), [chunk_of(samples, 0, samples.shape[1])])
    # 0 at the start, until there is a whole window; then all groups or none.
    assert {outcome.windows["scored"] for outcome in outcomes} == {0, groups}


def test_a_streaming_model_of_single_derivations_is_carried_along(tmp_path: Path) -> None:
    """Every derivation of the chains is a stream of one row."""
    parameters = {"channels": 1, "window_samples": 192, "width": 4}
    shipped = store.load("sc-small").manifest
    manifest = dataclasses.replace(
        shipped, channels=1, architecture="sc_stream", parameters=parameters, verification=None
    )
    store.save(tmp_path / "one", StreamSC(1, 192, width=4), manifest, "# one\n")
    config = odd_config(tmp_path)
    infer = Infer(device="cpu", detector=str(tmp_path / "one"), sleep="off")
    binding = bind(config.model_copy(update={"infer": infer}), patient_eeg()[1])
    samples, _ = patient_eeg()
    outcomes = run_stages(binding, binding.pipeline(), [chunk_of(samples, 0, samples.shape[1])])
    assert {outcome.windows["scored"] for outcome in outcomes} == {0, 23}  # two of 25 are in two chains


def test_a_model_of_another_rate_watches_at_its_own(tmp_path: Path) -> None:
    """Windows are cut at 250 Hz of a stream of 256, and sleep, whose model takes 128, is not staged unasked."""
    # Not the usual 125 ms: at 250 Hz those are 31.25 samples, and a hop is a whole number of them.
    config = odd_config(tmp_path, rate_hz=250.0, hop_ms=100)
    binding = bind(config, patient_eeg()[1])
    ready = binding.ready(1, binding.pipeline())
    assert (ready.model_rate_hz, ready.window_s, ready.hop_s, ready.sleep) == (250.0, 0.768, 0.1, {})
    samples, _ = patient_eeg()
    outcomes = run_stages(binding, binding.pipeline(), [chunk_of(samples, 0, samples.shape[1])])
    # 20 s of ten hops of five groups would be 1000; the start, while filters settle, is not scored.
    assert sum(outcome.windows["scored"] for outcome in outcomes) > 500
    assert {outcome.stage for outcome in outcomes} == {"unknown"}


def test_the_models_own_operating_point_is_the_default() -> None:
    """A number in bed.merge.threshold stands in its place."""
    labels = patient_eeg()[1]
    default = binding_of(Config(bed=[Bed(id="a")], infer=Infer(device="cpu")), source_of(labels))
    assert default.ready(1, default.pipeline()).threshold == default.detector.manifest.threshold
    # None of the shipped model's own operating points, so it can only be the bed's.
    config = Config(bed=[Bed(id="a", merge=Merge(threshold=0.75))], infer=Infer(device="cpu"))
    chosen = binding_of(config, source_of(labels))
    assert chosen.ready(1, chosen.pipeline()).threshold == 0.75


def test_info_says_what_watches_what() -> None:
    """Groups with their derivations, channels in the stream's order, delays, model and recording."""
    binding = binding_of(config_in(Path()), source_of((*patient_eeg()[1], "ECG")))
    ready = binding.ready(7, binding.pipeline())
    assert (ready.bed, ready.recording, ready.rate_hz, ready.model_rate_hz) == ("bed-1", 7, 256.0, 128.0)
    assert (ready.window_s, ready.hop_s) == (1.5, 0.125)
    assert ready.groups["left-temporal"] == ["Fp1-F7", "F7-T7", "T7-P7", "P7-O1", "Fp1-O1"]
    assert list(ready.channels) == [label for label in patient_eeg()[1] if label in ready.channels]
    assert "ECG" in ready.left_out
    assert ready.detector["sha256"] == binding.detector.manifest.sha256
    assert ready.sleep["name"] == "sleep-context"
    assert set(ready.delay_ms) == {"bandpass", "notch", "antialias", "resample"}


@pytest.mark.parametrize(("sleep", "names"), [("off", {}), ("sleep-spectral", {"sleep-spectral"})])
def test_sleep_is_staged_when_asked_for(sleep: str, names: set[str]) -> None:
    """`off` needs no model, and says so in `info`."""
    config = Config(bed=[Bed(id="a")], infer=Infer(device="cpu", sleep=sleep))
    binding = bind(config, patient_eeg()[1])
    ready = binding.ready(1, binding.pipeline())
    assert {ready.sleep[key] for key in ready.sleep if key == "name"} == set(names)


def test_depth_leads_have_their_own_groups() -> None:
    """Eight contacts are seven pairs: two groups of five, the last aligned to the end."""
    bed = Bed(id="a", condition=Condition(montage="shaft"))
    binding = bind(Config(bed=[bed], infer=Infer(device="cpu")), SHAFT)
    groups = binding.ready(1, binding.pipeline()).groups
    # Pairs 1 to 5 and 3 to 7: three pairs are in both groups, and none is left unwatched.
    assert [rows[0] for rows in groups.values()] == ["LA1-LA2", "LA3-LA4"]


def test_labels_that_make_no_group_are_refused() -> None:
    """With a montage for electrodes that are not there."""
    binding = binding_of(config_in(Path()), source_of(("X1", "X2", "X3")))
    with pytest.raises(MontageError, match="no group"):
        binding.pipeline()


def test_an_unknown_unit_is_refused() -> None:
    """Unless the bed says that any will do."""
    labels = patient_eeg()[1]
    with pytest.raises(InputError, match=r"bed\.acquire\.unit"):
        binding_of(config_in(Path()), source_of(labels, "steps")).pipeline()
    binding_of(config_in(Path(), unit="any"), source_of(labels, "steps")).pipeline()


def test_a_channel_that_is_no_voltage_does_not_cost_the_others() -> None:
    """An electrode's input that was used otherwise is left out by its unit, unless the bed names one for all."""
    labels = patient_eeg()[1]
    source = source_of(labels)
    odd = dataclasses.replace(source, units=("mmHg", *source.units[1:]))
    left_out = binding_of(config_in(Path()), odd).pipeline().montage.left_out
    assert left_out[labels[0]] == 'in "mmHg", which is no voltage'
    assert labels[0] not in binding_of(config_in(Path(), unit="uV"), odd).pipeline().montage.left_out


def test_the_declared_unit_is_that_of_the_amplitude() -> None:
    """The same numbers declared as millivolts are a thousand times too large for EEG, and nothing is found."""
    labels = patient_eeg()[1]
    in_uv = detections(binding_of(config_in(Path()), source_of(labels)))
    assert in_uv
    assert all(found.flags == () for found in in_uv)
    assert detections(binding_of(config_in(Path()), source_of(labels, "mV"))) == []


def test_without_a_unit_the_same_events_are_found_and_flagged() -> None:
    """The network is scale-free; an amplitude in no known unit says so."""
    labels = patient_eeg()[1]
    known = detections(binding_of(config_in(Path()), source_of(labels)))
    unknown = detections(binding_of(config_in(Path(), unit="any"), source_of(labels, "steps")))
    assert [(one.sample, one.group) for one in unknown] == [(one.sample, one.group) for one in known]
    assert {one.flags for one in unknown} == {("unit_unknown",)}


def test_a_table_of_groups_is_watched_as_named() -> None:
    """A montage of the user's own, with the scalp's detector."""
    rows = ["Fp1-F7", "F7-T3", "T3-T5", "T5-O1", "Fp1-O1"]
    bed = Bed(id="a", acquire=Acquire(unit="uV"), condition=Condition(montage={"mine": rows}))
    config = Config(bed=[bed], infer=Infer(device="cpu"))
    binding = Binding(config, bed, source_of(patient_eeg()[1]), shipped_detectors())
    assert list(binding.ready(1, binding.pipeline()).groups) == ["mine"]


def test_labels_that_name_no_electrode_are_given_one(tmp_path: Path) -> None:
    """By bed.condition.aliases: the montage is that of the electrodes; a label that is not there is refused by name."""
    config = config_in(tmp_path)
    names = patient_eeg()[1]
    labels = tuple(f"ch {k}" for k in range(len(names)))
    aliases = tuple(f"{label} = {name}" for label, name in zip(labels, names, strict=True))
    condition = config.bed[0].condition.model_copy(update={"aliases": aliases})
    bed = config.bed[0].model_copy(update={"condition": condition})
    aliased = binding_of(config.model_copy(update={"bed": [bed]}), source_of(labels))
    plain = binding_of(config, source_of(names))
    assert aliased.pipeline().montage.groups == plain.pipeline().montage.groups
    with pytest.raises(MontageError, match=r'bed.condition.aliases: no channel is called "ch 0"; the stream has Fp1'):
        Binding(aliased.config, bed, source_of(names), aliased.detectors).pipeline()
