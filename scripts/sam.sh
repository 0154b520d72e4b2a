#!/usr/bin/env bash
# SAM CLI out of .tools/sam, with the Python of the deployed runtime found for it: it runs python3.13 by that name,
# and the first of that name on PATH may be a shim that runs nothing.
set -euo pipefail
# shellcheck source=scripts/toolchain.sh
. "$(dirname "$0")/toolchain.sh"

"$TOP/scripts/bootstrap.sh" sam
python=$(find_python "$LAMBDA_PYTHON") ||
  die "building needs Python $LAMBDA_PYTHON, as the functions run on it: install it, or let uv: uv python install $LAMBDA_PYTHON"
mkdir -p "$TOOLS/python"
ln -sfn "$python" "$TOOLS/python/python$LAMBDA_PYTHON"
export PATH=$TOOLS/python:$PATH SAM_CLI_TELEMETRY=0
cd "$TOP"
exec "$TOOLS/sam/bin/sam" "$@"
