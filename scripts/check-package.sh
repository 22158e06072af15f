#!/usr/bin/env bash
# What a user of a release gets: the tarball in an empty folder, started under Node 24, answering a question.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
folder=$(mktemp -d)
server=
finish() {
  if [ -n "$server" ]; then
    kill "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
  fi
  rm -rf "$folder"
}
trap finish EXIT

npm pack --silent --pack-destination "$folder" >/dev/null
cd "$folder"
# Node 24 and nothing else of this project: what is missing in the tarball must show.
PATH=$(printf %s "$PATH" | tr : '\n' | grep -vF "$root/" | paste -sd:)
export PATH="$root/node_modules/node/bin:$PATH"

tar -tzf gatescope-*.tgz >files
if grep -E '\.(ts|map|tsbuildinfo)$|\.(test|fixture|cases)\.' files; then
  echo 'package: these do not belong into it' >&2
  exit 1
fi
size=$(stat -c %s gatescope-*.tgz 2>/dev/null || stat -f %z gatescope-*.tgz)
[ "$size" -lt 1500000 ] || { echo "package: $size bytes is too much" >&2; exit 1; }

npm init -y >/dev/null
npm install --silent --no-audit --no-fund ./gatescope-*.tgz
[ ! -e node_modules/typescript ] && [ ! -e node_modules/react ]

export GATESCOPE_ADMIN_TOKEN=gs_package-check-0123456789abcdef0123456789ab
# By the file that npx runs: npx itself would not hand a signal on.
GATESCOPE_PORT=0 node_modules/.bin/gatescope serve >log 2>&1 &
server=$!
url=
for _ in $(seq 240); do
  url=$(sed -n 's|^Gatescope is at ||p' log)
  [ -n "$url" ] && curl -sf "$url/readyz" >/dev/null && break
  kill -0 "$server" 2>/dev/null || { cat log; exit 1; }
  sleep 0.5
done
[ -n "$url" ] || { echo 'package: it did not start' >&2; cat log; exit 1; }

auth="authorization: Bearer $GATESCOPE_ADMIN_TOKEN"
curl -sf -H "$auth" -d '{"hello":"world"}' "$url/ingest" | grep -q '"accepted":1'
stored=
for _ in $(seq 100); do
  curl -sf -H "$auth" "$url/api/events?filter=attributes.hello:world" | grep -q '"position"' && stored=yes && break
  sleep 0.2
done
[ -n "$stored" ] || { echo 'package: the event was not stored' >&2; cat log; exit 1; }
curl -sf "$url/" | grep -q '<div id="root">'
[ "$(npx gatescope --version)" = "$(node -p "require('$root/package.json').version")" ]
GATESCOPE_URL=$url GATESCOPE_TOKEN=$GATESCOPE_ADMIN_TOKEN npx gatescope query count --filter attributes.hello:world -o json | grep -q '"count":1'
npx gatescope user list | grep -q '"name":"admin"'
echo "package: $((size / 1000)) kB installed from the tarball, one event in, one answer out, the web app served"
