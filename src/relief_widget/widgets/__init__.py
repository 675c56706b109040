"""Widgets of the browser: traits, messages and what they carry, no decisions."""
