#!/usr/bin/env bash
# Builds a layer, or both, with bytecode: what `sam build` deploys and what the runtime tests run.
#
#   scripts/build_layers.sh dependencies FOLDER    FOLDER/python/…: third-party packages out of uv.lock
#   scripts/build_layers.sh abslake FOLDER         FOLDER/python/abslake
#   scripts/build_layers.sh all FOLDER             FOLDER/dependencies and FOLDER/abslake
#
# ABSLAKE_ARCHITECTURE   arm64 (deployed, the default) or x86_64
# ABSLAKE_PYTHON         3.13 (deployed, the default)
# ABSLAKE_STRICT         where set, another Python than that is an error, not a layer for local tests
#
# Why not a layer of BuildMethod python3.13: it ships no bytecode, and on Lambda none can be kept, so each cold
# start would compile every module again (docs/decisions: bytecode in the layers).
set -euo pipefail
# shellcheck source=scripts/toolchain.sh
. "$(dirname "$0")/toolchain.sh"

[ $# -eq 2 ] || die "usage: build_layers.sh dependencies|abslake|all FOLDER"
what=$1
mkdir -p "$2"
target=$(cd "$2" && pwd -P)
architecture=${ABSLAKE_ARCHITECTURE:-arm64}
version=${ABSLAKE_PYTHON:-$LAMBDA_PYTHON}
# Lambda's python3.13 is Amazon Linux 2023: glibc 2.34. A wheel for a later one is refused here, not at run time.
case $architecture in
arm64) platform=aarch64-manylinux_2_34 ;;
x86_64) platform=x86_64-manylinux_2_34 ;;
*) die "Lambda knows arm64 and x86_64, not '$architecture'" ;;
esac
need_uv
if ! python=$(find_python "$version"); then
  [ -z "${ABSLAKE_STRICT:-}" ] || die "bytecode for Lambda needs Python $version, which is not on this machine"
  python=$(choose_python) || die "no Python >= 3.11 on this machine"
  say "no Python $version here: this layer is for local tests on Python $(python_version "$python") only, not for Lambda"
  version=$(python_version "$python")
fi

# compile FOLDER: .pyc files that are never checked against their source (on Lambda neither ever changes). Paths
# in them are those of Lambda, so that two builds are alike and a trace names the right file.
compile() {
  "$python" -m compileall -q -f --invalidation-mode unchecked-hash -s "$1" -p /opt "$1/python" ||
    die "could not compile $1"
}

dependencies() {
  local into=$1 list
  list=$(mktemp)
  rm -rf "$into/python"
  # botocore is in the Lambda runtime: 25 MB that need not be in the layer.
  (cd "$TOP" && "$UV" export --quiet --frozen --no-dev --no-emit-project --prune botocore -o "$list")
  "$UV" pip install --quiet --no-config --require-hashes --no-deps --only-binary :all: --no-compile-bytecode \
    --link-mode copy --python "$python" --python-version "$version" --python-platform "$platform" \
    --target "$into/python" -r "$list" || die "could not install the dependencies for $platform"
  rm -f "$list"
  # Not needed at run time: tests, type stubs, sources of extensions, commands, the installer's own notes.
  find "$into/python" -depth -type d \( -name tests -o -name test -o -name '*-stubs' -o -path "$into/python/bin" \) -exec rm -rf {} +
  find "$into/python" -type f \( -name '*.pyi' -o -name '*.pyx' -o -name '*.pxd' -o -name '*.c' -o -name '*.h' \
    -o -name RECORD -o -name INSTALLER -o -name REQUESTED -o -name .lock \) -delete
  compile "$into"
}

abslake() {
  rm -rf "$1/python"
  mkdir -p "$1/python"
  # dev is the laptop's room (command line, local stack): its packages are in no layer, so neither is it.
  (cd "$TOP/layers/abslake/python" && tar -c --exclude=__pycache__ --exclude=abslake/dev abslake) | tar -x -C "$1/python"
  compile "$1"
}

case $what in
dependencies) dependencies "$target" ;;
abslake) abslake "$target" ;;
all)
  mkdir -p "$target/dependencies" "$target/abslake"
  dependencies "$target/dependencies"
  abslake "$target/abslake"
  ;;
*) die "no layer '$what': dependencies, abslake or all" ;;
esac
