"""What `spikewatch evaluate` measures: windows of a set, simulated patients, marked recordings."""
