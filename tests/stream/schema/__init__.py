"""Tests of stream.schema."""
