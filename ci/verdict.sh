#!/usr/bin/env bash
# One word for an exit code of leadbench: ci/verdict.sh CODE
set -euo pipefail

case $1 in
  0) echo passed ;;
  1) echo failed ;;
  2) echo command-line ;;
  3) echo scenario ;;
  4) echo environment ;;
  5) echo refused ;;
  6) echo regression ;;
  7) echo undecided ;;
  8) echo invalid ;;
  130 | 143) echo interrupted ;;
  *) echo internal ;;
esac
