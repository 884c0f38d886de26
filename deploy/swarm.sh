#!/usr/bin/env bash
# Deploys a version to Docker Swarm without downtime:
#   IMAGE=registry.example.org/dpa-site VERSION=1.2.3 deploy/swarm.sh
# If release fails, nothing changes. If the new version does not become healthy, Swarm goes back to
# the previous one. The database schema stays.
set -euo pipefail
cd "$(dirname "$0")"
stack=${STACK:-site}
grep --quiet '^S3_BUCKET=.' ../.env || { echo "S3_BUCKET is not set in .env: the bucket for uploads that all machines share." >&2; exit 1; }
EDGE=$(cat ./*.conf edge.sh | sha256sum | cut --characters=-12)
export EDGE
# `docker stack deploy` replaces variables again, so each $ is escaped.
configuration=$(docker stack config --compose-file stack.yaml | sed 's/\$/$$/g')

# Deploys one service of the stack.
deploy() {
  awk -v name="$1:" \
    '/^[a-z]/ {part = $1} /^  [a-z]/ {service = $1} part != "services:" || /^[a-z]/ || service == name' \
    <<<"$configuration" | docker stack deploy --compose-file - --with-registry-auth --quiet "$2" "$stack"
}

job=${stack}_release
docker service rm "$job" >/dev/null 2>&1 || true
deploy release --detach
state=
until [[ $state =~ ^(Complete|Failed|Rejected) ]] || ((SECONDS > 30 * 60)); do
  sleep 1
  state=$(docker service ps --format '{{.CurrentState}}' "$job" | head -1)
done
docker service logs --raw "$job"
[[ $state = Complete* ]] || { echo "release failed. Nothing was deployed." >&2; exit 1; }

for service in web worker edge; do
  name=${stack}_$service
  before=$(docker service inspect --format '{{json .UpdateStatus}}' "$name" 2>/dev/null || true)
  deploy "$service" --detach=false
  after=$(docker service inspect --format '{{json .UpdateStatus}}' "$name")
  if [[ $after != "$before" && $after = *rollback* ]]; then
    docker service ps "$name"
    echo "The new $service failed, and the previous one runs. “docker service logs $name” says why." >&2
    exit 1
  fi
done
echo "Version $VERSION is running."
