#!/usr/bin/env bash
# The slicers that the tests ask for their opinion. Where they cannot be installed those tests say so
# and skip.
set -eu
missing=()
for program in prusa-slicer admesh; do
  command -v "$program" >/dev/null || missing+=("$program")
done
[ ${#missing[@]} -eq 0 ] && exit 0
as_root=()
[ "$(id -u)" -eq 0 ] || as_root=(sudo -n)
if command -v apt-get >/dev/null && { [ "$(id -u)" -eq 0 ] || sudo -n true 2>/dev/null; }; then
  echo "Installing ${missing[*]}"
  "${as_root[@]}" apt-get update -qq &&
    DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq \
      --no-install-recommends "${missing[@]}" >/dev/null && exit 0
fi
echo "Cannot install ${missing[*]}: the tests that need them will be skipped."
