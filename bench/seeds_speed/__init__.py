"""Parts of `python -m bench.seeds_speed`; engines and their ward are those of `bench.throughput`."""
