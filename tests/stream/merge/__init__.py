"""Tests of stream.merge."""
