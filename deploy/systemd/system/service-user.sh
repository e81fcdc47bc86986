#!/bin/sh
# Lets the system services of Tracker work for one user: as that user, with that user's data and the logs of that user's clients. Run as root:
#   service-user.sh NAME
# Prints which drop-ins it has changed. 'systemctl daemon-reload' and 'systemctl restart tracker-proxy' make them count.
set -eu
user=${1:?"whose?"}
library=${LIBRARY:-/usr/lib/tracker}
units=${UNITS:-/etc/systemd/system}

home=$(getent passwd "$user" | cut -d: -f6)
[ -d "$home" ] || { printf 'service-user.sh: %s is no user with a home.\n' "$user" >&2 && exit 1; }
if [ "$user" = "$(id -un)" ]; then as_user() { "$@"; }; else as_user() { runuser -u "$user" -- "$@"; }; fi

# Their paths are written into that user's settings, so that the services and whatever that user starts agree. The programs themselves know best what the settings say.
as_user_at_home() { (cd / && as_user env -u XDG_DATA_HOME -u XDG_CONFIG_HOME HOME="$home" USER="$user" LOGNAME="$user" "$@"); }
as_user_at_home "$library/proxy/tracker-proxy" paths --write > /dev/null || printf 'service-user.sh: the paths could not be written into the settings of %s.\n' "$user" >&2
database=$(as_user_at_home "$library/proxy/tracker-proxy" paths --database)
[ -n "$database" ] || { printf 'service-user.sh: tracker-proxy does not say where the database of %s is.\n' "$user" >&2 && exit 1; }
# What a user's settings say goes into a unit of root's: a line break in it would be a line of that unit.
is_path=
case $database in /*) [ "$database" != "$(printf %s "$database" | LC_ALL=C tr -d '[:cntrl:]')" ] || is_path=yes ;; esac
[ -n "$is_path" ] || { printf 'service-user.sh: the database of %s must be a path from / on, without control characters. No service was changed; correct Storage:DatabasePath in the settings.\n' "$user" >&2 && exit 1; }
# Systemd does not start a service whose folder is not there.
(umask 077 && as_user_at_home mkdir -p "$(dirname "$database")")
# Systemd reads quotes, escapes and % in a path.
folder=$(dirname "$database" | LC_ALL=C sed 's/[\\"]/\\&/g; s/%/%%/g')

for service in tracker-proxy tracker-importer; do
  file=$units/$service.service.d/user.conf
  mkdir -p "$(dirname "$file")"
  cat > "$file.new" << END
# Whose data it is. Written by service-user.sh.
[Service]
User=$user
StateDirectory=
Environment=
ProtectHome=read-only
ReadWritePaths="$folder"
END
  if cmp -s "$file.new" "$file"; then
    rm "$file.new"
  else
    mv "$file.new" "$file"
    printf '%s\n' "$file"
  fi
done
