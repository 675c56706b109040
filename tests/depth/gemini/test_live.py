"""The real service: run by ``make live`` alone, with a key in the environment; under $0.10."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

from relief_widget import example_photos
from relief_widget.depth import Gemini
from relief_widget.depth.gemini import MODELS, AnswerCache, spending
from relief_widget.depth.gemini.secret import key_from_environment
from relief_widget.image.photo import open_photo

pytestmark = pytest.mark.live

MOST_DOLLARS = 0.10


@pytest.fixture(scope="module", autouse=True)
def key() -> str:
    found = key_from_environment()
    if found is None:
        pytest.skip("no key in GEMINI_API_KEY")
    return found.reveal()


def test_which_models_this_key_knows(key: str) -> None:
    """Asking for a model's description makes no picture and costs nothing."""
    from google import genai
    from google.genai import errors, types

    for version in ("v1", "v1beta"):
        client = genai.Client(
            vertexai=False, api_key=key, http_options=types.HttpOptions(api_version=version)
        )
        for model in {model.id for model in MODELS.values()}:
            try:
                client.models.get(model=model)
                print(f"{version} {model}: known")
            except errors.APIError as error:
                print(f"{version} {model}: {error.code} {error.status}")


@pytest.mark.parametrize("model", ["nano-banana-2", "nano-banana-2-lite"])
def test_a_real_depth_map(model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    photo = open_photo(example_photos()["cat"])
    provider = Gemini(model, "1K", cache=tmp_path)
    estimate = provider.estimate(photo)
    assert estimate is not None
    if spending.total.dollars + 1.5 * estimate.dollars > MOST_DOLLARS:
        pytest.skip("this would cost more than $0.10 in all")
    depth_map = provider(photo, "organic")
    store = AnswerCache(tmp_path)
    (path,) = store.folder.iterdir()
    kept = store.get(path.stem)
    assert kept is not None
    with Image.open(io.BytesIO(kept[0])) as picture:
        kind, size = picture.format, picture.size
    with capsys.disabled():
        print(f"\n{model}: answered with {kind} of {size[0]} × {size[1]} pixels")
        print(f"  estimated {estimate}, cost {depth_map.origin['cost']}; {spending}")
        report = depth_map.report
        assert report is not None
        for name, value in report.lines():
            print(f"  {name}: {value}")
        for warning in report.warnings:
            print(f"  warning: {warning}")
    assert depth_map.values.std() > 0.05
