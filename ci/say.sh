# shellcheck shell=bash
# How the scripts of the action speak. Sourced by them.

# One line for GitHub's page of the run: say error|warning|notice TEXT
say() {
  local text=${2//'%'/%25}
  text=${text//$'\r'/%0D}
  printf '::%s title=leadbench::%s\n' "$1" "${text//$'\n'/%0A}"
}

# fail WHAT HINT: an error that says what to try, and the exit code of a faulty environment.
fail() {
  say error "$1"$'\n'"hint: $2"
  exit 4
}

# An output of this step; values have no line break.
output() {
  printf '%s=%s\n' "$1" "${2//[$'\r\n']/ }" >>"${GITHUB_OUTPUT:-/dev/null}"
}
