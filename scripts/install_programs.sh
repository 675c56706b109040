#!/usr/bin/env bash
# The programs that the tests ask: a browser, and slicers for their opinion. Without slicers those
# tests say so and skip; without a browser the tests of the interface cannot run.
#
#   bash scripts/install_programs.sh [BIN]    BIN: the folder of the environment's programs
set -eu
here=$(dirname "$0")
missing=()
for program in prusa-slicer admesh; do
  command -v "$program" >/dev/null || missing+=("$program")
done
[ -n "$(bash "$here/chromium.sh")" ] || missing+=(chromium)
[ ${#missing[@]} -eq 0 ] && exit 0
as_root=()
[ "$(id -u)" -eq 0 ] || as_root=(sudo -n)
if command -v apt-get >/dev/null && { [ "$(id -u)" -eq 0 ] || sudo -n true 2>/dev/null; }; then
  echo "Installing ${missing[*]}"
  "${as_root[@]}" apt-get update -qq &&
    DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq \
      --no-install-recommends "${missing[@]}" >/dev/null && exit 0
fi
if [ -z "$(bash "$here/chromium.sh")" ] && [ -n "${1:-}" ]; then
  echo "Installing Playwright's Chromium"
  "$1/playwright" install chromium ||
    { echo "The tests need Chromium: install it, or set CHROMIUM to its path."; exit 1; }
fi
for program in prusa-slicer admesh; do
  command -v "$program" >/dev/null ||
    echo "Cannot install $program: the tests that need it will be skipped."
done
