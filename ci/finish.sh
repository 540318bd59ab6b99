#!/usr/bin/env bash
# Ends the step with leadbench's own exit code. Reads LEADBENCH_CODE and LEADBENCH_VERDICT.
set -euo pipefail
# shellcheck source=ci/say.sh
. "$(dirname "${BASH_SOURCE[0]}")/say.sh"

[[ $LEADBENCH_CODE =~ ^[0-9]+$ ]] || exit 4
[ "$LEADBENCH_CODE" -eq 0 ] ||
  say error "leadbench ended with exit code $LEADBENCH_CODE ($LEADBENCH_VERDICT)"$'\n'"hint: https://github.com/leadbench/leadbench#exit-codes"
exit "$LEADBENCH_CODE"
