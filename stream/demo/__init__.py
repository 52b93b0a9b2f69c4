"""`spikewatch demo`: a simulated patient through the whole of Spikewatch, watched against the truth.

Three processes beside this one, each ended with it: `broker` (MQTT), `patient` (LSL) and `spikewatch run` itself,
which knows a port and a stream's name. What is shown comes from the journal, the scrape page and the patient's own
account of what was put in.
"""

from collections.abc import Sequence


def run_demo(seconds: float, overrides: Sequence[str], *, as_json: bool) -> int:
    """Run the demo for `seconds`, 0 until interrupted, and return the exit code; `overrides` are `key=value`.

    Raises
    ------
    ConfigError
        if an override cannot be
    SpikewatchError
        if one of its processes does not start or ends early
    """
    from stream.demo.director import direct  # noqa: PLC0415  (the children import this package for less)

    return direct(seconds, overrides, as_json=as_json)
