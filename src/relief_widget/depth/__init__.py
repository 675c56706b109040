"""Depth maps, and the providers that make them from a photo."""
