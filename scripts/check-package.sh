#!/usr/bin/env bash
# What a user of a release gets: the tarball in an empty folder, started under Node 24, answering a question.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
folder=$(mktemp -d)
trap 'kill "${server:-}" 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$folder"' EXIT

npm pack --silent --pack-destination "$folder" >/dev/null
cd "$folder"
export PATH="$root/node_modules/.bin:$PATH" # Node 24
npm init -y >/dev/null
npm install --silent --no-audit --no-fund ./gatescope-*.tgz

export GATESCOPE_PORT=$((20000 + RANDOM % 20000)) GATESCOPE_ADMIN_TOKEN=gs_package-check-0123456789abcdef0123456789ab
npx gatescope serve >"$folder/log" 2>&1 &
server=$!
for _ in $(seq 120); do
  curl -sf "http://127.0.0.1:$GATESCOPE_PORT/readyz" >/dev/null && break
  kill -0 "$server" 2>/dev/null || { cat "$folder/log"; exit 1; }
  sleep 0.5
done
auth="authorization: Bearer $GATESCOPE_ADMIN_TOKEN"
curl -sf -H "$auth" -d '{"hello":"world"}' "http://127.0.0.1:$GATESCOPE_PORT/ingest" | grep -q '"accepted":1'
for _ in $(seq 50); do
  curl -sf -H "$auth" "http://127.0.0.1:$GATESCOPE_PORT/api/events" | grep -q hello && stored=yes && break
  sleep 0.1
done
[ "${stored:-}" = yes ] || { echo 'the event was not stored'; cat "$folder/log"; exit 1; }
curl -sf "http://127.0.0.1:$GATESCOPE_PORT/" | grep -q '<div id="root">'
npx gatescope --version
echo 'package: installed from the tarball, one event in, one answer out, the web app served'
