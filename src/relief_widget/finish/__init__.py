"""Finished objects: coins, framed plaques, keyrings, lampshades, tiles and moulds."""

from relief_widget.finish.build import finish
from relief_widget.finish.meshes import Finished
from relief_widget.finish.rules import idle, is_object

__all__ = ["Finished", "finish", "idle", "is_object"]
