"""What can be set on a relief: fields with their metadata, presets, materials, lengths."""

from relief_widget.settings.control import Control, Group, Stage
from relief_widget.settings.fields import (
    NOTHING,
    Mirror,
    Mode,
    ReliefSettings,
    check_names,
    checked,
    controls,
    default,
)

__all__ = [
    "NOTHING",
    "Control",
    "Group",
    "Mirror",
    "Mode",
    "ReliefSettings",
    "Stage",
    "check_names",
    "checked",
    "controls",
    "default",
]
