"""Many recordings scored as independent pieces of work: the events are those of one process, whoever does the work."""
