"""Tests of models.simulate."""
