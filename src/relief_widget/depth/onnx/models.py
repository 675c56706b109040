"""The depth networks that are known, as data: what they want to see and what they answer."""

from __future__ import annotations

import re
from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from typing import Literal

from relief_widget.errors import DepthError

Triple = tuple[float, float, float]

# Mean and deviation of ImageNet's sRGB values, with which DINOv2 and most of its kin are trained.
_MEAN: Triple = (0.485, 0.456, 0.406)
_STD: Triple = (0.229, 0.224, 0.225)
_HALF: Triple = (0.5, 0.5, 0.5)


@dataclass(frozen=True)
class Kind:
    """The conventions of a family of depth networks.

    Attributes
    ----------
    name, label
        For `OnnxModel`, and for people.
    near
        ``"large"``: the output is relative inverse depth, large = near; ``"small"``: it is a
        distance, and its inverse is taken.
    side
        Pixels that the network likes best, of the side that `fit` names.
    fit
        ``"shorter"`` or ``"longer"`` side of the photo becomes `side`, in proportion;
        ``"stretch"``: the photo is stretched to a square of `side`.
    multiple
        That both sides must be a multiple of, where the model leaves them open.
    mean, std
        Of the sRGB values in [0, 1]: the network sees (value - mean) / std.
    image
        Name of the input for the photo; None: the only one that can take a picture.
    outputs
        Names of the output with the depth, the first that the model has; none: the only one that
        can be a depth map.
    component
        Of an output of points (x, y, z): 2, and the shift of z is found from x and y.
    extra
        Further inputs by name, as numbers.
    sky, sky_from
        Name of an output that is this large where there is sky, which is put farthest.
    valid, valid_from
        Name of an output that is smaller than this where nothing is known, which is put farthest.
    """

    name: str
    label: str
    near: Literal["large", "small"]
    side: int = 518
    fit: Literal["shorter", "longer", "stretch"] = "shorter"
    multiple: int = 14
    mean: Triple = _MEAN
    std: Triple = _STD
    image: str | None = None
    outputs: tuple[str, ...] = ()
    component: int | None = None
    extra: Mapping[str, float] = field(default_factory=dict)
    sky: str | None = None
    sky_from: float = 0.3
    valid: str | None = None
    valid_from: float = 0.5


# Sources: the models' own pages and code. Depth Anything V2 answers inverse depth, its metric
# fine-tunes and Depth Anything 3 a distance; the latter counts sky from 0.3 on. MoGe-2 answers
# points whose z lacks a shift (1200 to 2500 tokens are suggested). Depth Pro sees a square of 1536.
KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind(
            "depth-anything-v2",
            "Depth Anything V2",
            "large",
            outputs=("predicted_depth", "depth"),
        ),
        Kind(
            "depth-anything-v2-metric",
            "Depth Anything V2, metric",
            "small",
            outputs=("predicted_depth", "depth"),
        ),
        Kind(
            "depth-anything-3",
            "Depth Anything 3",
            "small",
            side=504,
            fit="longer",
            outputs=("depth", "predicted_depth"),
            sky="sky",
        ),
        Kind(
            "moge-2",
            "MoGe-2",
            "small",
            side=700,
            multiple=1,
            mean=(0.0, 0.0, 0.0),
            std=(1.0, 1.0, 1.0),
            image="image",
            outputs=("points",),
            component=2,
            extra={"num_tokens": 2500},
            valid="mask",
        ),
        Kind(
            "depth-pro",
            "Depth Pro",
            "small",
            side=1536,
            fit="stretch",
            multiple=1,
            mean=_HALF,
            std=_HALF,
            outputs=("predicted_depth", "depth"),
        ),
    )
}


@dataclass(frozen=True)
class HubModel:
    """A model on the hub.

    Attributes
    ----------
    id
        ``owner/name``.
    kind
        Name of its `Kind`.
    label, licence
        For people.
    commercial
        Whether the licence allows commercial use.
    files
        Path in the repository by variant; the first is the default.
    megabytes
        Size of each variant, as far as it is known.
    """

    id: str
    kind: str
    label: str
    licence: str
    commercial: bool
    files: Mapping[str, str]
    megabytes: Mapping[str, float] = field(default_factory=dict)


# How repositories of transformers.js name the variants of a model.
_FILES = {
    "fp32": "onnx/model.onnx",
    "fp16": "onnx/model_fp16.onnx",
    "int8": "onnx/model_int8.onnx",
    "uint8": "onnx/model_uint8.onnx",
    "q4": "onnx/model_q4.onnx",
    "bnb4": "onnx/model_bnb4.onnx",
}
_MOGE = {"fp32": "model.onnx"}

# Licences and sizes as the models' pages gave them in November 2026.
HUB_MODELS: Mapping[str, HubModel] = {
    model.id: model
    for model in (
        HubModel(
            "onnx-community/depth-anything-v2-small",
            "depth-anything-v2",
            "Depth Anything V2 Small",
            "Apache-2.0",
            True,
            _FILES,
            {"fp32": 99.1, "fp16": 49.6, "int8": 27.3, "uint8": 27.3, "q4": 27.4, "bnb4": 26.1},
        ),
        HubModel(
            "onnx-community/depth-anything-v2-base",
            "depth-anything-v2",
            "Depth Anything V2 Base",
            "CC-BY-NC-4.0",
            False,
            _FILES,
        ),
        HubModel(
            "onnx-community/depth-anything-v2-large",
            "depth-anything-v2",
            "Depth Anything V2 Large",
            "CC-BY-NC-4.0",
            False,
            _FILES,
        ),
        HubModel("Ruicheng/moge-2-vits-normal-onnx", "moge-2", "MoGe-2 Small", "MIT", True, _MOGE),
        HubModel("Ruicheng/moge-2-vitb-normal-onnx", "moge-2", "MoGe-2 Base", "MIT", True, _MOGE),
        HubModel("Ruicheng/moge-2-vitl-normal-onnx", "moge-2", "MoGe-2 Large", "MIT", True, _MOGE),
        HubModel(
            "onnx-community/DepthPro-ONNX",
            "depth-pro",
            "Depth Pro",
            "apple-amlr, for research only",
            False,
            _FILES,
        ),
    )
}

# What the names of files and repositories tell, the first that fits. Depth Anything V2's metric
# fine-tunes are named after the sets that they were tuned on.
_NAMES = (
    (r"depth[-_. ]?anything[-_. ]?v?2.*(metric|hypersim|vkitti)", "depth-anything-v2-metric"),
    (r"metric.*depth[-_. ]?anything[-_. ]?v?2", "depth-anything-v2-metric"),
    (r"depth[-_. ]?anything[-_. ]?v?2", "depth-anything-v2"),
    (r"depth[-_. ]?anything[-_. ]?v?3|(^|[^a-z])da3", "depth-anything-3"),
    (r"moge[-_. ]?2", "moge-2"),
    (r"depth[-_. ]?pro([^a-z]|$)", "depth-pro"),
)
# What licences are known for models of which exports by other people go around.
_NOT_COMMERCIAL = (
    (r"depth[-_. ]?anything[-_. ]?v?2.*(base|large|giant|vit[blg])", "CC-BY-NC-4.0"),
    (
        r"(depth[-_. ]?anything[-_. ]?v?3|da3)(?!.*(mono|metric)).*(large|giant|nested)",
        "CC-BY-NC-4.0",
    ),
    (r"depth[-_. ]?pro([^a-z]|$)", "apple-amlr, for research only"),
)


def find_kind(kind: str | Kind) -> Kind:
    """Return a kind by name.

    Raises
    ------
    DepthError
        There is none of that name.
    """
    if isinstance(kind, Kind):
        return kind
    if kind not in KINDS:
        raise DepthError(
            f"There is no kind of depth model named {kind!r}.",
            f"Kinds are {', '.join(KINDS)}; or describe yours with a Kind.",
        )
    return KINDS[kind]


def guess_kind(name: str, inputs: Set[str], outputs: Set[str]) -> Kind | None:
    """Tell the kind of a model from its names, None where they leave it open.

    Parameters
    ----------
    name
        Of the repository or of the file.
    inputs, outputs
        Of the model.
    """
    if "points" in outputs and "num_tokens" in inputs:
        return KINDS["moge-2"]
    for pattern, kind in _NAMES:
        if re.search(pattern, name, re.IGNORECASE):
            return KINDS[kind]
    if "focallength_px" in outputs:
        return KINDS["depth-pro"]
    # Only Depth Anything 3 answers with cameras or a score of sky beside the depth.
    if outputs & {"depth", "predicted_depth"} and outputs & {"extrinsics", "intrinsics", "sky"}:
        return KINDS["depth-anything-3"]
    return None


def restricted_licence(name: str) -> str | None:
    """Return the licence of a model that is known not to allow commercial use, by its name."""
    for pattern, licence in _NOT_COMMERCIAL:
        if re.search(pattern, name, re.IGNORECASE):
            return licence
    return None
