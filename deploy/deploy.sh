#!/usr/bin/env bash
# Deploys without downtime: starts the new version next to the old one, then stops the old one.
#   deploy/deploy.sh         builds the image of this checkout and deploys it
#   deploy/deploy.sh back    deploys the previous version; the database schema stays
set -euo pipefail
cd "$(dirname "$0")/.."
image=$(docker compose config | awk '/^  web:/ {web = 1} web && $1 == "image:" {print $2; exit}')
old=$(docker compose ps --quiet web)
[ -n "$old" ] || { echo "web is not running. Start it first: docker compose up --wait" >&2; exit 1; }

if [ "${1:-}" = back ]; then
  docker image tag "$image:former" "$image:latest"
else
  former=$(docker inspect --format '{{.Image}}' ${old%%$'\n'*})
  docker compose build web
  docker compose run --rm --no-deps release
  docker image tag "$former" "$image:former"
fi
count=$(wc -w <<<"$old")
if ! docker compose up --detach --no-build --no-deps --no-recreate --scale web=$((count * 2)) --wait web; then
  new=$(docker compose ps --all --quiet web | grep --invert-match --fixed-strings "$old")
  docker rm --force $new >/dev/null
  echo "The new version did not become ready; the old one keeps running." >&2
  exit 1
fi
sleep 5 # the edge resolves the container name every two seconds
# Each old container finishes its open requests; the edge sends new requests to the new containers.
docker stop --time 30 $old >/dev/null
# The log may say why the old version was replaced.
mkdir -p var/logs
find var/logs -name '*.log' -mtime +30 -delete
for container in $old; do
  docker logs --timestamps "$container" >"var/logs/web-$(date +%Y-%m-%d-%H%M%S)-${container:0:12}.log" 2>&1
done
docker rm $old >/dev/null
docker compose up --detach --no-build --no-deps --wait worker
docker compose exec -T edge nginx -s reload -c /etc/nginx/site/nginx.conf
echo "The new version is running. To go back: deploy/deploy.sh back"
