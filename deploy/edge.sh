#!/bin/sh
# Starts nginx, and deletes its cached pages when they are nine minutes old. nginx has no such limit:
# while the application is down, it would serve a page for as long as somebody requests it.
# Also deletes files that interrupted uploads left an hour ago.
delete_old() {
  find /data/uploads -ignore_readdir_race -type f -mmin +60 -delete
  find /data/edge -ignore_readdir_race -type f -mmin +9 -delete
}
delete_old
while :; do sleep 10; delete_old; done &
exec nginx -c /etc/nginx/site/nginx.conf -g 'daemon off;'
