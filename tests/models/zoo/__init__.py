"""Tests of models.zoo."""
