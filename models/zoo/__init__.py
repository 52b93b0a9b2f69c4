"""Model folders: reading, checking and writing them, and the models that come with Spikewatch."""
