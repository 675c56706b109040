"""How far computed numbers may be apart: by what anyone could notice, never by their last digits.

Processors and libraries round differently; what must be the same bit for bit is compared as such.
"""

from __future__ import annotations

LEVEL = 1 / 65535
"""A level of heights, depth and masks, as 16-bit files and the browser have it."""

GREY = 1 / 255
"""A grey level on a screen."""

MICRON = 0.001
"""A thousandth of a millimetre, less than any machine can make."""

UNIT = 1e-4
"""Of normals and of texture coordinates: less than a pixel's light or place."""

SHARE = 1e-4
"""Of areas and volumes, relative: less than a strand of filament has."""
