"""Tests of models.reports."""
