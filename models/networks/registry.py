"""The networks there are, one record each: a network is added by its file and by its record here.

Whoever needs to know something of a network looks here: manifests which names and sizes exist, training what a recipe
may ask for, engines what can be done with it. `tests/models/networks/test_registry.py` holds every record to what it
claims.
"""

from collections.abc import Mapping
from typing import Final

from models.networks import cnn_lstm, spectrogram, spikenet, vgg
from models.networks.candidate_window import ROWS, WINDOW
from models.networks.cnn_lstm import CNNLSTM
from models.networks.contract import ANY, NetworkRecord, Span
from models.networks.eegformer import EEGformer
from models.networks.eegnet import EEGNet
from models.networks.inception import InceptionTime
from models.networks.nepinet import NEpiNet
from models.networks.resnet1d import ResNet18
from models.networks.resnet2d import SpectrogramResNet18
from models.networks.sc import SC
from models.networks.sc_stream import StreamSC
from models.networks.siamese_es import SiameseES
from models.networks.sleep_mlp import SleepMLP
from models.networks.spectral import EPOCH_SAMPLES, RATE_HZ, SpectralClassifier
from models.networks.spikenet import SpikeNet
from models.networks.spikenet2 import SpikeNet2
from models.networks.timenet import TimeNet
from models.networks.tst import TST
from models.networks.vgg import VGG16
from models.networks.whole_head import WholeHead

WHOLE_AND_NEWEST: Final[tuple[Span, ...]] = ("whole", "newest_third")

# In the order in which error messages name them: this project's own before the baselines.
_ALL: Final = (
    NetworkRecord(
        name="sc",
        network=SC,
        evidence="own",
        spans=WHOLE_AND_NEWEST,
        window_samples=range(3, ANY.stop),  # one block needs 2**2 <= samples + 1
        linear_head=True,
        features=True,
        capabilities=frozenset({"pooled", "tiles"}),
    ),
    NetworkRecord(
        name="sc_stream",
        network=StreamSC,
        normalisation="inside the network: the root mean square of a group's trailing samples",
        streaming=True,
        evidence="own",
        spans=WHOLE_AND_NEWEST,
        window_samples=range(3, ANY.stop),
        linear_head=True,
        features=True,
        # No "tiles": whole windows of it are for evaluation alone, where plain torch is fast enough.
        capabilities=frozenset({"pooled", "stream_graph"}),
    ),
    NetworkRecord(
        name="whole_head",
        network=WholeHead,
        task="verify",
        normalisation="inside the network: row medians off, the whole head's background before the candidate",
        rows=range(ROWS, 1_001, ROWS),
        window_samples=range(WINDOW, WINDOW + 1),
        linear_head=True,
    ),
    NetworkRecord(
        name="resnet18_1d",
        network=ResNet18,
        window_samples=range(5, ANY.stop),  # of fewer, the first stride leaves less than the pool's three
        linear_head=True,
        features=True,
    ),
    NetworkRecord(
        name="tst",
        network=TST,
        window_samples=range(2, ANY.stop),  # of one sample nothing is left once the mean is off
        linear_head=True,
        features=True,
    ),
    NetworkRecord(
        name="inception_time",
        network=InceptionTime,
        window_samples=range(2, ANY.stop),
        linear_head=True,
        features=True,
    ),
    NetworkRecord(
        name="timenet",
        network=TimeNet,
        window_samples=range(2, ANY.stop),
        linear_head=True,
    ),
    NetworkRecord(
        name="eegnet",
        network=EEGNet,
        window_samples=range(27, ANY.stop),  # of fewer, its two pools leave nothing
    ),
    NetworkRecord(
        name="cnn_lstm",
        network=CNNLSTM,
        window_samples=range(cnn_lstm.SHORTEST, ANY.stop),
        linear_head=True,
        features=True,
    ),
    NetworkRecord(
        name="eegformer",
        network=EEGformer,
        window_samples=range(40, ANY.stop),  # 27 are lost at the ends; with some to spare for its parts
        linear_head=True,
    ),
    NetworkRecord(
        name="vgg16",
        network=VGG16,
        window_samples=range(vgg.SHORTEST, ANY.stop),
        linear_head=True,
    ),
    NetworkRecord(
        name="resnet18_2d",
        network=SpectrogramResNet18,
        window_samples=range(spectrogram.SHORTEST, ANY.stop),
        linear_head=True,
    ),
    NetworkRecord(
        name="nepinet",
        network=NEpiNet,
        window_samples=range(spectrogram.SHORTEST, ANY.stop),
        linear_head=True,
    ),
    NetworkRecord(
        name="siamese_es",
        network=SiameseES,
        window_samples=range(spectrogram.SHORTEST, ANY.stop),
        linear_head=True,
        two_task=True,
    ),
    NetworkRecord(
        name="spikenet",
        network=SpikeNet,
        window_samples=range(spikenet.SHORTEST, ANY.stop),
        linear_head=True,
    ),
    NetworkRecord(
        name="spikenet2",
        network=SpikeNet2,
        normalisation="inside the network: each row divided by the 95th percentile of its magnitudes",
        window_samples=range(2, ANY.stop),
        linear_head=True,
        features=True,
    ),
    NetworkRecord(
        name="spectral",
        network=SpectralClassifier,
        task="sleep",
        normalisation="relative band powers",
        # It classifies features of an epoch, a median over rows: its numbers describe what they are taken from.
        window_samples=range(EPOCH_SAMPLES, EPOCH_SAMPLES + 1),
        rate_hz=(RATE_HZ, RATE_HZ),
    ),
    NetworkRecord(
        name="sleep_mlp",
        network=SleepMLP,
        task="sleep",
        normalisation="features beside those of the minutes before; amplitudes only where they are in microvolts",
        window_samples=range(EPOCH_SAMPLES, EPOCH_SAMPLES + 1),
        rate_hz=(RATE_HZ, RATE_HZ),
    ),
)

# By name, as manifests and recipes have it.
RECORDS: Final[Mapping[str, NetworkRecord]] = {record.name: record for record in _ALL}
