from __future__ import annotations

import subprocess
import sys
import warnings
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import trimesh

from relief_widget import Relief
from relief_widget.settings.materials import material
from tests.support.bounds import MICRON, SHARE, UNIT
from tests.support.pictures import scene

Array = npt.NDArray[Any]

CASES: dict[str, dict[str, Any]] = {
    "solid": {},
    "planar": {"mode": "planar"},
    "cut out": {"mode": "planar", "depth_cutoff": 0.4},
    "inverted": {"invert": True},
    "mirrored": {"mirror": True},
}


def relief(rows: int = 9, cols: int = 12, **settings: Any) -> Relief:
    y, x = np.mgrid[0:rows, 0:cols]
    return Relief.from_heights(
        0.5 + 0.5 * np.sin(1.1 * x + 0.3 * y) * np.cos(0.7 * y), texture=scene(), **settings
    )


def arrays(shown: Relief) -> tuple[Array, Array, Array, Array]:
    with warnings.catch_warnings():
        # Of a package that pythreejs builds on.
        warnings.simplefilter("ignore", DeprecationWarning)
        attributes = shown.to_pythreejs().geometry.attributes
    position, normal, uv = (attributes[name].array for name in ("position", "normal", "uv"))
    return position, normal, uv, attributes["index"].array.reshape(-1, 3)


@pytest.mark.parametrize("case", CASES)
def test_the_geometry_is_the_part(case: str) -> None:
    shown = relief(**CASES[case])
    position, _, _, faces = arrays(shown)
    mesh = trimesh.Trimesh(position, faces, process=False)
    mesh.merge_vertices(merge_norm=True, merge_tex=True)
    assert mesh.is_watertight == (shown.settings.mode == "solid")
    assert mesh.is_winding_consistent
    assert len(mesh.faces) == len(shown.mesh.faces)
    assert mesh.area == pytest.approx(shown.mesh.area, rel=SHARE)
    np.testing.assert_allclose(mesh.bounds, shown.mesh.bounds, atol=MICRON)
    if mesh.is_watertight:
        assert mesh.volume == pytest.approx(shown.mesh.volume, rel=SHARE)


@pytest.mark.parametrize("shape", [(9, 12), (2, 5), (5, 2), (2, 2), (3, 3)])
@pytest.mark.parametrize("case", CASES)
def test_normals_point_out_of_every_face_they_shade(case: str, shape: tuple[int, int]) -> None:
    position, normal, _, faces = arrays(relief(*shape, **CASES[case] | {"depth_cutoff": 0}))
    np.testing.assert_allclose(np.linalg.norm(normal, axis=1), 1, atol=UNIT)
    flat = trimesh.Trimesh(position, faces, process=False).face_normals
    cosines = np.einsum("fcx,fx->fc", normal[faces], flat)
    assert cosines.min() > 0.1
    # Walls and bottom are flat: nothing of a neighbour's light bleeds round their edges.
    shell = np.abs(flat).max(axis=1) > 0.99999
    shell &= ~(faces < np.prod(shape)).all(axis=1)
    np.testing.assert_allclose(cosines[shell], 1, atol=UNIT)


@pytest.mark.parametrize("mirror", [False, True])
def test_the_photo_lies_as_on_the_mesh(mirror: bool) -> None:
    shown = relief(mirror=mirror)
    position, _, uv, _ = arrays(shown)
    across, down = position[:, 0] / 100, position[:, 1] / position[:, 1].max()
    np.testing.assert_allclose(uv[:, 0], 1 - across if mirror else across, atol=UNIT)
    np.testing.assert_allclose(uv[:, 1], down, atol=UNIT)


def test_the_material_is_that_of_the_view() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        plain = relief(material="ceramic").to_pythreejs().material
        photo = relief(show_texture=True).to_pythreejs().material
    look = material("ceramic")
    assert (plain.color, plain.roughness, plain.clearCoat) == (
        look.colour,
        look.roughness,
        look.clearcoat,
    )
    assert plain.map is None
    # The first row of a texture is its bottom.
    pixels = photo.map.data
    assert pixels.shape == (30, 40, 4)
    np.testing.assert_allclose(pixels[-1, 0, :3], scene()[0, 0], atol=6)


def test_without_pythreejs_one_sentence_says_what_to_install() -> None:
    code = (
        "import sys; sys.modules['pythreejs'] = None\n"
        "import numpy as np; from relief_widget import Relief, ReliefError\n"
        "try: Relief.from_heights(np.eye(3)).to_pythreejs()\n"
        "except ReliefError as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "pythreejs is not installed. Install it with: pip install pythreejs\n"
