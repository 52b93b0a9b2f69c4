"""The networks of a configuration: opened once, and refused before any engine opens where something does not fit."""

import re
from pathlib import Path

import pytest

from models.engines import openvino
from models.engines.engine import EngineWarning
from models.errors import ModelError
from stream.config.keys import Bed, Condition, Config, Infer
from stream.detect.binding import Binding
from stream.detect.hops import hop_samples
from stream.detect.models import Detectors
from stream.errors import ConfigError
from tests.stream.detect.odd_models import odd_config
from tests.stream.patient import patient_eeg, source_of
from tests.stream.untrained_stream import CONTEXT, WINDOW, config_with, save_untrained


@pytest.mark.parametrize(("hop_ms", "samples"), [(125, 16), (62.5, 8), (15.6, 2), (250, 32), (1000, 128)])
def test_a_hop_is_a_whole_number_of_samples(hop_ms: float, samples: int) -> None:
    """15.6 ms stands for 15.625."""
    assert hop_samples(hop_ms, 128.0) == samples


# 12.8, 16.64 and 17 samples; 5 s are 640, of which 17 is no divisor.
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


def test_yasa_is_asked_for_by_name_and_refused_where_it_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """In one line, with what to install; where it is, `info` says which version stages."""
    config = Config(bed=[Bed(id="a")], infer=Infer(device="cpu", sleep="yasa"))
    monkeypatch.setattr("stream.detect.models.installed", lambda: "")
    with pytest.raises(ConfigError, match=r"pip install \"spikewatch\[yasa\]\""):
        Detectors(config)
    for module in ("models", "binding"):
        monkeypatch.setattr(f"stream.detect.{module}.installed", lambda: "0.8.1")
    binding = Binding(config, config.bed[0], source_of(patient_eeg()[1]), Detectors(config))
    assert binding.sleep_model == {"name": "yasa 0.8.1", "sha256": ""}
    # Five minutes must come again before a stage is told, where the log still has them.
    assert binding.warm_up_s >= 330
    assert binding.pipeline().next_hop_end > 0


@pytest.mark.parametrize(
    "infer", [Infer(detector="sleep-spectral"), Infer(sleep="sc-small"), Infer(detector="none-such")]
)
def test_a_model_that_cannot_do_the_work_is_refused_at_the_start(infer: Infer) -> None:
    """Before any stream is looked for."""
    with pytest.raises(ModelError):
        Detectors(Config(bed=[Bed(id="a")], infer=infer))


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
    """In one line with the key and the remedy; a bed whose montage fits goes on without the other one."""
    opened: list[object] = []
    monkeypatch.setattr("stream.detect.models._opened", lambda *given: opened.append(given))
    config = odd_config(tmp_path, rows, montage=montage)
    with pytest.raises(ConfigError, match=line):
        Detectors(config)
    assert opened == []
    # It is first in the list: a check that stopped at the first bed would let the other pass.
    fits = Bed(id="b", condition=Condition(montage={"mine": ["Fp1-F7"] * rows}))
    detectors = Detectors(config.model_copy(update={"bed": [fits, *config.bed]}))
    assert len(opened) == 1
    assert list(detectors.refused) == ["a"]
    assert re.search(line, detectors.refused["a"])


@pytest.mark.fault
def test_p10_a_band_that_does_not_fit_costs_its_bed_alone() -> None:
    """The detector opens for the others; the bed is refused in one line where its stream is bound."""
    wrong = Bed(id="a", condition=Condition(bandpass_hz=(1.0, 70.0)))
    config = Config(bed=[wrong, Bed(id="b")], infer=Infer(device="cpu", sleep="off"))
    binding = Binding(config, wrong, source_of(patient_eeg()[1]), Detectors(config))
    with pytest.raises(ConfigError, match=r"bed\.condition of a: bandpass_hz = \[1, 70\]"):
        binding.pipeline()


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
    # In the second case 40.5 Hz is 0.45 of 90: a filter's edge keeps clear of half the rate.
    with pytest.raises(ConfigError, match=line):
        Detectors(odd_config(tmp_path, rate_hz=rate_hz, hop_ms=hop_ms, sleep=sleep))


def test_precision_reaches_the_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the processor has no bf16 arithmetic the engine says so instead of using it."""
    monkeypatch.setattr(openvino, "has_bf16", lambda: False)
    with pytest.warns(EngineWarning, match=r"infer\.precision"):
        opened = Detectors(Config(bed=[Bed(id="a")], infer=Infer(device="cpu", precision="bf16", sleep="off")))
    assert opened.of(Bed(id="a")).infer.name == "openvino-fp32-cpu"


def test_a_streaming_model_is_carried_along_and_says_so(tmp_path: Path) -> None:
    """It needs its context before a window, and is warmed up over both after a restart."""
    infer = Detectors(config_with(save_untrained(tmp_path), tmp_path)).of(Bed(id="bed-1")).infer
    assert "-stream-" in infer.name
    assert (infer.context_samples, infer.warm_up_samples) == (CONTEXT, CONTEXT + WINDOW)


def test_a_hop_that_does_not_divide_the_window_of_a_streaming_model_is_refused(tmp_path: Path) -> None:
    """1.5 s are no whole number of hops of 156.25 ms."""
    model = save_untrained(tmp_path)
    # 20 samples: they divide the 640 of the sleep grid, but not the window's 192.
    with pytest.raises(ConfigError, match=r"frame\.hop_ms = 156\.25: model untrained .*1500 ms.*62\.5, 125 or 250"):
        Detectors(config_with(model, tmp_path, hop_ms=156.25))


@pytest.mark.parametrize("name", ["untrained", "sc-small"])
def test_a_hop_in_which_a_discharge_could_be_seen_once_is_refused(name: str, tmp_path: Path) -> None:
    """Two windows of 1.5 s must see it for an event, of either kind of network."""
    model = save_untrained(tmp_path) if name == "untrained" else name
    # (1500 - 110) / 2: a window shows a discharge from 110 ms behind its peak on, and two hops must fit.
    with pytest.raises(ConfigError, match=rf"two windows of 1500 ms .* model {name} misses some: use at most 695"):
        Detectors(config_with(model, tmp_path, hop_ms=1000.0))
