"""What the image models are asked for."""

from __future__ import annotations

from relief_widget.depth.depth_map import Style

PROMPT_VERSION = 1
"""Part of the name that an answer is kept under: another prompt is another request."""

_COMMON = """\
Turn this photo into a grayscale height map for a carved bas-relief.
Brightness encodes height only: white is nearest and highest, black is farthest and lowest.
Encode distance, never colour or lighting: a dark object in front is light grey, a bright sky is \
black. Ignore shadows, highlights and printed patterns.
Keep the camera, the framing, the crop and every outline exactly where they are in the photo, so \
that both pictures cover each other pixel for pixel. Do not add, remove, move or label anything.
Use the full range from black to white, most of it for the subject. The background is pure black.
Neutral grey only: no colour, no text, no border, no grid, no vignette, no legend."""

_STYLES: dict[Style, str] = {
    "detailed": """\
Crisp edges at every step in depth. Keep fine surface structure, such as engraving, lettering, \
fabric, masonry and leaf veins, as small differences in height. Every part has a height of its \
own; flat faces stay flat.""",
    "organic": """\
Smooth, continuous gradients and rounded volumes: a nose stands above the cheeks, near limbs above \
far ones. No hard steps within one surface, no pores, no single hairs, no noise of skin; hair and \
fur as soft masses.""",
}

_BARS = "The plain grey bars at the edges are padding: make them pure black and keep their width."

_REFINE = """\
The first picture is a photo, the second one a height map of it: white is nearest, black farthest.
Return an improved height map of exactly the same framing. Correct places where brightness follows \
colour or light instead of distance, sharpen the outlines to those of the photo, and bring out \
fine form as small differences in height. Change nothing that is right.
Neutral grey only: no colour, no text, no border, nothing added, moved or removed."""


def prompt(
    style: Style,
    *,
    subject: str = "",
    extra: str = "",
    padded: bool = False,
    refining: bool = False,
) -> str:
    """Return the words that go with a photo.

    Parameters
    ----------
    style
        ``"detailed"`` or ``"organic"``.
    subject
        What the photo shows, such as ``"a lion's head"``; may be empty.
    extra
        Words of the user's own; may be empty.
    padded
        Whether grey bars were added around the photo.
    refining
        Whether a first depth map goes with it, too, to be refined.
    """
    subject = " ".join(subject.split())
    parts = (
        _REFINE if refining else _COMMON,
        _STYLES[style],
        f"The subject is {subject}." if subject else "",
        extra.strip(),
        _BARS if padded else "",
    )
    return "\n".join(filter(None, parts))
