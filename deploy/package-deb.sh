#!/bin/sh
# Makes a Debian package of an archive that package.sh has built for Linux.
#
#   sh deploy/package-deb.sh dist/tracker-1.2.0-linux-x64.tar.gz [FOLDER]
#
# The package runs Tracker as services of the machine, for the user who installs it with sudo. Needs dpkg-deb.
set -eu

fail() {
  printf 'package-deb.sh: %s\n' "$*" >&2
  exit 1
}

[ $# -ge 1 ] && [ -f "$1" ] || fail "name an archive of package.sh."
name=$(basename "$1" .tar.gz)
case $name in
  tracker-*-linux-x64) architecture=amd64 ;;
  tracker-*-linux-arm64) architecture=arm64 ;;
  *) fail "'$1' is no archive of package.sh for Linux." ;;
esac
version=${name#tracker-}
version=${version%-linux-*}
mkdir -p "${2:-dist}"
output=$(cd "${2:-dist}" && pwd)

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tar -C "$work" -xzf "$1"
release=$work/$name
root=$work/root

library=$root/usr/lib/tracker
mkdir -p "$library" "$root/usr/bin" "$root/usr/lib/systemd/system" "$root/usr/lib/systemd/user" "$root/usr/share/doc/tracker" "$root/DEBIAN"
# For settings of all users. An empty file would be in the way of nothing but a reader.
mkdir -p "$root/etc/tracker"
cp -R "$release/proxy" "$release/importer" "$library"
cp "$release/deploy/systemd/system/service-user.sh" "$library"
ln -s ../lib/tracker/proxy/tracker-proxy ../lib/tracker/importer/tracker-importer "$root/usr/bin"
cp "$release/deploy/systemd/system/"tracker-* "$root/usr/lib/systemd/system"
for unit in "$release/deploy/systemd/user/"tracker-*; do
  sed 's#%h/.local/lib/tracker#/usr/lib/tracker#' "$unit" > "$root/usr/lib/systemd/user/$(basename "$unit")"
done
cp -R "$release/README.md" "$release/docs" "$root/usr/share/doc/tracker"
cp "$release/CHANGELOG.md" "$root/usr/share/doc/tracker/changelog"
cat "$release/LICENSE" "$release/THIRD-PARTY-NOTICES.txt" > "$root/usr/share/doc/tracker/copyright"
# Native code asks for the C library of the system it was built on.
libc=$(grep -aoE 'GLIBC_2[.][0-9]+' "$library/importer/tracker-importer" | cut -d _ -f 2 | sort -V | tail -n 1)
cat > "$root/DEBIAN/control" << END
Package: tracker
Version: $version
Architecture: $architecture
Maintainer: The Tracker authors <tracker@localhost>
Installed-Size: $(du -sk "$root" | cut -f 1)
Depends: libc6 (>= ${libc:-2.27}), libgcc-s1, libstdc++6, libssl3 | libssl3t64 | libssl1.1, ca-certificates, adduser, systemd
Section: devel
Priority: optional
Description: records what every call to an LLM used and cost
 A local proxy that forwards calls untouched and records their tokens, and an importer that adds what coding agents have logged.
END

cat > "$root/DEBIAN/postinst" << 'END'
#!/bin/sh
set -e
[ "$1" = configure ] || exit 0
# Whose services they are when nobody is known to have installed them.
getent passwd tracker > /dev/null || adduser --system --group --quiet --home /var/lib/tracker --no-create-home tracker
if [ -n "${SUDO_USER:-}" ] && [ "$SUDO_USER" != root ] && [ ! -e /etc/systemd/system/tracker-proxy.service.d/user.conf ]; then
  sh /usr/lib/tracker/service-user.sh "$SUDO_USER" > /dev/null
fi
# Where systemd does not run (a container, an image that is being made), they start with it.
systemctl --quiet enable tracker-proxy.socket tracker-proxy.service tracker-importer.timer
[ -d /run/systemd/system ] || exit 0
systemctl daemon-reload
# The socket is not restarted: an upgrade fails no call.
# A port that is taken, or a wrong setting, is the user's to repair, and no reason to leave the package half configured.
systemctl start tracker-proxy.socket tracker-importer.timer && systemctl restart tracker-proxy.service ||
  echo "tracker: the proxy does not run yet. The reason: systemctl status tracker-proxy.socket tracker-proxy.service" >&2
END
cat > "$root/DEBIAN/prerm" << 'END'
#!/bin/sh
set -e
[ "$1" = remove ] || exit 0
# Clients must work without it: takes back what 'tracker-proxy connect' has changed, of all users who have called it.
served=$(sed -n 's/^User=//p' /etc/systemd/system/tracker-proxy.service.d/user.conf 2> /dev/null || true)
getent passwd | while IFS=: read -r user _ _ _ _ home _; do
  [ "$user" = "$served" ] || [ -e "$home/.config/tracker/connections.json" ] || continue
  as_user() { (cd / && runuser -u "$user" -- env -u XDG_DATA_HOME -u XDG_CONFIG_HOME HOME="$home" USER="$user" LOGNAME="$user" "$@") < /dev/null; }
  as_user /usr/bin/tracker-proxy disconnect --yes || echo "tracker: not all clients of $user could be disconnected; their settings still name the proxy." >&2
  [ "$user" != "$served" ] || as_user /usr/bin/tracker-proxy paths --take-back > /dev/null || true
done
if [ -d /run/systemd/system ]; then
  systemctl --quiet disable --now tracker-importer.timer tracker-proxy.socket tracker-proxy.service || true
  systemctl stop tracker-importer.service || true
else
  systemctl --quiet disable tracker-importer.timer tracker-proxy.socket tracker-proxy.service || true
fi
END
cat > "$root/DEBIAN/postrm" << 'END'
#!/bin/sh
set -e
if [ "$1" = remove ] || [ "$1" = purge ]; then
  for service in tracker-proxy tracker-importer; do
    rm -f "/etc/systemd/system/$service.service.d/user.conf"
    rmdir "/etc/systemd/system/$service.service.d" 2> /dev/null || true
  done
  rm -f /var/lib/systemd/timers/stamp-tracker-importer.timer # When it last ran.
  [ ! -d /run/systemd/system ] || systemctl daemon-reload
fi
END
chmod 755 "$root/DEBIAN/postinst" "$root/DEBIAN/prerm" "$root/DEBIAN/postrm"

package=$output/tracker_${version}_$architecture.deb
dpkg-deb --root-owner-group --build -Zgzip -z6 "$root" "$package" > /dev/null
(cd "$output" && for file in tracker-*.tar.gz tracker-*.zip tracker_*.deb; do [ ! -e "$file" ] || sha256sum "$file"; done > SHA256SUMS)
printf '%s\n' "$package"
