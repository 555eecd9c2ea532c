#!/bin/sh
# Make or refresh the environment in $1: exactly the locked versions, and `simpul` itself on its path.
# Called by `make setup`, in the Dockerfile, and in CI. Safe to repeat; what is there already is kept.
set -eu
venv=${1:-.venv}

say() { printf '%s\n' "$*" >&2; }

fits() { "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 12))' 2>/dev/null; }

if ! { [ -x "$venv/bin/python" ] && fits "$venv/bin/python"; }; then
    found=
    for candidate in ${PYTHON:-} python3.12 python3.11 python3 python; do
        if fits "$candidate"; then found=$candidate && break; fi
    done
    if [ -z "$found" ]; then
        say "Simpul needs Python 3.11 or 3.12, and neither is on the PATH — install one, or set PYTHON=/path/to/python"
        exit 1
    fi
    say "· making $venv with $("$found" --version)"
    if ! "$found" -m venv --clear "$venv"; then
        say "Python's venv module does not work — on Debian and Ubuntu: apt install python3-venv"
        exit 1
    fi
fi

python=$venv/bin/python
uv_version=$(sed -n 's/^uv==\([^ ]*\).*/\1/p' requirements.txt)

say "· installing $(grep -c '^[a-z].*==' requirements.txt) locked packages"
if [ "$("$venv/bin/uv" --version 2>/dev/null | cut -d' ' -f2)" != "$uv_version" ]; then
    "$python" -m pip install --quiet --disable-pip-version-check "uv==$uv_version" || true
fi

# uv does not read pip's configuration; a site that has its own index told pip about it
index=$("$python" -m pip config get global.index-url 2>/dev/null || true)
index=${PIP_INDEX_URL:-$index}
if [ -n "$index" ] && [ -z "${UV_DEFAULT_INDEX:-}${UV_INDEX_URL:-}" ]; then export UV_DEFAULT_INDEX="$index"; fi
if [ -n "${PIP_CERT:-}" ] && [ -z "${SSL_CERT_FILE:-}" ]; then export SSL_CERT_FILE="$PIP_CERT"; fi

# compiled here once, on all cores; otherwise four Airflow processes would each do it at their first start
if ! "$venv/bin/uv" pip sync --quiet --compile-bytecode --python "$python" requirements.txt; then
    say "· uv could not do it, trying pip (slower)"
    # the lock is complete: nothing to resolve, and pip would stumble over extras in its hash mode
    "$python" -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.txt
fi

# without build isolation and index: the build backend is among the locked packages, so no network is needed
"$python" -m pip --version >/dev/null 2>&1 || "$python" -m ensurepip >/dev/null
"$python" -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --no-index --editable .
# `expectations` and the tests' helpers stand in the root of the repository
"$python" - <<'PYTHON'
import pathlib
import sysconfig

pathlib.Path(sysconfig.get_path("purelib"), "simpul_root.pth").write_text(f"{pathlib.Path.cwd()}\n")
PYTHON
say "· ready"
