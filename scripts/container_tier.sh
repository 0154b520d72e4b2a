#!/usr/bin/env bash
# The container tier: functions and layers out of `sam build`, run by `sam local` in containers.
#
# Needs root on Debian or Ubuntu; installs the rest. Where an engine cannot start, or the image not be made, the tests
# are skipped, and the reason is printed and is pytest's skip reason. Arguments go to pytest.
#
# ABSLAKE_ENGINE   folder of the engine's state (default: build/engine); kept, so that a second run is quicker
set -euo pipefail
# shellcheck source=scripts/toolchain.sh
. "$(dirname "$0")/toolchain.sh"
cd "$TOP"

engine=${ABSLAKE_ENGINE:-$TOP/build/engine}
log=$(mktemp)
trap 'rm -f "$log"; scripts/docker_engine.sh stop "$engine" || true' EXIT

prepare() {
  local host
  host=$(scripts/docker_engine.sh start "$engine" 2>"$log") || return 1
  export "$host"
  scripts/lambda_image.sh 2>"$log" >/dev/null
}

if prepare; then
  export ABSLAKE_CONTAINERS=ready
else
  reason=$(tail -n 1 "$log")
  ABSLAKE_CONTAINERS="skipped: ${reason:-the engine did not start}"
  export ABSLAKE_CONTAINERS
  echo "container tier $ABSLAKE_CONTAINERS"
fi
.venv/bin/pytest tests/container "$@"
