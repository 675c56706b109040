"""The depth networks that are known, as data: what they want to see and what they answer."""

from __future__ import annotations

import re
from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from typing import Literal

from relief_widget.arguments import shown
from relief_widget.errors import DepthError

Triple = tuple[float, float, float]

# Mean and deviation of ImageNet's sRGB values, with which DINOv2 and most of its kin are trained.
_MEAN: Triple = (0.485, 0.456, 0.406)
_STD: Triple = (0.229, 0.224, 0.225)
_HALF: Triple = (0.5, 0.5, 0.5)
# What most exports call their output.
_DEPTH = ("predicted_depth", "depth")


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
    normals
        Names of outputs with the surface's normals, of which the first that the model has refines
        the depth; none: they are not used.
    extra
        Further inputs by name, as numbers.
    tokens
        Least and most of an input ``num_tokens``, the patches that the network looks at; it gets as
        many as the picture fills. None: it has no such input, or `extra` gives it.
    sky, sky_from
        Name of an output that is this large where there is sky, which is put farthest.
    valid, valid_from
        Name of an output that is smaller than this where nothing is known: that is put farthest if
        it reaches the photo's border, and filled from around it if a surface encloses it.
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
    normals: tuple[str, ...] = ("normal", "normals", "predicted_normal")
    extra: Mapping[str, float] = field(default_factory=dict)
    tokens: tuple[int, int] | None = None
    sky: str | None = None
    sky_from: float = 0.3
    valid: str | None = None
    valid_from: float = 0.5


# Sources: the models' own pages and code. Depth Anything V2 answers inverse depth, its metric
# fine-tunes and Depth Anything 3 a distance; the latter counts sky from 0.3 on. Its own pages show
# it 504 on the longer side, which is 24 x 36 patches of a photo of 3:2; at 756 they are 36 x 54, as
# many as V2 sees. MoGe-2 answers points whose z lacks a shift, and takes 1200 to 3600 tokens. Depth
# Pro sees a square of 1536.
KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("depth-anything-v2", "Depth Anything V2", "large", outputs=_DEPTH),
        Kind("depth-anything-v2-metric", "Depth Anything V2, metric", "small", outputs=_DEPTH),
        Kind(
            "depth-anything-3",
            "Depth Anything 3",
            "small",
            side=756,
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
            tokens=(1200, 3600),
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
            outputs=_DEPTH,
        ),
    )
}


@dataclass(frozen=True)
class Pin:
    """The content of one file of a repository.

    Attributes
    ----------
    size
        In bytes.
    sha256
        64 hexadecimal digits.
    """

    size: int
    sha256: str


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
        Size of each variant with all its weights, as far as it is known.
    revision
        The commit that is fetched where the user names none; None: the newest.
    pins
        What the files of `revision` are, by path, as far as it is known: any other content is
        refused. Of the rest the hub says itself what they are, and that is checked.
    """

    id: str
    kind: str
    label: str
    licence: str
    commercial: bool
    files: Mapping[str, str]
    megabytes: Mapping[str, float] = field(default_factory=dict)
    revision: str | None = None
    pins: Mapping[str, Pin] = field(default_factory=dict)


# How repositories of transformers.js name the variants of a model.
_FILES = {"fp32": "onnx/model.onnx"} | {
    name: f"onnx/model_{name}.onnx" for name in ("fp16", "int8", "uint8", "q4", "q4f16", "bnb4")
}
VARIANTS = tuple(_FILES)


def _sizes(*megabytes: float) -> Mapping[str, float]:
    """Return the sizes of all variants."""
    return dict(zip(VARIANTS, megabytes, strict=True))


_WHOLE = {"fp32": "onnx/model.onnx"}
_MOGE = {"fp32": "model.onnx"}

# Licences and sizes as the models' pages gave them in November 2026. Commits and checksums as they
# were published; where one is missing, it was not found.
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
            _sizes(99.1, 49.6, 27.3, 27.3, 27.4, 19.1, 26.1),
            "4472b7362082ad9968fee890ca0f1e5aca36b93d",
            {
                "onnx/model.onnx": Pin(
                    99_060_839, "afb6a5c28f3b6bf1618c6e43f02073ef9dfdc70e937502d51603e57b0a1df10c"
                ),
                "onnx/model_fp16.onnx": Pin(
                    49_642_442, "2df6223f206b5164e21f664ace61dabeb9bb6a49b8b5a3e00510b4807d0f5b04"
                ),
            },
        ),
        HubModel(
            "onnx-community/depth-anything-v2-base",
            "depth-anything-v2",
            "Depth Anything V2 Base",
            "CC-BY-NC-4.0",
            False,
            _FILES,
            _sizes(389, 195, 102, 102, 102, 72.5, 97),
            "dd4557d492cd7b563738ac8d9ccff9094620983c",
        ),
        HubModel(
            "onnx-community/depth-anything-v2-large",
            "depth-anything-v2",
            "Depth Anything V2 Large",
            "CC-BY-NC-4.0",
            False,
            _FILES,
            {"fp32": 1340, "fp16": 669, "int8": 347},
            "1fa1591c7b080e98da9655827c3a33a3972a4a83",
        ),
        HubModel(
            "onnx-community/depth-anything-v3-small",
            "depth-anything-3",
            "Depth Anything 3 Small",
            "Apache-2.0",
            True,
            _WHOLE,
            {"fp32": 105.3},
            "0b6a7f3bf5595f9950b91389e0da3a0de130324c",
            {
                "onnx/model.onnx": Pin(
                    640_691, "396008798244a074297fd88e450433b1357fc687f534939375c804ded86e7b2a"
                ),
                "onnx/model.onnx_data": Pin(
                    104_702_464, "802bb24741e67f5bb2b369fc64d40afe11439cc895d676d658d65cfb75c9860f"
                ),
            },
        ),
        HubModel(
            "onnx-community/depth-anything-v3-base",
            "depth-anything-3",
            "Depth Anything 3 Base",
            "Apache-2.0",
            True,
            _WHOLE,
            {"fp32": 413},
        ),
        HubModel(
            "Ruicheng/moge-2-vits-normal-onnx",
            "moge-2",
            "MoGe-2 Small",
            "MIT",
            True,
            _MOGE,
            {"fp32": 140.9},
            "e50ffda41565591092adea54c6ac83d6212e1e23",
            {
                "model.onnx": Pin(
                    140_852_051, "24eacb5dc7a2c54c7bc98f7de085ffbed79ad006ea5b664c2c2cdc02ff3a52f0"
                )
            },
        ),
        HubModel(
            "Ruicheng/moge-2-vitb-normal-onnx",
            "moge-2",
            "MoGe-2 Base",
            "MIT",
            True,
            _MOGE,
            {"fp32": 419.4},
            "2d247a122ada42ce700fe59273cd62e076da1f32",
            {
                "model.onnx": Pin(
                    419_411_850, "bbf14e07a30f11e69d36ab861590123f5598ababcbc8946a063eb4a966f35a21"
                )
            },
        ),
        HubModel(
            "Ruicheng/moge-2-vitl-normal-onnx",
            "moge-2",
            "MoGe-2 Large",
            "MIT",
            True,
            _MOGE,
            {"fp32": 1324.3},
            pins={
                "model.onnx": Pin(
                    1_324_265_014,
                    "afbc4ccc3450298f3afb35b90f015f4c4f552dea21dc6470d5f7b78b77e2d751",
                )
            },
        ),
        HubModel(
            "onnx-community/DepthPro-ONNX",
            "depth-pro",
            "Depth Pro",
            "apple-amlr, for research only",
            False,
            # The smallest first: in full it is 3.8 GB.
            {"q4f16": _FILES["q4f16"], **_FILES},
            _sizes(3800, 1900, 1010, 1010, 746.1, 600.3, 689),
            "feefb662b967b477367485dc4f133aeecd638ba4",
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
    if not isinstance(kind, str) or kind not in KINDS:
        raise DepthError(
            f"There is no kind of depth model named {shown(kind)}.",
            f"Kinds are {', '.join(KINDS)}; or describe yours with a Kind.",
        )
    return KINDS[kind]


def refuse_several(name: str) -> None:
    """Refuse a family of models that is more than one network, by its name.

    Raises
    ------
    DepthError
        It is MoGe-3: points of its backbone go through its refiner several times, as sparse voxels.
    """
    if re.search(r"moge[-_. ]?3", name, re.IGNORECASE):
        raise DepthError(
            "MoGe-3 is two networks, a backbone and a refiner, which cannot be run here.",
            "Take MoGe-2, which is one: Ruicheng/moge-2-vitb-normal-onnx.",
        )


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
    kind = _told(_NAMES, name)
    if kind is not None:
        return KINDS[kind]
    if "focallength_px" in outputs:
        return KINDS["depth-pro"]
    # Only Depth Anything 3 answers with cameras or a score of sky beside the depth.
    if outputs & {"depth", "predicted_depth"} and outputs & {"extrinsics", "intrinsics", "sky"}:
        return KINDS["depth-anything-3"]
    return None


def restricted_licence(name: str) -> str | None:
    """Return the licence of a model that is known not to allow commercial use, by its name."""
    return _told(_NOT_COMMERCIAL, name)


def _told(table: tuple[tuple[str, str], ...], name: str) -> str | None:
    return next((what for this, what in table if re.search(this, name, re.IGNORECASE)), None)
