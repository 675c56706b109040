"""The quality report of a depth map, as plain values in a manifest."""

from __future__ import annotations

import dataclasses
import json
import math
import types
from typing import Any, Union, get_args, get_origin, get_type_hints

from relief_widget.depth.depth_map import DepthMap
from relief_widget.depth.quality import QualityReport


def describe_report(depth_map: DepthMap) -> Any:
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


def read_report(entry: Any) -> QualityReport | None:
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
