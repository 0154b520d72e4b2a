#!/usr/bin/env bash
# All that can be found without running the code. Runs every check, then fails if any has failed.
set -uo pipefail
# shellcheck source=scripts/toolchain.sh
. "$(dirname "$0")/toolchain.sh"
cd "$TOP"
bin=.venv/bin
failed=()

check() { # check NAME COMMAND…
  local name=$1 log
  shift
  log=$(mktemp)
  if "$@" >"$log" 2>&1; then
    printf '%-28s ok\n' "$name"
  else
    printf '%-28s FAILED\n' "$name"
    sed 's/^/  /' "$log"
    failed+=("$name")
  fi
  rm -f "$log"
}

types_of_functions() { # each is a program of its own, and all are named app
  local app
  for app in functions/*/app.py; do "$bin/mypy" "$app" || return 1; done
}

# The lock may name the two public hosts of PyPI and nothing else: an address of a private index or a path of one
# machine would break every other one, or leak.
addresses_of_lock() {
  ! grep -nE 'file:|find-links|/(opt|home|root|Users)/' uv.lock &&
    ! grep -onE '(https?|git|ssh)://[^/"]+' uv.lock | grep -vE ':https://(pypi\.org|files\.pythonhosted\.org)$'
}

# Nor may any other file hold a path of one machine or the address of an index, but for what attackers write. Brackets: this line is no match.
addresses_of_files() {
  ! git ls-files -co --exclude-standard -z -- . ':!uv.lock' ':!tests/samples/signals' |
    xargs -0 -r grep -nIE '/wor[k]/|/roo[t]/|/hom[e]/[a-z]|/User[s]/[a-z]|file:///[a-z]|extra-index-ur[l]|/opt/(pyp[i]|wheel[s])' --
}

check "ruff check" "$bin/ruff" check --output-format concise
check "ruff format" "$bin/ruff" format --check --output-format concise
check "mypy package" "$bin/mypy"
check "mypy functions" types_of_functions
check "cfn-lint" "$bin/cfn-lint" template.yaml
if [ -x .tools/sam/bin/sam ]; then
  check "sam validate --lint" env SAM_CLI_TELEMETRY=0 .tools/sam/bin/sam validate --lint --region eu-west-1
else
  printf '%-28s skipped: no .tools/sam (scripts/bootstrap.sh sam)\n' "sam validate --lint"
fi
check "lock holds public hosts" addresses_of_lock
check "no machine's path in files" addresses_of_files
check "scripts parse" bash -n scripts/*.sh .ci/run

[ ${#failed[@]} -eq 0 ] || die "failed: ${failed[*]}"
