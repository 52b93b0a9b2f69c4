"""Tests of models.sleep."""
