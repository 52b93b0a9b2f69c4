#!/bin/sh
# As in a container that is locked down: a user without rights, a file system that cannot be written to, shared memory,
# and one folder for state, which is HOME as well. Needs root, to take all that away.
# Usage: deploy/install/read_only.sh STATE COMMAND..., such as `read_only.sh /tmp/state spikewatch demo --seconds 30`.
set -eu
state=$(realpath "$1")
shift
chown 65534:65534 "$state"
cd "$state"
# Reading is allowed everywhere: Python may stand in a folder of root's.
exec unshare --mount sh -euc '
  mount --make-rprivate /
  mount --bind "$1" "$1"
  for place in / /tmp /var/tmp; do
    if mountpoint -q "$place"; then mount -o remount,bind,ro "$place"; fi
  done
  cd "$1"
  export HOME="$1" PYTHONDONTWRITEBYTECODE=1
  shift
  exec setpriv --reuid 65534 --regid 65534 --clear-groups --no-new-privs \
    --inh-caps=-all,+dac_read_search --ambient-caps=-all,+dac_read_search --bounding-set=-all,+dac_read_search "$@"
' read_only "$state" "$@"
