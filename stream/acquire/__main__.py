"""Start of `python -m stream.acquire`: see `stream.acquire.process`."""

from stream import child_process

if __name__ == "__main__":
    child_process.main("spikewatch acquire", "stream.acquire.process")
