"""The studio: one session, its panels, and previews that follow it."""

from relief_widget.app.studio import ReliefApp

__all__ = ["ReliefApp"]
