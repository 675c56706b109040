"""The studio: one session, its panels, and previews that follow it."""
