#!/bin/sh
# Builds a release of Tracker for one system: programs that need no .NET, what installs them, and the checksums of all archives in the folder.
#
#   sh deploy/package.sh VERSION RID [FOLDER]     for instance: sh deploy/package.sh 1.2.0 linux-x64 dist
#
# RID: linux-x64, linux-arm64, osx-x64, osx-arm64, win-x64 or win-arm64; any of them can be built on any system. Needs the .NET 10 SDK, tar or zip, and sha256sum or shasum.
# Built on the system it is for, with clang or gcc there, the importer is native code, which starts five times as fast; it runs where the C library is not older than the builder's.
# TRACKER_NATIVE=0 leaves that out.
set -eu

fail() {
  printf 'package.sh: %s\n' "$*" >&2
  exit 1
}

[ $# -ge 2 ] || fail "say which version and for which system. The first lines of this file tell how."
version=$1
rid=$2
repository=$(cd "$(dirname "$0")/.." && pwd)
mkdir -p "${3:-dist}"
output=$(cd "${3:-dist}" && pwd)
case $rid in
  linux-x64 | linux-arm64 | osx-x64 | osx-arm64) archive=tracker-$version-$rid.tar.gz ;;
  win-x64 | win-arm64) archive=tracker-$version-$rid.zip ;;
  *) fail "there is no '$rid'." ;;
esac

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
folder=$work/tracker-$version-$rid
mkdir "$folder"

# The SDK's native compiler makes programs for its own system only, and links them with that system's compiler of C.
can_be_native() {
  [ "${TRACKER_NATIVE:-1}" != 0 ] || return 1
  case $(uname -s)-$(uname -m)-$rid in
    Linux-x86_64-linux-x64 | Linux-aarch64-linux-arm64) command -v clang > /dev/null || command -v gcc > /dev/null ;;
    Darwin-x86_64-osx-x64 | Darwin-arm64-osx-arm64) xcode-select -p > /dev/null 2>&1 ;;
    *) return 1 ;;
  esac
}

publish() {
  program=$1
  shift
  # A folder of its own for what the build leaves, so that the clone stays as it is.
  dotnet publish "$repository/Tracker.$program" -c Release -r "$rid" --self-contained --artifacts-path "$work/build" -o "$folder/$(printf %s "$program" | tr PI pi)" \
    -p:Version="$version" -p:DebugType=none -nologo -v quiet "$@" >&2
}

# Compiled ahead (ReadyToRun) and compiled again while it runs, where that pays. Not one file, which would have to be unpacked.
publish Proxy -p:PublishReadyToRun=true
if can_be_native; then
  # A pass of the importer is over before a compiler at run time would have warmed up.
  publish Importer -p:PublishAot=true
  rm -rf "$folder/importer/"*.dbg "$folder/importer/"*.dSYM
else
  printf 'package.sh: the importer is not native code here (see the first lines of this file); it starts slower, and does the same.\n' >&2
  publish Importer -p:PublishReadyToRun=true
fi

cp "$repository/LICENSE" "$repository/THIRD-PARTY-NOTICES.txt" "$repository/README.md" "$repository/CHANGELOG.md" "$folder"
cp -R "$repository/docs" "$repository/deploy" "$folder"
find "$folder/proxy" "$folder/importer" -name "*.xml" -delete # what the editor shows of a library
chmod -R u+w,go-w,a+rX "$folder"

rm -f "$output/$archive"
case $archive in
  *.zip) (cd "$work" && zip -q -r -X "$output/$archive" "tracker-$version-$rid") ;;
  *) tar -C "$work" -czf "$output/$archive" "tracker-$version-$rid" ;;
esac

if command -v sha256sum > /dev/null; then sum=sha256sum; else sum="shasum -a 256"; fi
(
  cd "$output"
  for file in tracker-*.tar.gz tracker-*.zip tracker_*.deb; do
    [ ! -e "$file" ] || $sum "$file"
  done > SHA256SUMS
)
printf '%s\n' "$output/$archive"
