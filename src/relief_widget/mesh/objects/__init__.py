"""Finished objects: coins, framed plaques, keyrings, lampshades, tiles and moulds."""

from relief_widget.mesh.objects.build import finish
from relief_widget.mesh.objects.levels import levelled, levels_of
from relief_widget.mesh.objects.meshes import Finished
from relief_widget.mesh.objects.rules import idle, is_object

__all__ = ["Finished", "finish", "idle", "is_object", "levelled", "levels_of"]
