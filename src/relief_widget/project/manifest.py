"""What a manifest says of the photo and of where the heights come from, written and read."""

from __future__ import annotations

import dataclasses
import json
import math
import re
import types
from collections.abc import Callable, Mapping, MutableMapping
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import numpy as np

from relief_widget.arrays import FloatArray
from relief_widget.depth.depth_map import STYLES, DepthMap
from relief_widget.depth.quality import QualityReport
from relief_widget.depth.registry import PROVIDERS, entry_of
from relief_widget.errors import ReliefError
from relief_widget.heights.lithophane import Tones, checked_thickness
from relief_widget.heights.sources import Brightness, Depth, Given, Source, given_heights
from relief_widget.image.photo import Photo
from relief_widget.project.package import Package
from relief_widget.project.pictures import pack_pixels, pack_plane
from relief_widget.settings import ReliefSettings

VERSION = 3
"""Of the files that are written; those of greater versions are not opened."""

FORMER_SETTINGS = frozenset({"thickness_mm"})
"""Settings of files of version 1 that are now a part of the source."""

Entry = dict[str, Any]
Kept = MutableMapping[object, tuple[Entry, dict[str, bytes]]]

_MOST_SIDE = 10**6
_MOST_TEXT = 1000


def described(
    what: object, describe: Callable[[Any], tuple[Entry, dict[str, bytes]]], kept: Kept
) -> tuple[Entry, dict[str, bytes]]:
    """Return the entry of a manifest and its files, made once for each photo or depth map."""
    made = kept.get(what)
    if made is None:
        made = kept[what] = describe(what)
    entry, files = made
    return dict(entry), files


def describe_photo(photo: Photo) -> tuple[Entry, dict[str, bytes]]:
    """Return what a manifest says of a photo, and the files of its pixels and its mask."""
    bands = pack_pixels(photo.pixels)
    colours = [""] if len(bands) == 1 else ["_red", "_green", "_blue"]
    files = {f"photo{c}{suffix}": data for c, (suffix, data) in zip(colours, bands, strict=True)}
    entry: Entry = {"name": _plain_name(photo.name), "pixels": list(files)}
    entry["mask"] = describe_mask(photo.mask, files)
    if photo.cut_out:
        entry["cut_out"] = True
    return entry, files


def describe_mask(mask: FloatArray | Literal[False] | None, files: dict[str, bytes]) -> str:
    """Return what a manifest says of a photo's subject, and add its file, if it has one."""
    if mask is None:
        return "find"
    return "none" if mask is False else _put(files, "photo_mask", mask)


def describe_depth_map(depth_map: DepthMap) -> tuple[Entry, dict[str, bytes]]:
    """Return what a manifest says of a depth map, and its files."""
    files: dict[str, bytes] = {}
    mask = depth_map.mask
    entry: Entry = {
        "values": _put(files, "depth", depth_map.values),
        "mask": None if mask is None else _put(files, "depth_mask", mask),
        "style": depth_map.style,
        "size": [int(side) for side in depth_map.size],
        "confidence": None if depth_map.confidence is None else float(depth_map.confidence),
        "origin": {str(key): str(value) for key, value in depth_map.origin.items()},
        "report": _describe_report(depth_map),
    }
    if depth_map.stepped:
        entry["stepped"] = True
    return entry, files


def _describe_report(depth_map: DepthMap) -> Any:
    """Return what JSON can hold of the report of a depth map; None where there is none."""
    if depth_map.report is None:
        return None
    entry = depth_map.report.to_dict()
    try:
        json.dumps(entry, allow_nan=False)
    except (TypeError, ValueError):
        # It is for people to read; no map is worth losing for it.
        return None
    return entry


def describe_heights(given: Given) -> tuple[Entry, dict[str, bytes]]:
    """Return what a manifest says of given heights, and their file."""
    files: dict[str, bytes] = {}
    return {"values": _put(files, "heights", given.values)}, files


def describe_source(source: Source, kept: Kept) -> tuple[Entry, dict[str, bytes]]:
    """Return what a manifest says of where the heights come from, and its files.

    Raises
    ------
    ReliefError
        It is no source that a file has a place for.
    """
    if isinstance(source, Depth):
        entry, files = described(source.depth_map, describe_depth_map, kept)
        provider = source.provider
        if provider is not None:
            entry["origin"] = {"provider": provider_name(provider), **entry["origin"]}
        known = entry_of(provider)
        name = known.made_name if known.in_projects else None
        return {"kind": "depth", "provider": name, **entry}, files
    if isinstance(source, Brightness):
        return {"kind": "brightness", **dataclasses.asdict(source.tones)}, {}
    if isinstance(source, Given):
        entry, files = described(source, describe_heights, kept)
        return {"kind": "heights", "thickness_mm": source.thickness_mm, **entry}, files
    raise ReliefError(
        f"Heights from {type(source).__name__} have no place in a project file.",
        "Save the mesh or the height map instead.",
    )


def provider_name(provider: object) -> str:
    """Return the name of a provider: of the function or the class, and nothing of what it holds."""
    name = getattr(provider, "__name__", None)
    return name if isinstance(name, str) else type(provider).__name__


def read_photo(entry: Any, package: Package) -> Photo | None:
    """Return the photo that a manifest tells of.

    Raises
    ------
    ReliefError, KeyError, TypeError, ValueError
        The entry or a file is not what it should be.
    """
    if entry is None:
        return None
    photo = Photo(package.pixels(entry["pixels"]), name=_plain_name(_text(entry["name"])))
    mask = read_mask(entry["mask"], package)
    cut_out = isinstance(mask, np.ndarray) and entry.get("cut_out", False) is True
    return dataclasses.replace(photo, mask=mask, cut_out=cut_out)


def read_mask(entry: Any, package: Package) -> FloatArray | Literal[False] | None:
    """Return the subject of a photo that a manifest tells of.

    Raises
    ------
    ReliefError
        Its file is not what it should be.
    """
    if entry == "find":
        return None
    return False if entry == "none" else package.plane(entry)


def read_settings(entry: Mapping[str, Any]) -> ReliefSettings:
    """Return the settings that a manifest tells of.

    Raises
    ------
    ReliefError, AttributeError, TypeError
        One is unknown or out of its range.
    """
    return ReliefSettings(**{k: v for k, v in entry.items() if k not in FORMER_SETTINGS})


def read_source(
    entry: Any, photo: Photo | None, settings: Mapping[str, Any], package: Package
) -> Source:
    """Return the source that a manifest tells of.

    Parameters
    ----------
    entry
        What it says of the source.
    photo
        The photo.
    settings
        What it says of the settings: before version 2 a thickness in mm was one.
    package
        Where the pictures that it names are.

    Raises
    ------
    ReliefError, KeyError, TypeError, ValueError
        The entry or a file is not what it should be.
    """
    kind = entry["kind"]
    if kind == "depth":
        # Providers that are always there are made again; of others the name is known.
        again = {known.made_name: known for known in PROVIDERS.values() if known.in_projects}
        provider = None if entry["provider"] is None else again[entry["provider"]].make()
        return Depth(_read_depth_map(entry, package), photo, provider)
    if kind == "heights":
        given = given_heights(package.plane(entry["values"]), photo)
        thickness = entry.get("thickness_mm", settings.get("thickness_mm"))
        if thickness is None:
            return given
        return dataclasses.replace(given, thickness_mm=checked_thickness(*_numbers(thickness)))
    if kind == "brightness" and photo is not None:
        former = "optical_depth" in entry
        tones = _former_tones(entry, settings) if former else _read_tones(entry)
        return Brightness(photo, tones)
    raise ReliefError("Its heights come from nowhere.")


def _read_depth_map(entry: Mapping[str, Any], package: Package) -> DepthMap:
    if entry["style"] not in STYLES:
        raise ValueError(entry["style"])
    width, height = entry["size"]
    for side in (width, height):
        if type(side) is not int or not 1 <= side <= _MOST_SIDE:
            raise ValueError(side)
    confidence = entry["confidence"]
    return DepthMap(
        package.plane(entry["values"]),
        mask=None if entry["mask"] is None else package.plane(entry["mask"]),
        style=entry["style"],
        size=(width, height),
        confidence=None if confidence is None else _number(confidence),
        report=None if entry["report"] is None else _read_report(entry["report"]),
        origin={_text(key): _text(value) for key, value in entry["origin"].items()},
        stepped=entry.get("stepped", False) is True,
    )


def _read_report(entry: Any) -> QualityReport | None:
    """Return the report that a manifest tells of; None where it is not understood."""
    try:
        report = _rebuilt(QualityReport, entry)
    except (KeyError, TypeError, ValueError):
        return None
    assert isinstance(report, QualityReport)
    return report


def _rebuilt(kind: Any, value: Any) -> Any:
    """Return a plain value as the type that it was, checked to the last field."""
    if dataclasses.is_dataclass(kind):
        if not isinstance(value, dict):
            raise TypeError(kind)
        hints = get_type_hints(kind)
        made: Any = kind
        return made(**{name: _rebuilt(hints[name], one) for name, one in value.items()})
    if get_origin(kind) in (Union, types.UnionType):
        (other,) = (one for one in get_args(kind) if one is not type(None))
        return None if value is None else _rebuilt(other, value)
    if get_origin(kind) is tuple:
        wanted = get_args(kind)
        if not isinstance(value, list):
            raise TypeError(kind)
        if wanted[-1] is Ellipsis:
            wanted = (wanted[0],) * len(value)
        return tuple(_rebuilt(one, item) for one, item in zip(wanted, value, strict=True))
    if kind is float and type(value) is int:
        value = float(value)
    if type(value) is not kind or (kind is float and not math.isfinite(value)):
        raise TypeError(kind)
    return value


def _read_tones(entry: Mapping[str, Any]) -> Tones:
    table = entry["table"]
    return Tones(
        _number(entry["min_mm"]),
        _number(entry["max_mm"]),
        _number(entry["attenuation_per_mm"]),
        None if table is None else tuple((_number(a), _number(b)) for a, b in table),
    )


def _former_tones(entry: Mapping[str, Any], settings: Mapping[str, Any]) -> Tones:
    """Return the tones of a file of version 1, which has -ln T at some thicknesses instead."""
    low, high = _numbers(settings["thickness_mm"])
    thicknesses, depths = (_numbers(entry[key]) for key in ("thickness_mm", "optical_depth"))
    if [low, high] == thicknesses and math.isclose(depths[0] * high, depths[1] * low):
        return Tones(low, high, depths[1] / high)
    table = tuple((t, math.exp(-d)) for t, d in zip(thicknesses, depths, strict=True))
    return Tones(low, high, table=table)


def _numbers(values: Any) -> list[float]:
    return [_number(value) for value in values]


def _put(files: dict[str, bytes], name: str, values: FloatArray) -> str:
    suffix, data = pack_plane(values)
    files[name + suffix] = data
    return name + suffix


def _number(value: Any) -> float:
    if type(value) not in (int, float) or not math.isfinite(value):
        raise ValueError(value)
    return float(value)


def _text(value: Any) -> str:
    if not isinstance(value, str) or len(value) > _MOST_TEXT:
        raise ValueError("text")
    return value


def _plain_name(name: str) -> str:
    """Return the last part of what may be a path: no file tells where it was made."""
    return re.split(r"[\\/]", name)[-1][:200] or "photo"
