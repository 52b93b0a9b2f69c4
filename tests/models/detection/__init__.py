"""Tests of models.detection."""
