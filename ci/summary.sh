#!/usr/bin/env bash
# Appends the report to the summary of the job. Reads LEADBENCH_REPORT and LEADBENCH_CODE.
set -euo pipefail

if [ -n "$LEADBENCH_REPORT" ]; then
  { cat -- "$LEADBENCH_REPORT"; echo; } >>"$GITHUB_STEP_SUMMARY"
else
  echo "leadbench wrote no report (exit code ${LEADBENCH_CODE:-unknown}). The log of the job says why." >>"$GITHUB_STEP_SUMMARY"
fi
