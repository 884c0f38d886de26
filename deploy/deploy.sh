#!/usr/bin/env bash
# A new version beside the old one, then instead of it, without a reader or an editor noticing.
#   deploy/deploy.sh         builds the image of this checkout and changes over to it
#   deploy/deploy.sh back    changes over to the version that ran before; the schema stays as it is
set -euo pipefail
cd "$(dirname "$0")/.."
image=${IMAGE:-dpa-site}

if [ "${1:-}" = back ]; then
  docker image tag "$image:former" "$image:latest"
else
  former=$(docker image inspect --format '{{.Id}}' "$image:latest")
  docker compose build web
  docker compose run --rm --no-deps release
  docker image tag "$former" "$image:former"
fi
old=$(docker compose ps --quiet web)
count=$(wc -w <<<"$old")
if ! docker compose up --detach --no-build --no-deps --no-recreate --scale web=$((count * 2)) --wait web; then
  new=$(docker compose ps --all --quiet web | grep --invert-match --fixed-strings "$old")
  docker rm --force $new >/dev/null
  echo "The new version did not become ready; the old one goes on." >&2
  exit 1
fi
sleep 5 # the edge asks for the containers behind the name every two seconds
# Each ends what it has begun to answer; the edge turns to another one.
docker stop --time 30 $old >/dev/null
docker rm $old >/dev/null
docker compose up --detach --no-build --no-deps --wait worker
docker compose exec -T edge nginx -s reload -c /etc/nginx/site/nginx.conf
echo "Changed over. Back: deploy/deploy.sh back"
