"""The spectral stager is causal, indifferent to chunks, rows, unit and bad samples, and says when it is not ready."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from models.engines.opening import open_engine
from models.errors import ModelError
from models.networks.spectral import BANDS_HZ, BURST_QUANTILE, SpectralClassifier, band_powers, epoch_features
from models.simulate import Stage, simulate
from models.sleep.stager import RESULT_SAMPLES, Stager, StageResult
from models.sleep_stages import STAGES
from models.zoo import store

SECONDS = 45


def asleep(seconds: int = SECONDS, depth: Stage = "N3") -> "np.ndarray[tuple[int, ...], np.dtype[np.float32]]":
    """Return (3, n) of simulated scalp derivations at 128 Hz in one stage."""
    # The model's own rate: nothing is resampled, so that the test is of the stager alone.
    made = simulate(4, seconds, rate_hz=128.0, plan=((depth, 400.0),), confounders=False, ied_rate_per_min=0)
    electrodes = [made.labels.index(name) for name in ("F3", "C3", "P3", "O1")]
    return -np.diff(made.samples[electrodes], axis=0)


def stage(samples: "np.ndarray", cuts: "list[int]", valid: "np.ndarray | None" = None) -> list[StageResult]:
    """Push samples in pieces cut at given places."""
    stager = Stager(store.load("sleep-spectral"))
    mask = np.ones(samples.shape, bool) if valid is None else valid
    # Equal cuts make empty chunks, which have to be harmless.
    edges = pairwise([0, *sorted(cuts), samples.shape[1]])
    return [result for a, b in edges for result in stager.push(samples[:, a:b], mask[:, a:b])]


def test_a_result_every_five_seconds_ready_after_thirty() -> None:
    """Results end at multiples of 5 s; until 30 s were seen the stage is unknown, then it is deep sleep."""
    results = stage(asleep(), [])
    assert [r.end for r in results] == list(range(RESULT_SAMPLES, SECONDS * 128 + 1, RESULT_SAMPLES))
    assert [r.ready for r in results] == [False] * 5 + [True] * 4
    assert {r.stage for r in results if not r.ready} == {"unknown"}
    assert results[-1].stage == "N3"
    assert stage(asleep(depth="W"), [])[-1].stage == "W"
    assert all(sum(r.probabilities.values()) == pytest.approx(1, abs=1e-5) for r in results)
    assert all(r.lookahead_s == 0 for r in results)


@settings(max_examples=8, deadline=None)
@given(st.lists(st.integers(0, SECONDS * 128), max_size=12))
def test_chunks_do_not_matter(cuts: list[int]) -> None:
    """Any cutting of the same samples gives the same results, bit for bit."""
    samples = asleep()
    assert stage(samples, cuts) == stage(samples, [])


def test_the_future_does_not_matter() -> None:
    """Changing samples after 35 s leaves every result up to there as it was."""
    samples = asleep()
    other = samples.copy()
    other[:, 35 * 128 :] *= -np.random.default_rng(1).uniform(0, 9, other[:, 35 * 128 :].shape).astype(np.float32)
    assert stage(samples, [])[:7] == stage(other, [])[:7]
    assert stage(samples, [])[7:] != stage(other, [])[7:]


def test_unit_does_not_matter() -> None:
    """Microvolts or volts give the same stages."""
    volts = stage(asleep() * np.float32(1e-6), [])
    for a, b in zip(stage(asleep(), []), volts, strict=True):
        assert a.stage == b.stage
        assert a.probabilities == pytest.approx(b.probabilities, abs=1e-3)


def test_bad_samples_make_it_say_that_it_does_not_know() -> None:
    """With no valid row for most of the epoch the stage is unknown; one valid row is enough."""
    samples = asleep(60)
    valid = np.ones(samples.shape, bool)
    valid[:2] = False
    assert stage(samples, [], valid)[-1].ready
    # From 35 s on no row is left: of the last epoch, 30 to 60 s, a sixth is valid.
    valid[:, 35 * 128 :] = False
    results = stage(samples, [], valid)
    assert results[6].ready
    assert not results[-1].ready
    assert results[-1].stage == "unknown"


def test_reset_starts_a_new_epoch() -> None:
    """After a gap the stager needs another 30 s, and counts samples on."""
    stager = Stager(store.load("sleep-spectral"))
    samples = asleep()
    mask = np.ones(samples.shape, bool)
    assert stager.push(samples, mask)[-1].ready
    stager.reset()
    later = stager.push(samples, mask)
    assert later[0].end == SECONDS * 128 + RESULT_SAMPLES
    assert [r.ready for r in later] == [False] * 5 + [True] * 4


def test_band_powers_find_the_band() -> None:
    """A 10-Hz sine lies in alpha; shares sum to one."""
    t = torch.arange(256) / 128
    shares = band_powers(torch.sin(2 * torch.pi * 10 * t)).exp()
    assert float(shares.sum()) == pytest.approx(1)
    assert float(shares[3]) > 0.99


def test_band_powers_are_sums_over_the_frequencies_of_each_band() -> None:
    """Against numpy's spectrum of each row, band by band."""
    rows = torch.randn(4, 256)
    hz = np.fft.rfftfreq(256, 1 / 128)
    for row, shares in zip(rows.double().numpy(), band_powers(rows).exp().tolist(), strict=True):
        # A periodic Hann window is the symmetric one of a sample more, without its last.
        power = np.abs(np.fft.rfft((row - row.mean()) * np.hanning(257)[:256])) ** 2
        bands = np.array([power[(low <= hz) & (hz < high)].sum() for low, high in BANDS_HZ.values()])
        assert shares == pytest.approx(bands / bands.sum(), rel=1e-4)


@pytest.mark.parametrize("lost", [0.0, 0.3, 0.9])
def test_features_are_the_medians_and_quantiles_of_what_is_there(lost: float) -> None:
    """The same numbers as torch's own functions that pass over NaN; one row is lost altogether."""
    shares = torch.randn(29, 7, len(BANDS_HZ))
    shares[torch.rand(shares.shape) < lost] = torch.nan
    shares[:, 3] = torch.nan
    middle = shares.nanmedian(dim=0).values
    bursts = torch.nanquantile(shares, BURST_QUANTILE, dim=0) - middle
    assert torch.equal(epoch_features(shares), torch.cat([middle, bursts], dim=-1).nanmedian(dim=0).values)


def test_features_do_not_depend_on_the_number_of_rows() -> None:
    """One row repeated gives the features of that row."""
    shares = band_powers(torch.randn(29, 1, 256))
    assert torch.allclose(epoch_features(shares), epoch_features(shares.repeat(1, 3, 1)))


def test_filter_equals_the_forward_algorithm() -> None:
    """One step: predict with the transition matrix, weigh by the tempered likelihood, normalise."""
    torch.manual_seed(0)
    network = SpectralClassifier().eval()
    network.transition.copy_(torch.softmax(torch.randn(5, 5), dim=1))
    network.prior.copy_(torch.softmax(torch.randn(5), dim=0))
    belief, features = torch.softmax(torch.randn(5), dim=0), torch.randn(12)
    with torch.no_grad():
        got = network.filter(belief, features)
        posterior = torch.softmax(network(features[None])[0], dim=0)
    raw = [
        sum(float(belief[a] * network.transition[a, b]) for a in range(5))
        # The sixth root: an epoch of 30 s is seen six times, once every 5 s, and must count once.
        * float(posterior[b] / network.prior[b]) ** (1 / 6)
        for b in range(5)
    ]
    assert got.tolist() == pytest.approx([x / sum(raw) for x in raw], abs=1e-5)


def test_a_detector_is_no_stager() -> None:
    """The zoo's detector is refused by name, and the stager is no detector."""
    with pytest.raises(ModelError, match="sc-small"):
        Stager(store.load("sc-small"))
    with pytest.raises(ModelError, match="sleep-spectral"):
        open_engine(store.load("sleep-spectral"), "cpu")
    assert len(STAGES) == 5
