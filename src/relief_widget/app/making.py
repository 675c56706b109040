"""What the studio makes of a photo: a preset, applied to its inputs and fitted to the photo."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from relief_widget.app.inputs import Inputs, SourceName, suited
from relief_widget.depth.layers import Layers
from relief_widget.heights.sources import Brightness
from relief_widget.relief import Relief
from relief_widget.settings import controls, default
from relief_widget.settings.presets import Preset, presets

_USUAL_TONES = {
    name: getattr(Inputs(), name) for name in ("min_mm", "max_mm", "attenuation_per_mm", "table")
}


def _defaults(*kinds: str) -> dict[str, Any]:
    return {name: default(name) for name, control in controls().items() if control.kind in kinds}


PLAIN = Preset(
    name="",
    label="Plain relief",
    reason="The relief on its plate and nothing else, with every setting at its default.",
    style="detailed",
    settings=_defaults("height", "body"),
    object=_defaults("object"),
)
"""What is made where nothing was chosen."""


THINGS: Mapping[str, Preset] = MappingProxyType({PLAIN.name: PLAIN, **presets})
"""All that can be made, by name."""


class Fit(NamedTuple):
    """What of a photo a preset goes by.

    Attributes
    ----------
    has_subject
        Whether there is one.
    aspect
        Width divided by height.
    """

    has_subject: bool = True
    aspect: float = 1.0


def fit_of(relief: Relief | None) -> Fit:
    """Return what presets go by; of no relief yet, the best that can come."""
    if relief is None:
        return Fit()
    depth_map, photo = relief.depth_map, relief.photo
    if depth_map is not None:
        width, height = depth_map.size
        marked = depth_map.mask is not None and bool((depth_map.mask > 0.5).any())
        return Fit(marked, width / height)
    # Nobody looks for a subject where nothing is cut out along it.
    return Fit() if photo is None else Fit(aspect=photo.size[0] / photo.size[1])


def shaped(making: str, fit: Fit) -> dict[str, Any]:
    """Return all settings that making something sets."""
    return THINGS[making].made(*fit)


def refitted_settings(
    making: str, settings: Mapping[str, Any], before: Fit, after: Fit
) -> dict[str, Any]:
    """Return the settings to change where the photo or its subject did, but for what a user set.

    Parameters
    ----------
    making
        What is made.
    settings
        As they are.
    before, after
        What they were made for, and what they are for now.
    """
    old, new = shaped(making, before), shaped(making, after)
    return {
        name: value
        for name, value in new.items()
        if value != old[name] and settings[name] == old[name]
    }


def sourced(making: str, inputs: Inputs) -> Inputs:
    """Return inputs with the source of what is made, and its options.

    Flat art goes to levels where a shape would be estimated; and a depth map that was paid for, or
    that the user brought, is kept there.
    """
    preset = THINGS[making]
    options = {name: given for name, given in inputs.options.items() if name != "layers"}
    if preset.source == "layers" and preset.options:
        options["layers"] = preset.options
    return inputs.replace(source=_source(preset, inputs), options=options)


def toned(making: str, inputs: Inputs) -> Inputs:
    """Return inputs with the tones of what is made, or the usual ones."""
    return inputs.replace(**(_USUAL_TONES | dict(THINGS[making].tones)))


def _source(preset: Preset, inputs: Inputs) -> SourceName:
    if preset.source != "builtin":
        return preset.source
    if inputs.entry.asks_first or inputs.source == "depth_map":
        return inputs.source
    photo = inputs.photo
    return preset.style if photo is None else suited(photo, preset.style)


def same_heights(one: Inputs, other: Inputs) -> bool:
    """Whether two inputs of one picture give the same heights, before the settings."""
    if one.source != other.source or one.mask is not other.mask:
        return False
    if one.source == "depth_map" and one.near != other.near:
        return False
    if one.source == "lithophane":
        return one.transparent == other.transparent and all(
            getattr(one, name) == getattr(other, name) for name in _USUAL_TONES
        )
    return one.options.get(one.source) == other.options.get(other.source)


def made_of(relief: Relief) -> str:
    """Return what a relief from a file is, where it is exactly as made; else nothing."""
    fit = fit_of(relief)
    for name, preset in presets.items():
        same = shaped(name, fit).items()
        if _comes_from(preset, relief) and all(
            getattr(relief.settings, key) == value for key, value in same
        ):
            return name
    return PLAIN.name


def _comes_from(preset: Preset, relief: Relief) -> bool:
    if preset.source == "lithophane" or relief.is_lithophane:
        return preset.source == "lithophane" and isinstance(relief.source, Brightness)
    return preset.source != "layers" or isinstance(relief.provider, Layers)


def target_of(making: str, relief: Relief | None) -> str:
    """Return the name of the process that a relief is checked for."""
    if relief is not None and relief.is_lithophane:
        return "lithophane"
    target = THINGS[making].target
    return PLAIN.target if target == "lithophane" else target
