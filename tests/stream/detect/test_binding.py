"""Names become objects: which model watches which montage, and what `info` says of it."""

import dataclasses
from pathlib import Path

import pytest
import torch

from models.engines import openvino
from models.engines.engine import EngineWarning
from models.errors import ModelError, MontageError
from models.networks.sc import SC
from models.zoo import store
from stream.config.keys import Acquire, Bed, Condition, Config, Frame, Infer, Merge
from stream.detect.binding import Binding
from stream.detect.models import Detectors, hop_samples
from stream.errors import ConfigError, InputError
from stream.records import Detection
from tests.stream.patient import binding_of, chunk_of, config_in, patient_eeg, run_stages, shipped_detectors, source_of
from tests.stream.untrained_stream import CONTEXT, WINDOW, config_with, save_untrained

SHAFT = tuple(f"LA{k}" for k in range(1, 9))


def bind(config: Config, labels: tuple[str, ...], unit: str = "uV") -> Binding:
    """Bind the first bed with detectors of the configuration's own."""
    return Binding(config, config.bed[0], source_of(labels, unit), Detectors(config))


def detections(binding: Binding) -> list[Detection]:
    """Find the patient's discharges."""
    samples, _ = patient_eeg()
    outcomes = run_stages(binding, binding.pipeline(), [chunk_of(samples, 0, samples.shape[1])])
    return [found for outcome in outcomes for found in outcome.detections]


@pytest.mark.parametrize(("hop_ms", "samples"), [(125, 16), (62.5, 8), (15.6, 2), (250, 32), (1000, 128)])
def test_a_hop_is_a_whole_number_of_samples(hop_ms: float, samples: int) -> None:
    """15.6 ms stands for 15.625."""
    assert hop_samples(hop_ms, 128.0) == samples


@pytest.mark.parametrize("hop_ms", [100, 130, 132.8125])
def test_a_hop_that_fits_no_grid_is_refused_with_the_key(hop_ms: float) -> None:
    """Neither a part of a sample, nor a hop of which 5 s are no multiple."""
    with pytest.raises(ConfigError, match=r"frame\.hop_ms = .*62\.5, 125 or 250"):
        hop_samples(hop_ms, 128.0)


def test_beds_share_one_network() -> None:
    """Weights are loaded once, so that one batch serves all beds."""
    config = Config(bed=[Bed(id="a"), Bed(id="b")], infer=Infer(device="cpu"))
    detectors = Detectors(config)
    assert detectors.of(config.bed[0]) is detectors.of(config.bed[1])


@pytest.mark.parametrize("infer", [Infer(detector="sleep-spectral"), Infer(sleep="sc-small"), Infer(detector="nobody")])
def test_a_model_that_cannot_do_the_work_is_refused_at_the_start(infer: Infer) -> None:
    """Before any stream is looked for."""
    with pytest.raises(ModelError):
        Detectors(Config(bed=[Bed(id="a")], infer=infer))


def save_sc(folder: Path, rows: int, rate_hz: float = 128.0) -> str:
    """Write an untrained detector of so many rows and such a rate."""
    parameters = {"channels": rows, "window_samples": 192, "width": 4}
    shipped = store.load("sc-small").manifest
    manifest = dataclasses.replace(shipped, name="odd", channels=rows, rate_hz=rate_hz, parameters=parameters)
    torch.manual_seed(3)
    store.save(folder / "odd", SC(rows, 192, width=4), manifest, "# odd\n")
    return str(folder / "odd")


def odd_config(
    folder: Path,
    rows: int = 5,
    rate_hz: float = 128.0,
    *,
    montage: str | dict[str, list[str]] = "scalp",
    hop_ms: float = 125.0,
    sleep: str = "auto",
) -> Config:
    """Configure one bed with it."""
    condition = Condition.model_validate({"montage": montage})
    bed = Bed(id="a", acquire=Acquire(unit="uV"), condition=condition)
    infer = Infer(device="cpu", detector=save_sc(folder, rows, rate_hz), sleep=sleep)
    return Config(bed=[bed], frame=Frame(hop_ms=hop_ms), infer=infer)


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
    assert {outcome.windows["scored"] for outcome in outcomes} == {0, groups}


@pytest.mark.parametrize(
    ("rows", "montage", "line"),
    [
        (3, "scalp", r"bed\.condition\.montage of a: .*not of 3: name groups of 3 .*infer\.detector odd takes 3"),
        (
            3,
            {"mine": ["Fp1-F7"] * 5},
            r"bed\.condition\.montage of a: .*5 derivations: give exactly 3.*another detector",
        ),
        (5, {"mine": ["Fp1-F7"]}, r"bed\.condition\.montage of a: .*1 derivations: give exactly 5"),
    ],
)
def test_rows_that_do_not_fit_are_refused_before_an_engine_is_opened(
    rows: int, montage: str | dict[str, list[str]], line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In one line with the key and the remedy; also where another bed's montage would fit."""
    opened: list[object] = []
    monkeypatch.setattr("stream.detect.models.open_engine", lambda *given: opened.append(given))
    config = odd_config(tmp_path, rows, montage=montage)
    fits = Bed(id="b", condition=Condition(montage={"mine": ["Fp1-F7"] * rows}))
    with pytest.raises(ConfigError, match=line):
        Detectors(config.model_copy(update={"bed": [fits, *config.bed]}))
    assert opened == []


def test_a_model_of_another_rate_watches_at_its_own(tmp_path: Path) -> None:
    """Windows are cut at 250 Hz of a stream of 256, and sleep, whose model takes 128, is not staged unasked."""
    config = odd_config(tmp_path, rate_hz=250.0, hop_ms=100)
    binding = bind(config, patient_eeg()[1])
    ready = binding.ready(1, binding.pipeline())
    assert (ready.model_rate_hz, ready.window_s, ready.hop_s, ready.sleep) == (250.0, 0.768, 0.1, {})
    samples, _ = patient_eeg()
    outcomes = run_stages(binding, binding.pipeline(), [chunk_of(samples, 0, samples.shape[1])])
    assert sum(outcome.windows["scored"] for outcome in outcomes) > 500
    assert {outcome.stage for outcome in outcomes} == {"unknown"}


@pytest.mark.parametrize(
    ("rate_hz", "hop_ms", "sleep", "line"),
    [
        (250.0, 125, "auto", r"frame\.hop_ms = 125: the model takes 250 samples .*such as 40, 100 or 200"),
        (
            90.0,
            125,
            "auto",
            r"bed\.condition of a: bandpass_hz = \[1, 50\]: .* to 40\.5 Hz, for infer\.detector odd takes 90",
        ),
        (250.0, 100, "sleep-spectral", r'infer\.sleep = "sleep-spectral": takes 128'),
    ],
)
def test_a_rate_that_does_not_fit_is_refused_in_one_line(
    rate_hz: float, hop_ms: float, sleep: str, line: str, tmp_path: Path
) -> None:
    """The hop, the band, or the sleep model that was asked for by name."""
    with pytest.raises(ConfigError, match=line):
        Detectors(odd_config(tmp_path, rate_hz=rate_hz, hop_ms=hop_ms, sleep=sleep))


def test_precision_reaches_the_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the processor has no bf16 arithmetic the engine says so instead of using it."""
    monkeypatch.setattr(openvino, "has_bf16", lambda: False)
    with pytest.warns(EngineWarning, match=r"infer\.precision"):
        opened = Detectors(Config(bed=[Bed(id="a")], infer=Infer(device="cpu", precision="bf16", sleep="off")))
    assert opened.of(Bed(id="a")).infer.name == "openvino-fp32-cpu"


def test_the_models_own_operating_point_is_the_default() -> None:
    """A number in bed.merge.threshold stands in its place."""
    labels = patient_eeg()[1]
    default = bind(Config(bed=[Bed(id="a")], infer=Infer(device="cpu")), labels)
    assert default.ready(1, default.pipeline()).threshold == default.detector.manifest.threshold
    chosen = bind(Config(bed=[Bed(id="a", merge=Merge(threshold=0.75))], infer=Infer(device="cpu")), labels)
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
    assert ready.sleep["name"] == "sleep-spectral"
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


def test_a_streaming_model_is_carried_along_and_says_so(tmp_path: Path) -> None:
    """It needs its context before a window, and is warmed up over both after a restart."""
    infer = Detectors(config_with(save_untrained(tmp_path), tmp_path)).of(Bed(id="bed-1")).infer
    assert "-stream-" in infer.name
    assert (infer.context_samples, infer.warm_up_samples) == (CONTEXT, CONTEXT + WINDOW)


def test_a_hop_that_does_not_divide_the_window_of_a_streaming_model_is_refused(tmp_path: Path) -> None:
    """1.5 s are no whole number of hops of 156.25 ms."""
    model = save_untrained(tmp_path)
    with pytest.raises(ConfigError, match=r"frame\.hop_ms = 156\.25: model untrained .*1500 ms.*62\.5, 125 or 250"):
        Detectors(config_with(model, tmp_path, hop_ms=156.25))


@pytest.mark.parametrize("name", ["untrained", "sc-small"])
def test_a_hop_in_which_a_discharge_could_be_seen_once_is_refused(name: str, tmp_path: Path) -> None:
    """Two windows of 1.5 s must see it for an event, of either kind of network."""
    model = save_untrained(tmp_path) if name == "untrained" else name
    with pytest.raises(ConfigError, match=rf"two windows of 1500 ms .* model {name} misses some: use at most 695"):
        Detectors(config_with(model, tmp_path, hop_ms=1000.0))
