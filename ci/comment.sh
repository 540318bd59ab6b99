#!/usr/bin/env bash
# Writes the report as a comment on the pull request, or updates the comment that an earlier run wrote.
#
# A hidden marker finds that comment. Reads LEADBENCH_REPORT, LEADBENCH_TOKEN, LEADBENCH_PULL_REQUEST,
# LEADBENCH_KEY (empty: workflow and job), LEADBENCH_RUN (the id of the run that measured) and LEADBENCH_NOTE.
# A comment that cannot be written is a warning: it does not fail the job.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=ci/say.sh
. "$here/say.sh"
# shellcheck source=ci/github.sh
. "$here/github.sh"

# Pages of 100 comments; a pull request with more gets a new comment.
readonly PAGES=20
# GitHub refuses a comment of more than 65,536 characters.
readonly CHARACTERS=65000

[[ $LEADBENCH_PULL_REQUEST =~ ^[0-9]+$ ]] || { echo "no comment: this run belongs to no pull request"; exit 0; }
[ -n "$LEADBENCH_REPORT" ] || { say warning "no comment: leadbench wrote no report"; exit 0; }
need_api

key=$(printf '%s' "${LEADBENCH_KEY:-$GITHUB_WORKFLOW/$GITHUB_JOB}" | tr -cs 'A-Za-z0-9._/' '-')
marker="<!-- leadbench: $key -->"
comments=/issues/$LEADBENCH_PULL_REQUEST/comments

# Someone without rights in the repository can write the marker too, so the author counts.
find_comment() {
  local page
  for ((page = 1; page <= PAGES; page++)); do
    api GET "$comments?per_page=100&page=$page"
    [ "$status" = 200 ] || return 1
    # A proxy may answer with something else.
    jq -e 'type == "array"' "$answer" >/dev/null 2>&1 || { status="200, without a list of comments"; return 1; }
    id=$(jq -r --arg marker "$marker" '
      [.[] | select((.body // "") | startswith($marker))
           | select(.user.type == "Bot" or (.author_association | IN("OWNER", "MEMBER", "COLLABORATOR")))][0].id // empty' "$answer")
    [ -z "$id" ] || return 0
    [ "$(jq length "$answer")" -eq 100 ] || return 0
  done
}

make_body() {
  local link="$GITHUB_SERVER_URL/$GITHUB_REPOSITORY/actions/runs/${LEADBENCH_RUN:-$GITHUB_RUN_ID}"
  jq -n --rawfile report "$LEADBENCH_REPORT" --arg marker "$marker" --arg link "$link" --arg note "${LEADBENCH_NOTE:-}" \
    --argjson characters "$CHARACTERS" \
    '{body: ($marker + "\n" + $report[0:$characters] + "\n[The run and its reports](" + $link + "). " + $note)}' >"$answer.body"
}

id=
if find_comment; then
  make_body
  if [ -n "$id" ]; then
    api PATCH "/issues/comments/$id" --data-binary "@$answer.body"
  else
    api POST "$comments" --data-binary "@$answer.body"
  fi
fi
case $status in
  200) echo "comment $id is updated" ;;
  201) echo "comment $(jq .id "$answer") is written" ;;
  401 | 403 | 404)
    say notice "no comment (status $status): the token of this run may not write comments. That is so for a pull request from a fork; docs/CI.md shows the workflow that comments on it. Otherwise give the job the permission pull-requests: write" ;;
  *) say warning "no comment: GitHub's API answered with status $status" ;;
esac
