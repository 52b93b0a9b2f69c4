"""A CNN-LSTM: convolutions, then a recurrent network over what they leave.

Three times convolution (kernel 7; 32, 64, 128 maps), batch normalisation, ReLU, a maximum over four samples, dropout;
a long short-term memory of 128 units in both directions; one linear unit over its two last states. All of it is ours:
Siamese-ES is compared with "CNN-LSTM" and nothing else is stated. Input is made free of scale by
`models.networks.sc.normalise`.
"""

from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from models.networks.sc import normalise

WIDTHS: Final = (32, 64, 128)
KERNEL, POOL = 7, 4
SHORTEST: Final = POOL ** len(WIDTHS)  # samples of a window that leave one step


class CNNLSTM(nn.Module):
    """Scores windows of one group of derivations.

    Parameters
    ----------
    channels
        Derivations in a group.
    window_samples
        Window length; no weight depends on it.
    units
        Of the recurrent network, in each direction.
    dropout
        Probability of dropping a value behind each convolution in training.
    """

    def __init__(self, channels: int = 5, window_samples: int = 192, units: int = 128, dropout: float = 0.3) -> None:
        super().__init__()
        self.channels, self.window_samples = channels, window_samples
        entering = (channels, *WIDTHS[:-1])
        self.convolutions = nn.ModuleList(
            nn.Conv1d(one, width, KERNEL, padding="same") for one, width in zip(entering, WIDTHS, strict=True)
        )
        self.norms = nn.ModuleList(nn.BatchNorm1d(width) for width in WIDTHS)
        self.dropout = nn.Dropout(dropout)
        self.lstm = nn.LSTM(WIDTHS[-1], units, batch_first=True, bidirectional=True)
        self.head = nn.Linear(2 * units, 1)

    def features(self, windows: Tensor) -> Tensor:
        """(n, channels, samples) in any unit to the convolutions' maps (n, 128, a 64th of the samples)."""
        x = normalise(windows)
        for convolution, norm in zip(self.convolutions, self.norms, strict=True):
            x = self.dropout(functional.max_pool1d(functional.relu(norm(convolution(x))), POOL))
        return x

    def forward(self, windows: Tensor) -> Tensor:
        """(n, channels, samples) to logits (n,)."""
        _, (last, _) = self.lstm(self.features(windows).transpose(1, 2))
        logits: Tensor = self.head(torch.cat(list(last), dim=1))
        return logits[:, 0]
