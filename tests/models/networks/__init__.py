"""Tests of models.networks."""
