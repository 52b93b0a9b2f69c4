"""Choosing negatives."""
