"""Tests of models.signal."""
