#!/usr/bin/env bash
# Prints the path of the installed Chromium; nothing where Playwright's own is to be used.
set -eu
[ -n "${CHROMIUM:-}" ] && { echo "$CHROMIUM"; exit 0; }
for program in chromium chromium-browser google-chrome; do
  command -v "$program" && exit 0
done
exit 0
