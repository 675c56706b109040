"""Meshes of a height field, in millimetres."""
