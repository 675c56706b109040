"""Giving memory back to the system when nothing has been done for a while.

What was freed stays with the process otherwise, several times what it still holds, and so does what
the network worked with. A server with many visitors has better uses for it.
"""

from __future__ import annotations

import ctypes
import gc
import sys

from relief_widget.depth.builtin.network import rest


def give_back() -> None:
    """Give back what can be had again within a moment."""
    rest()
    gc.collect()
    if sys.platform == "linux":
        try:
            ctypes.CDLL(None).malloc_trim(0)
        except AttributeError:
            # Another C library, which may do so by itself.
            return
