#!/bin/bash
# Whether the service answers `/healthz` with 200: exit code 0, else 1. It needs nothing but bash, so that the image
# needs no HTTP client.
#
#   healthy.sh [PORT]
port=${1:-8788}
exec 3<>"/dev/tcp/127.0.0.1/$port" || exit 1
printf 'GET /healthz HTTP/1.1\r\nHost: localhost:%s\r\nConnection: close\r\n\r\n' "$port" >&3
read -r -t 5 _ status _ <&3 || exit 1
[ "$status" = 200 ]
