#!/usr/bin/env bash
# Adds runs and searches to a history, and makes its page: perf/history.sh HISTORY FOLDER...
#
# It keeps only the figures, summary.json and search.json, of the last NIGHTS (120) of each.
set -euo pipefail

history=${1:?usage: perf/history.sh HISTORY FOLDER...}
shift
mkdir -p "$history"
for folder in "$@"; do
  for name in summary.json search.json; do
    [ -n "$folder" ] && [ -f "$folder/$name" ] || continue
    kept=$history/$(basename "$folder")
    mkdir -p "$kept"
    cp "$folder/$name" "$kept/"
  done
done
for name in summary.json search.json; do
  # The names of folders begin with the time.
  find "$history" -mindepth 2 -maxdepth 2 -name "$name" | sort | head -n "-${NIGHTS:-120}" | while IFS= read -r file; do
    rm -- "$file"
    rmdir -- "$(dirname "$file")"
  done
done
leadbench history "$history"
