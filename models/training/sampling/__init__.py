"""Which negatives an epoch trains on: at random (random), by shape (sax, seasam), or by features (latent)."""
