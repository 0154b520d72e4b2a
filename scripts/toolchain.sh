# Finds what the other scripts work with: uv and a Python. Sourced, not run: `. scripts/toolchain.sh`.
#
# A fresh machine has git, make and a Python >= 3.11 with pip. uv is taken from PATH where it is there, else
# installed from PyPI into .tools/uv: a folder of the checkout, so that a Python that is "externally managed"
# (PEP 668), or has no venv module (Debian), is no obstacle.

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
TOOLS=$TOP/.tools
UV_VERSION=0.13.9
LAMBDA_PYTHON=3.13 # what template.yaml deploys on; 3.12 is the second leg

export UV_PYTHON_DOWNLOADS=${UV_PYTHON_DOWNLOADS:-never}
export UV_NO_PROGRESS=1
# Trust what this machine trusts: behind a company's proxy, uv's own list of authorities is not enough.
export UV_SYSTEM_CERTS=${UV_SYSTEM_CERTS:-true} UV_NATIVE_TLS=${UV_NATIVE_TLS:-true} # the same, in newer and older uv

say() { printf '%s\n' "$*" >&2; }
die() { say "${0##*/}: $*"; exit 1; }

# "3.13" of an interpreter that runs. A pyenv shim answers to any name and may run nothing, so it is asked.
python_version() { "$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null; }

# find_python VERSION: prints the real binary of that Python; fails where there is none.
find_python() {
  local wanted=$1 candidate
  for candidate in "python$wanted" "${PYENV_ROOT:-$HOME/.pyenv}"/versions/"$wanted"*/bin/"python$wanted" \
    /usr/local/bin/"python$wanted" /opt/python/"$wanted"*/bin/"python$wanted" python3; do
    [ "$(python_version "$candidate")" = "$wanted" ] || continue
    "$candidate" -c 'import sys; print(sys.executable)'
    return 0
  done
  [ -n "${UV:-}" ] && "$UV" python find --no-project --managed-python "$wanted" 2>/dev/null
}

# choose_python: the deployed version where it is there, else the nearest that the package supports.
choose_python() {
  local version
  for version in "$LAMBDA_PYTHON" 3.12 3.14 3.11; do
    find_python "$version" && return 0
  done
  return 1
}

# need_uv: sets UV.
need_uv() {
  local candidate python
  for candidate in "$TOOLS/uv/bin/uv" uv; do
    if "$candidate" --version >/dev/null 2>&1; then
      UV=$(command -v "$candidate")
      return 0
    fi
  done
  python=$(choose_python) || python=$(command -v python3) ||
    die "no Python found: install Python $LAMBDA_PYTHON (3.11 or later will do), then run this again"
  "$python" -m pip --version >/dev/null 2>&1 || python=$(command -v python3)
  "$python" -m pip --version >/dev/null 2>&1 ||
    die "$python has no pip: install it (Debian: apt-get install python3-pip), or install uv itself (docs.astral.sh/uv)"
  say "installing uv $UV_VERSION into .tools/uv"
  mkdir -p "$TOOLS"
  "$python" -m pip install --quiet --disable-pip-version-check --no-warn-script-location --root-user-action=ignore \
    --upgrade --target "$TOOLS/uv" "uv==$UV_VERSION" >"$TOOLS/uv.log" 2>&1 ||
    { tail -n 5 "$TOOLS/uv.log" >&2; die "pip could not install uv; is PyPI reachable? The whole log: .tools/uv.log"; }
  UV=$TOOLS/uv/bin/uv
}
