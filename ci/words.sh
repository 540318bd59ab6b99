# shellcheck shell=bash
# shellcheck disable=SC2154,SC2034 # measure.sh sets `scratch` and reads `words`
# How arguments are read. Sourced by measure.sh.

# words TEXT: fills the array `words` with the words of a text. Spaces and line breaks separate words, quotes
# and backslashes protect them, as in a shell. Nothing is expanded, and nothing is executed.
words() {
  words=()
  printf '%s' "$1" | xargs -r printf '%s\0' >"$scratch/words" 2>/dev/null || return 1
  mapfile -d '' -t words <"$scratch/words"
}
