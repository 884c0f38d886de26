#!/usr/bin/env bash
# Pins the images of others (python, postgres, nginx, caddy) by the digests that their tags have now.
# Run it again to renew the digests. docs/releasing.md says when.
set -euo pipefail
cd "$(dirname "$0")/.."
files=(Dockerfile compose*.yaml deploy/*.yaml deploy/kubernetes/*.yaml)
line='^(FROM| *image:) ([a-z0-9][a-z0-9./:-]*:[a-z0-9.-]+)(@sha256:[0-9a-f]{64})?( AS [a-z]+)?$'
images=$(sed --quiet --regexp-extended "s,$line,\2,p" "${files[@]}" | sort --unique)
for image in $images; do
  digest=$(docker buildx imagetools inspect "$image" | sed --quiet 's/^Digest: *//p')
  sed --in-place --regexp-extended "s,^(FROM| *image:) $image(@sha256:[0-9a-f]{64})?( AS [a-z]+)?$,\1 $image@$digest\3," "${files[@]}"
  echo "$image@$digest"
done
