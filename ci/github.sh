# shellcheck shell=bash
# GitHub's API. Sourced by comment.sh and pull_request.sh, which set LEADBENCH_TOKEN.

# What an answer may take, in seconds.
readonly ANSWER_S=30

need_api() {
  local tool
  for tool in curl jq; do
    command -v "$tool" >/dev/null || { say warning "no comment: $tool is missing on this runner"; exit 0; }
  done
  # The token is written into a configuration of curl, where these would begin another line.
  [[ $LEADBENCH_TOKEN =~ ^[A-Za-z0-9_.=-]+$ ]] || { say warning "no comment: github-token is empty or is not a token"; exit 0; }
  answer=$(mktemp)
  trap 'rm -f "$answer" "$answer.body"' EXIT
}

# api METHOD PATH [CURL-OPTION...]: the answer is in $answer, its status in $status (000: none).
# The token is in no argument, because all processes of a machine can read those of others.
api() {
  local method=$1 path=$2
  shift 2
  # shellcheck disable=SC2034 # the caller reads it
  status=$(printf 'header = "Authorization: Bearer %s"\n' "$LEADBENCH_TOKEN" |
    curl --silent --config - --request "$method" --max-time "$ANSWER_S" --output "$answer" --write-out '%{http_code}' \
      --header 'Accept: application/vnd.github+json' --header 'X-GitHub-Api-Version: 2022-11-28' \
      "$@" -- "$GITHUB_API_URL/repos/$GITHUB_REPOSITORY$path") || true
}
