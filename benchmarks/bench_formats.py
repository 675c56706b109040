"""Time 3MF, GLB, PLY and project files of 512² heights, ours against others, in one run.

``python benchmarks/bench_formats.py`` prints tables of seconds, ratios and sizes. The bare write of
as many bytes to a fresh file is the limit that no exporter can beat.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import lib3mf
import numpy as np
import trimesh
from PIL import Image

from bench_export import RUNS, sample, timed
from relief_widget import Relief, example_photos
from relief_widget.export.glb import write_glb
from relief_widget.export.ply import write_ply
from relief_widget.export.threemf import write_3mf
from relief_widget.image.photo import Photo
from relief_widget.mesh.grid import Part
from relief_widget.mesh.triangles import Triangles

Writer = Callable[[Path], object]


def compare(title: str, writers: dict[str, Writer], suffix: str) -> None:
    """Print the writers against the first of them and its bare bytes, run in turn."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"part{suffix}"
        ours = next(iter(writers))
        runs: dict[str, list[float]] = {"bare write": [], **{name: [] for name in writers}}
        sizes = dict.fromkeys(runs, 0)
        for _ in range(RUNS):
            for name, write in writers.items():
                runs[name].append(timed(lambda w=write: w(path), path))  # type: ignore[misc]  # mypy cannot infer the default
                sizes[name] = path.stat().st_size
                if name == ours:
                    data = np.fromfile(path, dtype=np.uint8)
                    sizes["bare write"] = len(data)
                    runs["bare write"].append(timed(lambda d=data: d.tofile(path), path))  # type: ignore[misc]  # as above
    print(f"\n{title}\n\n| writer | seconds | times {ours} | MB |\n|---|---|---|---|")
    for name, times in runs.items():
        ratio = np.median([a / b for a, b in zip(times, runs[ours], strict=True)])
        print(f"| {name} | {np.median(times):.4f} | {ratio:.2f} | {sizes[name] / 1e6:.1f} |")


def with_lib3mf(made: Part) -> Writer:
    """Return an export with lib3mf, its mesh made beforehand."""
    model = lib3mf.get_wrapper().CreateModel()
    mesh = model.AddMeshObject()
    points = made.vertices
    positions = (lib3mf.Position * len(points)).from_buffer_copy(points)
    faces = (lib3mf.Triangle * made.triangles).from_buffer_copy(made.faces)
    mesh.SetGeometry(positions, faces)
    model.AddBuildItem(mesh, lib3mf.get_wrapper().GetIdentityTransform())
    return lambda path: model.QueryWriter("3mf").WriteToFile(str(path))


def triangles(made: Part) -> Triangles:
    """Return a part as a mesh that is no grid."""
    relief = np.arange(made.triangles) < made.triangles - len(made.shell_faces)
    return Triangles(made.vertices, made.faces, made.uv, relief, made.solid)


def projects() -> None:
    """Print how long projects take and how large they are."""
    small = Relief.from_photo(example_photos()["cat"])
    size = (3000, 2000)
    picture = Image.open(example_photos()["cat"]).convert("RGB").resize(size)
    grain = np.random.default_rng(0).normal(0, 2, (size[1], size[0], 3))
    pixels = np.clip(np.asarray(picture) + grain, 0, 255).astype(np.uint8)
    large = Relief.from_photo(Photo(pixels))
    print("\nProjects\n\n| photo | depth map | first, s | again, s | open, s | MB |")
    print("|---|---|---|---|---|---|")
    for relief in (small, large):
        assert relief.photo is not None
        assert relief.depth_map is not None
        times = []
        for work in (relief.project, relief.project, lambda r=relief: Relief.open(r.project())):
            start = perf_counter()
            work()
            times.append(perf_counter() - start)
        rows, cols = relief.depth_map.values.shape
        first, again, opened = times
        print(
            f"| {relief.photo.width} x {relief.photo.height} | {cols} x {rows} | {first:.2f} | "
            f"{again:.3f} | {opened:.2f} | {len(relief.project()) / 1e6:.1f} |"
        )


def main() -> None:
    """Print everything."""
    made = sample(512)

    def with_trimesh(path: Path) -> None:
        trimesh.Trimesh(made.vertices, made.faces, process=False).export(path)

    photo = Image.fromarray(
        np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    ).resize((1024, 1024), Image.Resampling.BICUBIC)
    any_mesh = triangles(made)
    compare(
        "512² 3MF",
        {
            "relief_widget": lambda path: write_3mf(made, path),
            "ours, textured": lambda path: write_3mf(made, path, texture=photo),
            "ours, any mesh": lambda path: write_3mf(any_mesh, path),
            "trimesh": with_trimesh,
            "lib3mf": with_lib3mf(made),
        },
        ".3mf",
    )
    compare(
        "512² GLB: ours with smooth normals",
        {
            "relief_widget": lambda path: write_glb(made, path),
            "ours, textured": lambda path: write_glb(made, path, texture=photo),
            "ours, any mesh": lambda path: write_glb(any_mesh, path),
            "trimesh": with_trimesh,
        },
        ".glb",
    )
    compare(
        "512² PLY",
        {
            "relief_widget": lambda path: write_ply(made, path),
            "ours, coloured": lambda path: write_ply(made, path, texture=photo),
            "trimesh": with_trimesh,
        },
        ".ply",
    )
    projects()


if __name__ == "__main__":
    main()
