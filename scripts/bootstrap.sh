#!/usr/bin/env bash
# Makes the environments that the Makefile's verbs run in, from uv.lock. Quick and silent where nothing changed.
#
#   scripts/bootstrap.sh demo            .venv: the package and its local stack
#   scripts/bootstrap.sh all [VERSION]   .venv (or .venv-VERSION): that, tests and linters
#   scripts/bootstrap.sh scale-out       .venv-scale-out: the package, its local stack, tests, other engines
#   scripts/bootstrap.sh bench           .venv-bench: the package, its local stack, the peers in the bench of detection
#   scripts/bootstrap.sh mutation        .venv-mutation: the package, its local stack, tests, mutmut
#   scripts/bootstrap.sh sam             .tools/sam: SAM CLI, with the Lambda runtime emulator in it
#   scripts/bootstrap.sh runtime [VERSION]   .tools/runtime (or .tools/runtime-VERSION): what the Lambda runtime
#                                        brings (awslambdaric, boto3), for the Python of .venv (or that one)
#   scripts/bootstrap.sh newman          .tools/newman: what runs the Postman collection in the tests; needs Node.js and
#                                        npm, says so where they are missing, and goes on
#
# Standard output holds nothing; what takes longer than a moment is announced on standard error.
set -euo pipefail
# shellcheck source=scripts/toolchain.sh
. "$(dirname "$0")/toolchain.sh"
cd "$TOP"

newman() {
  local folder=$TOOLS/newman from=tests/runtime/newman
  if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
    say "newman skipped: no Node.js and npm on this machine"
    return 0
  fi
  if cmp -s "$from/package-lock.json" "$folder/package-lock.json" && [ -x "$folder/node_modules/.bin/newman" ]; then
    return 0
  fi
  say "installing newman into .tools/newman"
  rm -rf "$folder" && mkdir -p "$folder" && cp "$from"/package*.json "$folder/"
  # The lock holds digests and no addresses: npm asks the registry that it is set up for.
  (cd -P "$folder" && npm ci --ignore-scripts --no-audit --no-fund) >"$TOOLS/newman.log" 2>&1 ||
    { say "newman skipped: npm could not install it; the whole log: .tools/newman.log"; rm -rf "$folder"; }
}

profile=${1:-all}
version=${2:-}
case $profile in
demo | all | scale-out | bench | mutation | sam | runtime) ;;
newman) newman && exit 0 ;;
*) die "no profile '$profile': demo, all, scale-out, bench, mutation, sam, runtime or newman" ;;
esac

folder=.venv${version:+-$version}
case $profile in scale-out | bench | mutation) folder=.venv-$profile ;; sam) folder=.tools/sam ;; runtime) folder=.tools/runtime${version:+-$version} ;; esac
# The runtime's packages hold compiled modules: they must be of the Python that the tests run on.
if [ "$profile" = runtime ] && [ -z "$version" ]; then version=$(python_version .venv/bin/python || true); fi

# The stamp says what an environment was made from; the checkout's path is part of it, for scripts in it hold the path.
state=$( (printf '%s %s\n' "$TOP" "$version" && cat pyproject.toml uv.lock) | cksum)
fresh() { [ "$(cat "$folder/.made-for-$1" 2>/dev/null)" = "$state" ]; }
if fresh "$profile" || { [ "$profile" = demo ] && fresh all; }; then
  exit 0
fi

need_uv
if [ -n "$version" ]; then
  python=$(find_python "$version") || die "no Python $version on this machine"
elif ! python=$(choose_python); then
  say "no Python >= 3.11 on this machine: asking uv for $LAMBDA_PYTHON"
  UV_PYTHON_DOWNLOADS=automatic "$UV" python install --quiet "$LAMBDA_PYTHON" ||
    die "uv could not fetch Python $LAMBDA_PYTHON: install Python 3.11 or later, then run this again"
  python=$("$UV" python find --no-project --managed-python "$LAMBDA_PYTHON")
fi

say "preparing $folder with Python $(python_version "$python")"
export UV_PROJECT_ENVIRONMENT=$folder UV_PYTHON=$python
log=$(mktemp)
trap 'rm -f "$log"' EXIT
failed() {
  cat "$log" >&2
  die "could not prepare $folder. Where it is half made: rm -rf $folder; where uv.lock is out of date: uv lock"
}
case $profile in
demo) "$UV" sync --quiet --frozen --extra local --no-default-groups --inexact >"$log" 2>&1 || failed ;;
all) "$UV" sync --quiet --frozen --all-extras >"$log" 2>&1 || failed ;;
scale-out | bench | mutation) "$UV" sync --quiet --frozen --extra local --no-default-groups --group "$profile" >"$log" 2>&1 || failed ;;
sam) "$UV" sync --quiet --frozen --only-group sam >"$log" 2>&1 || failed ;;
runtime)
  rm -rf "$folder"
  { "$UV" export --quiet --frozen --only-group runtime --no-emit-project -o "$log.txt" &&
    "$UV" pip install --quiet --require-hashes --no-deps --target "$folder" -r "$log.txt" &&
    "$python" -m compileall -q --invalidation-mode unchecked-hash "$folder"; } >"$log" 2>&1 || failed
  rm -f "$log.txt"
  ;;
esac
rm -f "$folder"/.made-for-*
printf '%s\n' "$state" >"$folder/.made-for-$profile"
