"""Start of `python -m stream.detect`: see `stream.detect.process`."""

from stream import child_process

if __name__ == "__main__":
    child_process.main("spikewatch", "stream.detect.process")
