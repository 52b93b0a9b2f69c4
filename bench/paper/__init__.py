"""Parts of `python -m bench.paper`."""
