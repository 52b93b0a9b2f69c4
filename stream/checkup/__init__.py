"""What `spikewatch doctor` examines."""
