"""Mesh files of any program, read as its users mean them, or refused in a sentence.

Readers of our own: what they take in time and memory is bounded, what they assume they say, and a
damaged file gives a sentence. trimesh's leave all three to the caller.
"""

from relief_widget.preflight.reading.any_format import SUFFIXES, guessed, read
from relief_widget.preflight.reading.found import Found
from relief_widget.preflight.reading.joining import joined, merge

__all__ = ["SUFFIXES", "Found", "guessed", "joined", "merge", "read"]
