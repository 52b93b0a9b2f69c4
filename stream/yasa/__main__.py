"""Start of `python -m stream.yasa`: see `stream.yasa.process`."""

from stream import child_process

if __name__ == "__main__":
    child_process.main("spikewatch", "stream.yasa.process")
