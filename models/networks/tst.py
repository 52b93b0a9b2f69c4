"""TST, the time series transformer that iEDeaL is compared with.

Every sample of a window (n, channels, samples) is one token: a linear map times the root of its width, learnt
positions, post-norm encoder layers with batch normalisation over windows and time in place of layer normalisation,
GELU, and one linear unit over all tokens laid side by side. Source: Zerveas et al., KDD 2021; repository
gzerveas/mvts_transformer (MIT), `src/models/ts_transformer.py` (`TSTransformerEncoderClassiregressor`) and
`src/options.py`. Defaults are that repository's; iEDeaL does not say which it used, 128 wide with 16 heads is
another implementation's (tsai) default.

Differs from the source: windows all have one length, so there is no padding to mask; input is made free of scale by
`models.networks.sc.normalise`, as for SC.

Checked against: parameter counts of both sizes (tests/models/networks/test_tst.py).
"""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from models.networks.sc import normalise

# Learnt positions are drawn from -0.02 to 0.02.
POSITIONS_WITHIN = 0.02


class EncoderLayer(nn.Module):
    """Self-attention and two linear maps, each added to its input and then normalised."""

    def __init__(self, width: int, heads: int, hidden: int, dropout: float) -> None:
        super().__init__()
        self.heads = heads
        self.attend, self.join = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.norm1, self.norm2 = nn.BatchNorm1d(width), nn.BatchNorm1d(width)
        self.widen, self.narrow = nn.Linear(width, hidden), nn.Linear(hidden, width)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        """(n, samples, width) to the same."""
        x = _over_time(self.norm1, x + self.dropout(self._attended(x)))
        y = self.narrow(self.dropout(functional.gelu(self.widen(x))))
        return _over_time(self.norm2, x + self.dropout(y))

    def _attended(self, x: Tensor) -> Tensor:
        """Every sample looks at all of them, in each head by itself."""
        parts = self.attend(x).unflatten(2, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        # A function, not a layer: it does not know by itself whether it is trained.
        dropped = self.dropout.p if self.training else 0.0
        seen = functional.scaled_dot_product_attention(parts[0], parts[1], parts[2], dropout_p=dropped)
        joined: Tensor = self.join(seen.transpose(1, 2).flatten(2))
        return joined


def _over_time(norm: nn.BatchNorm1d, x: Tensor) -> Tensor:
    # Batch normalisation wants features second.
    normed: Tensor = norm(x.transpose(1, 2)).transpose(1, 2)
    return normed


class TST(nn.Module):
    """Scores windows of one group of derivations.

    Parameters
    ----------
    channels
        Derivations in a group.
    window_samples
        Window length; positions and the last unit have weights for each sample, so it is fixed.
    width
        Of a token.
    heads
        Of each attention; they divide the width.
    layers
        Encoder layers.
    hidden
        Width between the two linear maps of a layer.
    dropout
        Probability of dropping a value in training.
    """

    def __init__(
        self,
        channels: int = 5,
        window_samples: int = 768,
        width: int = 64,
        heads: int = 8,
        layers: int = 3,
        hidden: int = 256,
        dropout: float = 0.1,
    ) -> None:
        super().__init__()
        if heads < 1 or width % heads:
            raise ValueError(f"{heads} heads do not divide a width of {width}")
        self.channels, self.window_samples = channels, window_samples
        self.first = nn.Linear(channels, width)
        # Learnt, as in the source: iEDeaL's windows have one length, so no sample lacks a position.
        self.positions = nn.Parameter(torch.empty(window_samples, width).uniform_(-POSITIONS_WITHIN, POSITIONS_WITHIN))
        self.layers = nn.ModuleList(EncoderLayer(width, heads, hidden, dropout) for _ in range(layers))
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(window_samples * width, 1)

    def features(self, windows: Tensor) -> Tensor:
        """(n, channels, samples) in any unit to feature maps (n, width, samples)."""
        tokens = self.first(normalise(windows).transpose(1, 2))
        # As in the source: positions are drawn small, and the root of the width keeps tokens large beside them.
        x = self.dropout(tokens * math.sqrt(self.first.out_features) + self.positions)
        for layer in self.layers:
            x = layer(x)
        return functional.gelu(x).transpose(1, 2)

    def forward(self, windows: Tensor) -> Tensor:
        """(n, channels, samples) to logits (n,)."""
        maps = self.features(windows)
        logits: Tensor = self.head(self.dropout(maps.transpose(1, 2)).flatten(1))
        return logits[:, 0]
