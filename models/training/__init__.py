"""Training of detectors on window sets: a recipe, a trainer that can be killed at any instant, a finished model."""
