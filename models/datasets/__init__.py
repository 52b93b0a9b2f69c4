"""Labelled windows from many kinds of folders, in one memory-mapped form that training and evaluation read."""
