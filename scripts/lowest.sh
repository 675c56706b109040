#!/usr/bin/env bash
# Runs the tests that need no browser with the oldest versions of the dependencies that
# pyproject.toml allows: a bound that is too low fails here, and nowhere else.
#
#   bash scripts/lowest.sh [FOLDER]    FOLDER: an environment of its own; anew in a scratch folder else
#
# Needs uv (pip install uv). PYTHON chooses another interpreter than the oldest that is supported.
set -eu
cd "$(dirname "$0")/.."
python=${PYTHON:-3.11}
folder=${1:-}
if [ -z "$folder" ]; then
  folder=$(mktemp -d)
  trap 'rm -rf "$folder"' EXIT
fi
uv venv --quiet --clear --python "$python" "$folder"
uv pip compile --quiet --resolution lowest-direct --python-version "$python" --no-header \
  --extra all pyproject.toml --output-file "$folder/lowest.txt"
# The tests' own tools are today's, as far as the old versions let them be.
uv pip install --quiet --python "$folder" --constraint "$folder/lowest.txt" --editable '.[all]' \
  hypothesis lib3mf lxml networkx numpy-stl onnx playwright pygltflib pytest pytest-xdist tifffile
"$folder/bin/python" -m pytest -p no:cacheprovider -m "not live and not full and not browser" \
  -W default::DeprecationWarning \
  tests/filters tests/heights tests/image tests/mesh tests/export tests/project tests/settings \
  tests/preflight tests/depth tests/widgets tests/test_relief.py tests/test_imports.py
