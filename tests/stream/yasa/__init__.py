"""Tests of stream.yasa."""
