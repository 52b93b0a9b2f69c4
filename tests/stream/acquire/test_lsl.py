"""What strangers declare of their streams, before anything is asked of them."""

import pylsl
import pytest

from stream.acquire.lsl import MOST_CHANNELS, LslInlet, _listed
from stream.errors import InputError


@pytest.mark.parametrize("channels", [MOST_CHANNELS + 1, 2**31 - 1])
def test_more_channels_than_can_be_take_no_memory(channels: int) -> None:
    """The stream is listed by its name and not opened; others are listed as they are."""
    info = pylsl.StreamInfo("stranger", "EEG", channels, 256.0)
    assert (_listed(info).name, _listed(info).labels) == ("stranger", ())
    with pytest.raises(InputError, match=r'"stranger" .* declares no channel, or more than 4096'):
        LslInlet(info)
    assert len(_listed(pylsl.StreamInfo("amp", "EEG", MOST_CHANNELS, 256.0)).labels) == MOST_CHANNELS
