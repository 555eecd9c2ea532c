#!/bin/sh
# Make or refresh an environment beside ours: exactly the locked packages of $3 in $2, by the uv of ours in $1. Safe to repeat.
set -eu
ours=$1
venv=$2
locked=$3

# uv does not read pip's configuration; a site that has its own index told pip about it
index=$("$ours/bin/python" -m pip config get global.index-url 2>/dev/null || true)
index=${PIP_INDEX_URL:-$index}
if [ -n "$index" ] && [ -z "${UV_DEFAULT_INDEX:-}${UV_INDEX_URL:-}" ]; then export UV_DEFAULT_INDEX="$index"; fi
if [ -n "${PIP_CERT:-}" ] && [ -z "${SSL_CERT_FILE:-}" ]; then export SSL_CERT_FILE="$PIP_CERT"; fi

printf '· making %s from %s\n' "$venv" "$locked" >&2
"$ours/bin/uv" venv --quiet --allow-existing --python "$ours/bin/python" "$venv"
"$ours/bin/uv" pip sync --quiet --compile-bytecode --require-hashes --python "$venv/bin/python" "$locked"
