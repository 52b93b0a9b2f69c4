"""Files of recordings in, samples with labels and units out."""
