"""Parts of `python -m bench.throughput`; `bench.seeds_speed` and `bench.gpu` use some of them too."""
