"""AiED, the detector that iEDeaL is compared with: from one channel's two seconds to its class.

Source: Quon et al., Clin. Neurophysiol. 2022; repository ecoglab/aied (MIT), `notebooks/preprocessing.ipynb` and
`notebooks/aied.ipynb`. Two seconds at 200 Hz become a spectrogram (51 samples, 25 of them overlapping, linear
detrend, 0 to 100 Hz, colours YlOrRd) in a figure of 3 x 3 inches at 300 dots, that is a PNG of 900 x 900; it is read
again, resized to 224, padded to 226, normalised as ImageNet and given to a ResNet-18 with two outputs
(`models.networks.resnet2d`). "Optimised" is what iEDeaL calls the same without the figure: the spectrogram's colours
straight from a table.

A lower bound of the published path: what comes before is left out (re-referencing, filters, the search for candidates
with a template), the PNG stays in memory, and the figure is matplotlib's own without pyplot around it.
"""
# ruff: noqa: PLC0415  (matplotlib takes a second to import: whoever only asks for tables does not wait for it)

import io
from functools import cache
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import signal
from torch import Tensor
from torch.nn import functional

RATE_HZ: Final = 200.0
SAMPLES: Final = 400  # two seconds, one to either side of a candidate
SEGMENT, OVERLAP = 51, 25
COLOURS: Final = "YlOrRd"
INCHES, DOTS = 3, 300
RESIZED, PADDING = 224, 1
SIDE: Final = RESIZED + 2 * PADDING
# The constants of torchvision's own networks.
IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)

Floats = NDArray[np.float32]


def figure(samples: Floats) -> bytes:
    """Draw the spectrogram of one channel (SAMPLES,); return the PNG."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    drawn = Figure(figsize=(INCHES, INCHES), dpi=DOTS)
    # Without pyplot, which keeps every figure alive and would slow AiED down by its own fault.
    FigureCanvasAgg(drawn)
    axes = drawn.add_axes((0, 0, 1, 1))
    axes.specgram(samples, NFFT=SEGMENT, Fs=RATE_HZ, noverlap=OVERLAP, detrend="linear", cmap=COLOURS)
    axes.set_ylim(0, RATE_HZ / 2)
    axes.axis("off")
    file = io.BytesIO()
    drawn.savefig(file, format="png", dpi=DOTS)
    return file.getvalue()


def read(png: bytes) -> Tensor:
    """Return a drawn spectrogram as the network's input, (3, 226, 226)."""
    from matplotlib.image import imread

    return _prepared(np.ascontiguousarray(imread(io.BytesIO(png))[..., :3]))


def without_figure(samples: Floats) -> Tensor:
    """Make the same image (3, 226, 226) of one channel (SAMPLES,) without drawing it."""
    _, _, power = signal.spectrogram(samples, RATE_HZ, "hann", SEGMENT, OVERLAP, detrend=signal.detrend)
    # A silent channel has power 0, whose logarithm would be minus infinity.
    decibels = 10 * np.log10(np.maximum(power, np.finfo(np.float32).tiny))
    low, high = decibels.min(), decibels.max()
    # Upside down: an image's first row is its highest frequency.
    table = _table()
    shades = np.rint((decibels[::-1] - low) / max(high - low, 1e-12) * (len(table) - 1)).astype(np.intp)
    return _prepared(table[shades])


def _prepared(image: Floats) -> Tensor:
    """Turn an image (rows, columns, 3), 0 to 1, into the network's input (3, 226, 226)."""
    resized = functional.interpolate(
        torch.from_numpy(image).permute(2, 0, 1)[None], (RESIZED, RESIZED), mode="bilinear", antialias=True
    )
    return (functional.pad(resized, [PADDING] * 4)[0] - _MEAN) / _STD


@cache
def _table() -> Floats:
    """Return the colours from the least power to the most, (256, 3)."""
    import matplotlib as mpl

    return mpl.colormaps[COLOURS](np.arange(256))[:, :3].astype(np.float32)


_MEAN, _STD = (torch.tensor(three)[:, None, None] for three in (IMAGENET_MEAN, IMAGENET_STD))
