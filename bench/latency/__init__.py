"""Parts of `python -m bench.latency`; `bench.peer` runs in the same place and reads the same reports."""
