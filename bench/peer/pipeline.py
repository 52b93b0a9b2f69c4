"""The peer: what somebody would write today to run SC on a live stream, from the libraries' own documentation.

MNE-LSL takes the stream in and filters it (`StreamLSL(bufsize).connect(acquisition_delay=0.001).filter(1, 50)`); every
hop the newest 1.5 s are taken with `get_data`, the derivations made, SC applied in eager PyTorch under `no_grad` on as
many threads as PyTorch takes by itself, and the probabilities published with paho, QoS 1. Hops are those of a clock;
one that is over before the last is done is left out. A door of mne_lsl and of paho.

Run as `python -m bench.peer.pipeline JSON`, see `bench.peer.task`. Each message has `newest_lsl_s` (LSL time of the
window's newest sample), `decided_s` (when its probabilities were there; the same clock) and `probabilities`. MNE-LSL
brings a liblsl of its own: this process must not load another.
"""

import json
import math
import sys
import time
from collections.abc import Iterator
from typing import Final

import numpy as np
import paho.mqtt.client as mqtt
import torch
from mne_lsl.lsl import local_clock
from mne_lsl.stream import StreamLSL
from paho.mqtt.enums import CallbackAPIVersion

from bench.peer.task import TOPIC, Task, probabilities
from models.signal.montage import ROWS
from models.zoo import store

BUFFER_S: Final = 4.0  # two windows and more, so that a late hop still finds its window
FIND_WITHIN_S: Final = 20.0
BAND_HZ: Final = (1.0, 50.0)


def hops(hop_s: float) -> Iterator[None]:
    """Yield at every hop of a clock; those that are over already are left out."""
    due_s = time.monotonic()
    while True:
        due_s += hop_s
        over = math.ceil((time.monotonic() - due_s) / hop_s)
        # From the due time, not from now: hops keep to the clock's grid after a late one.
        due_s += hop_s * max(0, over)
        time.sleep(max(0.0, due_s - time.monotonic()))
        yield


def run(task: Task) -> None:
    """Decide without end."""
    network = store.load(task.model).network
    client = mqtt.Client(CallbackAPIVersion.VERSION2)
    client.connect("127.0.0.1", task.port)
    client.loop_start()
    stream = StreamLSL(BUFFER_S, name=task.stream).connect(acquisition_delay=0.001, timeout=FIND_WITHIN_S)
    stream.filter(*BAND_HZ)
    # The bench waits for this line: from here on the peer is measured.
    print(json.dumps({"threads": torch.get_num_threads()}), flush=True)
    for _ in hops(task.hop_s):
        samples, stamps = stream.get_data(task.window_s)
        if not stamps[0]:
            continue  # The buffer does not hold a window yet.
        derivations = (samples[task.plus] - samples[task.minus])[:, :: task.step]
        windows = derivations.reshape(-1, ROWS, derivations.shape[1]).astype(np.float32)
        scored = probabilities(network, windows)
        decision = {"newest_lsl_s": stamps[-1], "decided_s": local_clock(), "probabilities": scored}
        client.publish(TOPIC, json.dumps(decision), qos=1)


if __name__ == "__main__":
    run(Task(**json.loads(sys.argv[1])))
