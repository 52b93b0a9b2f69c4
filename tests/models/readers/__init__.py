"""Tests of models.readers."""
