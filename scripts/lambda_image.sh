#!/usr/bin/env bash
# A stand-in for AWS' Lambda base image, under the tag that SAM CLI looks for, so that `sam local --skip-pull-image`
# works where no image registry can be reached.
#
#   DOCKER_HOST=… scripts/lambda_image.sh     prints the tag; builds only where the image is not there
#
# In it: a minimal system of this machine's own release (debootstrap), this machine's CPython in /var/lang, what the
# runtime brings (.tools/runtime-3.13) in /var/runtime, and the emulator out of SAM CLI. Its glibc is this machine's, so it
# does not prove that a wheel fits Lambda: the platform tag in scripts/build_layers.sh does.
set -euo pipefail
# shellcheck source=scripts/toolchain.sh
. "$(dirname "$0")/toolchain.sh"

[ "$(id -u)" -eq 0 ] || die "debootstrap needs root"
docker version >/dev/null 2>&1 || die "no Docker engine answers; scripts/docker_engine.sh starts one"
"$TOP/scripts/bootstrap.sh" sam
"$TOP/scripts/bootstrap.sh" runtime "$LAMBDA_PYTHON"

case $(uname -m) in
x86_64) architecture=x86_64 ;;
aarch64) architecture=arm64 ;;
*) die "Lambda knows no $(uname -m)" ;;
esac
emulator=$(echo "$TOOLS"/sam/lib/python*/site-packages/samcli/local/rapid/aws-lambda-rie-$architecture)
[ -f "$emulator" ] || die "no emulator in .tools/sam"
# The tag is SAM CLI's own affair and changes with it: it is asked.
tag=$("$TOOLS/sam/bin/python" - "python$LAMBDA_PYTHON" "$architecture" <<'PY'
import sys
from samcli.local.docker.lambda_image import LambdaImage, Runtime

runtime, architecture = sys.argv[1:]
print(f"{LambdaImage._INVOKE_REPO_PREFIX}/{Runtime.get_image_name_tag(runtime, architecture)}")
PY
)
if docker image inspect "$tag" >/dev/null 2>&1; then
  echo "$tag"
  exit 0
fi

python=$(find_python "$LAMBDA_PYTHON") || die "no Python $LAMBDA_PYTHON to put into the image"
prefix=$("$python" -c 'import sys; print(sys.base_prefix)')
[ "$prefix" != /usr ] || die "the system's own Python cannot be moved to /var/lang: install one elsewhere (pyenv, uv)"
if ! command -v debootstrap >/dev/null; then
  say "installing debootstrap"
  { DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends debootstrap ||
    { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends debootstrap; }; } \
    >/dev/null 2>&1 || die "could not install debootstrap"
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root
# shellcheck source=/dev/null
release=$(. /etc/os-release && echo "$VERSION_CODENAME")
mirror=$(apt-get indextargets --format '$(RELEASE) $(COMPONENT) $(REPO_URI)' 'Created-By: Packages' |
  awk -v release="$release" '$1 == release && $2 == "main" { print $3; exit }')
[ -n "$mirror" ] || die "apt knows no mirror of $release"

# The Debian packages of the shared libraries that this CPython and its modules are linked to.
linked=$(find "$prefix/bin" "$prefix/lib" -type f \( -name "python$LAMBDA_PYTHON" -o -name '*.so*' \) ! -name '_tkinter*' \
  -exec ldd {} + 2>/dev/null | awk '$3 ~ /^\// { print $3 }' | grep -v "^$prefix/" | sort -u | xargs -r -n1 basename)
packages=$(for library in $linked; do dpkg -S "*/$library" 2>/dev/null; done | cut -d: -f1 | sort -u |
  grep -E '^(lib|zlib)' | grep -v -- '-dev$' | paste -sd,)
say "building $tag from $release and $("$python" -V)"
debootstrap --variant=minbase --include="ca-certificates${packages:+,$packages}" "$release" "$root" "$mirror" \
  >"$work/log" 2>&1 || { tail -n 5 "$work/log" >&2; die "debootstrap failed"; }
rm -rf "$root"/var/cache/apt/* "$root"/var/lib/apt/lists/* "$root"/usr/share/{doc,man,locale}/*

mkdir -p "$root/var/lang" "$root/var/runtime" "$root/var/task" "$root/opt"
tar -C "$prefix" -c --exclude='./share' --exclude='./include' --exclude="./lib/python$LAMBDA_PYTHON/site-packages/*" \
  --exclude="./lib/python$LAMBDA_PYTHON/test" --exclude='libpython*.a' . | tar -C "$root/var/lang" -x
cp -r "$TOOLS/runtime-$LAMBDA_PYTHON/." "$root/var/runtime/"
install -D -m 755 "$emulator" "$root/usr/local/bin/aws-lambda-rie"

# As in AWS' image: the function first, then the layers, then what the runtime brings.
cat >"$root/var/runtime/bootstrap" <<SH
#!/bin/sh
export PYTHONPATH=/var/task:/opt/python/lib/python$LAMBDA_PYTHON/site-packages:/opt/python:/var/runtime
export LD_LIBRARY_PATH=/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/task:/var/task/lib:/opt/lib
exec /var/lang/bin/python$LAMBDA_PYTHON -m awslambdaric "\$_HANDLER"
SH
cat >"$root/lambda-entrypoint.sh" <<'SH'
#!/bin/sh
export _HANDLER="$1"
[ -z "$AWS_LAMBDA_RUNTIME_API" ] || exec /var/runtime/bootstrap
exec /usr/local/bin/aws-lambda-rie /var/runtime/bootstrap
SH
chmod 755 "$root/var/runtime/bootstrap" "$root/lambda-entrypoint.sh"
LD_LIBRARY_PATH=/var/lang/lib chroot "$root" "/var/lang/bin/python$LAMBDA_PYTHON" -c 'import bz2, ctypes, lzma, ssl, zlib' ||
  die "the Python in the image does not run"

tar -C "$root" -c . | docker import \
  -c 'ENV LANG=en_US.UTF-8 TZ=:/etc/localtime LAMBDA_TASK_ROOT=/var/task LAMBDA_RUNTIME_DIR=/var/runtime' \
  -c 'ENV PATH=/var/lang/bin:/usr/local/bin:/usr/bin:/bin:/opt/bin' \
  -c 'WORKDIR /var/task' -c 'ENTRYPOINT ["/lambda-entrypoint.sh"]' - "$tag" >/dev/null
echo "$tag"
