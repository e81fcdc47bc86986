#!/bin/sh
# Installs Tracker's proxy and importer as services, upgrades them, or takes them away again (Linux with systemd, macOS with launchd).
#
#   sh deploy/install.sh               for you alone, without root; again: upgrades, or does nothing when there is nothing new
#   sh deploy/install.sh --uninstall   takes everything away but your data and settings, and lets your clients go on without Tracker
#   sudo sh deploy/install.sh --system [--user NAME]   Linux: as a service of the machine that works for you (or NAME), also when nobody is logged in
#   sudo sh deploy/install.sh --system --uninstall
#
# It asks nothing. From a clone it builds the programs, which needs the .NET 10 SDK; from an unpacked release it takes those that are there.
set -eu

say() { printf '%s\n' "$*"; }
fail() {
  printf 'install.sh: %s\n' "$*" >&2
  exit 1
}

scope=user
action=install
owner=
while [ $# -gt 0 ]; do
  case $1 in
    --system) scope=system ;;
    --uninstall) action=uninstall ;;
    --user)
      [ $# -ge 2 ] || fail "--user needs a name."
      owner=$2
      shift
      ;;
    -h | --help)
      sed -n '2,9s/^# \{0,1\}//p' "$0"
      exit 0
      ;;
    *) fail "'$1' is no option of this script. See --help." ;;
  esac
  shift
done

deploy=$(cd "$(dirname "$0")" && pwd)
case $(uname -s) in
  Linux) system=linux ;;
  Darwin) system=macos ;;
  *) fail "this script is for Linux and macOS. Windows: deploy/windows/install.ps1." ;;
esac
[ $scope = user ] || [ $system = linux ] || fail "--system is for Linux. On macOS the agents of a user are all there is."
[ $scope = user ] || [ "$(id -u)" = 0 ] || fail "--system needs root: sudo sh $0 --system"

if [ $scope = system ]; then
  library=/usr/local/lib
  links=/usr/local/bin
  units=/etc/systemd/system
else
  library=$HOME/.local/lib
  links=$HOME/.local/bin
  units=${XDG_CONFIG_HOME:-$HOME/.config}/systemd/user
fi
agents=$HOME/Library/LaunchAgents
invoker=${SUDO_USER:-$(id -un)}
if [ $scope = system ] && { [ -z "$owner" ] || [ $action = uninstall ]; }; then
  # Whoever upgrades it or takes it away: it goes on working for the one whose data it has.
  served=$(sed -n 's/^User=//p' "$units/tracker-proxy.service.d/user.conf" 2> /dev/null || true)
  owner=${served:-$owner}
fi
owner=${owner:-$invoker}
# What is in use is a link to one of the folders in tracker.d: programs that run keep their files until they end.
current=$library/tracker
releases=$library/tracker.d

manage() { if [ $scope = system ]; then systemctl "$@"; else systemctl --user "$@"; fi; }

# As another user, in that user's home: files that root made, that user could not write.
as() {
  user=$1
  shift
  if [ $scope = system ] && [ "$user" != "$(id -un)" ]; then
    runuser -u "$user" -- env -u XDG_DATA_HOME -u XDG_CONFIG_HOME HOME="$(getent passwd "$user" | cut -d: -f6)" USER="$user" LOGNAME="$user" "$@"
  else
    "$@"
  fi
}
as_owner() { as "$owner" "$@"; } # The one whose data it is.

require_manager() {
  if [ $system = macos ]; then
    command -v launchctl > /dev/null || fail "launchctl is not there."
  elif ! command -v systemctl > /dev/null; then
    fail "there is no systemd here. The programs need none: start tracker-proxy with what your system has, and the importer by deploy/cron/crontab.example."
  elif ! manage show-environment > /dev/null 2>&1; then
    if [ $scope = user ]; then
      fail "your systemd does not answer (systemctl --user). Run this in a session of your own, not through su; or with --system as root."
    fi
    fail "systemd does not answer (systemctl)."
  fi
}

# --- programs

# What a browser has brought macOS may end before it begins, without a word.
is_quarantined() { [ $system = macos ] && xattr -p com.apple.quarantine "$1" > /dev/null 2>&1; }

# Leaves the programs in $1, as an unpacked release has them.
gather() {
  mkdir -p "$1"
  if [ -f "$deploy/../Tracker.sln" ]; then
    command -v dotnet > /dev/null || fail "the programs must be built, and dotnet is not there. Install the .NET 10 SDK, or take a release."
    say "Building the programs."
    # Built by the one whose clone and caches these are, and beside the clone, which stays as it is.
    build=$(as "$invoker" mktemp -d)
    for program in Proxy Importer; do
      as "$invoker" dotnet publish "$deploy/../Tracker.$program" -c Release --artifacts-path "$build/build" -o "$build/$(printf %s $program | tr PI pi)" -nologo -v quiet >&2 ||
        fail "dotnet publish Tracker.$program failed."
    done
    cp -R "$build/proxy" "$build/importer" "$1"
    as "$invoker" rm -rf "$build"
    # They need .NET. One that is in no usual place (Homebrew, dotnet-install.sh) is found by this variable alone, which the services are told of.
    if [ -z "${DOTNET_ROOT-}" ] && ! "$1/proxy/tracker-proxy" --version > /dev/null 2>&1; then
      DOTNET_ROOT=$(as "$invoker" dotnet --list-runtimes | sed -n 's#^Microsoft\.AspNetCore\.App .*\[\(.*\)/shared/.*#\1#p' | tail -n 1)
      export DOTNET_ROOT
    fi
    for program in proxy importer; do
      refusal=$("$1/$program/tracker-$program" --version 2>&1) || fail "the programs were built and do not run (tracker-$program: $refusal). Nothing was changed."
    done
  elif [ -x "$deploy/../proxy/tracker-proxy" ] && [ -x "$deploy/../importer/tracker-importer" ]; then
    # Before anything is changed: native code needs a C library no older than that of the system it was built on.
    for program in proxy importer; do
      refusal=$("$deploy/../$program/tracker-$program" --version 2>&1) || {
        ! is_quarantined "$deploy/../$program/tracker-$program" ||
          fail "macOS does not let tracker-$program run, because it came through a browser. If you trust where it is from: xattr -dr com.apple.quarantine '$(cd "$deploy/.." && pwd)', and run this again. Nothing was changed."
        fail "this release does not run here (tracker-$program: $refusal). Take one for this system, or build it on this system: deploy/package.sh. Nothing was changed."
      }
    done
    cp -R "$deploy/../proxy" "$deploy/../importer" "$1"
  else
    fail "there are no programs beside $deploy, and no Tracker.sln to build them from."
  fi
  cp -R "$deploy" "$1/deploy"
}

# Sets $changed when other programs are in use after this than before.
install_programs() {
  changed=
  umask 022 # The system's programs are for everybody to run.
  release=$releases/$(date +%Y%m%d%H%M%S)-$$
  trap 'rm -rf "$release"' EXIT
  gather "$release"
  if [ -L "$current" ] && diff -rq "$current/" "$release/" > /dev/null 2>&1; then
    rm -rf "$release"
  else
    changed=yes
    [ -L "$current" ] || rm -rf "$current" # Before there was this script, it was a folder.
    ln -sfn "$release" "$current"
  fi
  trap - EXIT
  mkdir -p "$links"
  ln -sf "$current/proxy/tracker-proxy" "$current/importer/tracker-importer" "$links/"
}

remove_old_releases() {
  used=$(cd "$current" && pwd -P)
  for folder in "$releases"/*; do
    [ "$folder" = "$used" ] || [ "$(cd "$folder" && pwd -P)" = "$used" ] || rm -rf "$folder"
  done
}

remove_programs() {
  rm -f "$links/tracker-proxy" "$links/tracker-importer"
  rm -rf "$current" "$releases"
  [ $scope = system ] || rmdir "$library" "$links" 2> /dev/null || true # Only when nothing else is in them.
}

# Their settings name the proxy's address; nothing would answer there.
disconnect_clients() {
  [ -x "$current/proxy/tracker-proxy" ] || return 0
  as_owner "$current/proxy/tracker-proxy" disconnect --yes || fail "the clients could not be disconnected; nothing was removed. Correct that, or their settings, and try again."
}

# So that the services and whatever you start agree, also when your shell says another place one day.
write_paths() { "$current/proxy/tracker-proxy" paths --write > /dev/null || say "Database and home could not be written into the settings; the programs use those of their own user."; }

take_back_paths() { [ ! -x "$current/proxy/tracker-proxy" ] || as_owner "$current/proxy/tracker-proxy" paths --take-back > /dev/null || true; }

# Where data and clients' logs are, and how the upstream is reached: your shell may say, and neither systemd nor launchd asks it.
variable_names="XDG_DATA_HOME XDG_CONFIG_HOME XDG_STATE_HOME DOTNET_ROOT HTTPS_PROXY HTTP_PROXY ALL_PROXY NO_PROXY https_proxy http_proxy all_proxy no_proxy SSL_CERT_FILE SSL_CERT_DIR
  CLAUDE_CONFIG_DIR CODEX_HOME GEMINI_CLI_HOME QWEN_HOME QWEN_RUNTIME_DIR OPENCODE_DB KILO_DB CLINE_DIR CLINE_DATA_DIR COPILOT_HOME OPENCLAW_HOME OPENCLAW_STATE_DIR CLAWDBOT_STATE_DIR
  PI_CODING_AGENT_DIR KIMI_CODE_HOME KIMI_SHARE_DIR"

# --- systemd

all_units="tracker-proxy.socket tracker-proxy.service tracker-importer.service tracker-importer.timer"

# Puts $1.new in the place of $1, if that changes it. Not at the end of a pipe: what is set there is lost.
put() {
  if cmp -s "$1.new" "$1"; then
    rm "$1.new"
  else
    mv "$1.new" "$1"
    changed=yes
  fi
}

environment() {
  for name in $variable_names; do
    eval "value=\${$name-}"
    # A line break cannot be in such a file, nor is it in such a value.
    [ -z "$value" ] || printf 'Environment="%s=%s"\n' "$name" "$(printf %s "$value" | tr -d '\r\n' | sed 's/[\\"]/\\&/g; s/%/%%/g')"
  done
}

# Where 'Urls' in the settings says that the proxy listens.
listen_streams() { as_owner "$current/proxy/tracker-proxy" paths --json | sed -n 's/^ *"listen_streams": "\(.*\)",*$/\1/p'; }

# The port is systemd's to open. Leaves the old one in $listened.
install_socket() {
  socket=$units/tracker-proxy.socket
  listened=$(sed -n 's/^ListenStream=//p' "$socket" 2> /dev/null | tr '\n' ' ')
  streams=$(listen_streams)
  for stream in ${streams:-127.0.0.1:8082}; do printf 'ListenStream=%s\n' "$stream"; done |
    sed -e '/^ListenStream=/{ r /dev/stdin' -e 'd; }' "$deploy/systemd/$scope/tracker-proxy.socket" > "$socket.new"
  put "$socket"
}

install_units() {
  mkdir -p "$units"
  install_socket
  for unit in $all_units; do
    [ $unit != tracker-proxy.socket ] || continue
    sed "s#/usr/lib/tracker#$current#" "$deploy/systemd/$scope/$unit" > "$units/$unit.new"
    put "$units/$unit"
  done
  if [ $scope = system ]; then
    LIBRARY=$current UNITS=$units sh "$deploy/systemd/system/service-user.sh" "$owner" > "$units/.tracker-changed" || {
      rm "$units/.tracker-changed"
      fail "the services could not be given to $owner, and were not started. Correct that and run this again."
    }
    [ ! -s "$units/.tracker-changed" ] || changed=yes
    rm "$units/.tracker-changed"
  else
    variables=$(environment)
    for service in tracker-proxy tracker-importer; do
      if [ -n "$variables" ]; then
        mkdir -p "$units/$service.service.d"
        umask 077 # A proxy's address may hold a password.
        printf '# What your shell said when Tracker was installed.\n[Service]\n%s\n' "$variables" > "$units/$service.service.d/environment.conf.new"
        umask 022
        put "$units/$service.service.d/environment.conf"
      elif [ -e "$units/$service.service.d/environment.conf" ]; then
        rm "$units/$service.service.d/environment.conf"
        rmdir "$units/$service.service.d" 2> /dev/null || true
        changed=yes
      fi
    done
  fi
  manage daemon-reload
  manage enable --quiet tracker-proxy.socket tracker-proxy.service tracker-importer.timer
  manage reset-failed tracker-proxy.socket tracker-proxy.service > /dev/null 2>&1 || true
  if [ -n "$listened" ] && [ "$listened" != "$(sed -n 's/^ListenStream=//p' "$units/tracker-proxy.socket" | tr '\n' ' ')" ]; then
    manage stop tracker-proxy.socket tracker-proxy.service # Another port: clients must be pointed there anyway.
  fi
  manage start tracker-proxy.socket || fail "the port could not be opened: does a tracker-proxy run in a terminal? End it and try again. The reason: systemctl $([ $scope = system ] || printf %s --user) status tracker-proxy.socket"
  # Clients wait at the socket meanwhile.
  if [ -n "$changed" ]; then verb=restart; else verb=start; fi
  manage $verb tracker-proxy.service || fail "the proxy does not start. The reason: journalctl $([ $scope = system ] || printf %s --user) -u tracker-proxy -n 20 -o cat"
  manage start tracker-importer.timer
}

uninstall_units() {
  # The socket first: with clients waiting it would start the proxy again.
  for unit in tracker-importer.timer tracker-proxy.socket tracker-proxy.service; do
    [ ! -e "$units/$unit" ] || manage disable --now --quiet "$unit" || true
  done
  [ ! -e "$units/tracker-importer.service" ] || manage stop tracker-importer.service || true
  # When it last ran. The machine's systemctl does this over D-Bus alone.
  if [ $scope = system ]; then rm -f /var/lib/systemd/timers/stamp-tracker-importer.timer; else manage clean --what=state tracker-importer.timer > /dev/null 2>&1 || true; fi
  for unit in $all_units; do
    rm -f "$units/$unit" "$units/$unit.d/environment.conf" "$units/$unit.d/user.conf"
    rmdir "$units/$unit.d" 2> /dev/null || true # Your own drop-ins stay.
  done
  manage daemon-reload
  manage reset-failed tracker-proxy.socket tracker-proxy.service tracker-importer.service > /dev/null 2>&1 || true
}

# --- launchd

domain=gui/$(id -u)

# What your shell says, and what is in $1 already: somebody has written it there, or your shell said so once. Where both say something, your shell is right.
agent_variables() {
  {
    for name in $variable_names; do
      eval "value=\${$name-}"
      [ -z "$value" ] || printf '<key>%s</key><string>%s</string>\n' "$name" "$(printf %s "$value" | tr -d '\r\n' | sed 's/&/\&amp;/g; s/</\&lt;/g; s/>/\&gt;/g')"
    done
    # Key and value are a line each.
    plutil -extract EnvironmentVariables xml1 -o - "$1" 2> /dev/null | sed -n '/<key>/{ N; s#^[[:space:]]*\(<key>[^<]*</key>\)\n[[:space:]]*\(<string>[^<]*</string>\)$#\1\2#p; }'
  } | awk -F '</key>' '!said[$1]++' | sort
}

write_agent() {
  plist=$deploy/launchd/$1.plist
  variables=$(agent_variables "$agents/$1.plist")
  [ -z "$variables" ] || umask 077 # A proxy's address may hold a password.
  {
    sed '/<key>RunAtLoad</,$d' "$plist"
    [ -z "$variables" ] || printf '  <key>EnvironmentVariables</key>\n  <dict>\n%s\n  </dict>\n' "$variables"
    sed -n '/<key>RunAtLoad</,$p' "$plist"
  } > "$agents/$1.plist.new"
  umask 022
}

install_agents() {
  mkdir -p "$agents" "$HOME/Library/Logs"
  for agent in tracker.proxy tracker.importer; do
    before=$changed
    write_agent "$agent"
    put "$agents/$agent.plist"
    if [ -n "$changed" ] || ! launchctl print "$domain/$agent" > /dev/null 2>&1; then
      launchctl bootout "$domain/$agent" > /dev/null 2>&1 || true
      start_agent "$agent"
    fi
    changed=$before
  done
}

# A proxy that is told to end finishes what it forwards, and as long launchd takes no other of its name: bootstrap says '5: Input/output error'.
start_agent() {
  tries=30
  until refusal=$(launchctl bootstrap "$domain" "$agents/$1.plist" 2>&1); do
    tries=$((tries - 1))
    [ $tries -gt 0 ] || fail "launchd does not take $agents/$1.plist: $refusal"
    sleep 1
  done
}

# launchd calls what it starts running. That very process, and no proxy in a terminal, is to have a port.
require_listening() {
  [ -n "$(listen_streams)" ] || return 0 # A socket of the file system: there is no port to look for.
  tries=15
  until pid=$(launchctl print "$domain/tracker.proxy" 2> /dev/null | sed -n 's/^[[:space:]]*pid = \([0-9]*\)$/\1/p' | head -n 1) && [ -n "$pid" ] && lsof -nP -a -p "$pid" -iTCP -sTCP:LISTEN > /dev/null 2>&1; do
    tries=$((tries - 1))
    [ $tries -gt 0 ] || fail "everything is installed, and the proxy does not listen. $(cat "$HOME/Library/Logs/tracker-proxy.log" 2> /dev/null || true) Correct that, and: launchctl kickstart $domain/tracker.proxy"
    sleep 1
  done
}

uninstall_agents() {
  for agent in tracker.proxy tracker.importer; do
    launchctl bootout "$domain/$agent" > /dev/null 2>&1 || true
    rm -f "$agents/$agent.plist" "$HOME/Library/Logs/$(printf %s $agent | tr . -).log"
  done
}

# ---

require_manager
if [ $action = uninstall ]; then
  disconnect_clients
  take_back_paths
  if [ $system = linux ]; then uninstall_units; else uninstall_agents; fi
  remove_programs
  say "Tracker is uninstalled. Its data and settings are where they were."
else
  install_programs
  [ $scope = system ] || write_paths # There it is service-user.sh's.
  if [ $system = linux ]; then install_units; else install_agents; fi
  remove_old_releases
  [ $system = linux ] || require_listening # systemd has waited until it answered.
  if [ -n "$changed" ]; then say "Tracker is installed and runs."; else say "Tracker is installed and runs; there was nothing to change."; fi
  case :$PATH: in
    *":$links:"*) ;;
    *)
      say "Your shell does not look into $links yet. For this shell and, in ~/.profile or ~/.zprofile, for all later ones:"
      say "  export PATH=\"$links:\$PATH\""
      ;;
  esac
  say "Point your clients at it: $links/tracker-proxy connect"
fi
