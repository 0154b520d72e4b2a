#!/usr/bin/env bash
# The scale-out tier: other engines (Spark, DataFusion) on the objects of a lake, in an environment of their own.
#
# Spark needs Java 17 or later: installed from the distribution where apt-get is there and may, else the tests are
# skipped, and the reason is printed and is pytest's skip reason. Arguments go to pytest.
set -euo pipefail
# shellcheck source=scripts/toolchain.sh
. "$(dirname "$0")/toolchain.sh"
cd "$TOP"

log=$(mktemp)
trap 'rm -f "$log"' EXIT

# java_version JAVA: "17" of a Java that runs.
java_version() { "$1" -version 2>&1 | sed -n 's/.* version "\([0-9]*\).*/\1/p' | head -n 1; }

find_java() {
  local candidate version
  for candidate in "${JAVA_HOME:+$JAVA_HOME/bin/java}" java /usr/lib/jvm/*/bin/java; do
    [ -n "$candidate" ] && command -v "$candidate" >/dev/null || continue
    version=$(java_version "$candidate")
    if [ "${version:-0}" -ge 17 ]; then
      readlink -f "$(command -v "$candidate")"
      return 0
    fi
  done
  return 1
}

install_java() {
  command -v apt-get >/dev/null || { echo "no Java 17, and no apt-get to install it"; return 1; }
  [ "$(id -u)" -eq 0 ] || { echo "no Java 17, and installing it needs root"; return 1; }
  say "installing Java"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -q >"$log" 2>&1 || true
  apt-get install -y -q --no-install-recommends openjdk-17-jre-headless >>"$log" 2>&1 ||
    apt-get install -y -q --no-install-recommends default-jre-headless >>"$log" 2>&1 ||
    { echo "Java could not be installed: $(tail -n 1 "$log")"; return 1; }
}

if java=$(find_java) || { reason=$(install_java) && java=$(find_java); }; then
  JAVA_HOME=$(dirname "$(dirname "$java")")
  export JAVA_HOME ABSLAKE_SCALE_OUT=ready
  scripts/bootstrap.sh scale-out
  .venv-scale-out/bin/pytest tests/scale_out "$@"
else
  ABSLAKE_SCALE_OUT="skipped: ${reason:-no Java 17 or later}"
  echo "scale-out tier $ABSLAKE_SCALE_OUT"
fi
