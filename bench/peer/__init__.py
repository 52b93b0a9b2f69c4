"""Parts of `python -m bench.peer`."""
