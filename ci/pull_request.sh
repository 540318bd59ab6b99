#!/usr/bin/env bash
# Finds the open pull request of the run that caused this workflow_run, and prints nothing if there is none.
#
# The number comes from GitHub's API and never from what the run left behind. Reads LEADBENCH_TOKEN, and
# from the event LEADBENCH_OWNER, LEADBENCH_BRANCH and LEADBENCH_HEAD of the run's head.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=ci/say.sh
. "$here/say.sh"
# shellcheck source=ci/github.sh
. "$here/github.sh"

need_api
api GET /pulls --get --data-urlencode state=open --data-urlencode "head=$LEADBENCH_OWNER:$LEADBENCH_BRANCH"
[ "$status" = 200 ] || { say warning "no comment: GitHub's API answered with status $status"; exit 0; }
# A branch that has moved on since then will have a run of its own.
number=$(jq -r --arg head "$LEADBENCH_HEAD" '[.[] | select(.head.sha == $head)][0].number // empty' "$answer")
if [[ $number =~ ^[0-9]+$ ]]; then
  output number "$number"
else
  echo "no open pull request has the head $LEADBENCH_HEAD"
fi
