#!/bin/sh
# Installs sandboot into a dev container, as root while its image is built. The options come as variables:
# https://containers.dev/implementors/features/#options-property
set -eu

version="${VERSION:-latest}"
from="${FROM:-https://github.com/sandboot/sandboot/releases}"
autostart="${AUTOSTART:-false}"
target=/opt/sandboot
files="sandboot.mjs sandboot-worker.mjs"

fail() {
  echo "sandboot: $1" >&2
  exit 1
}

node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 22 || (a === 22 && b > 10) ? 0 : 1)' 2> /dev/null ||
  fail "Node 22.11 or later has to be there: add the Feature ghcr.io/devcontainers/features/node"

case "$from" in
/*) base="$from" ;;
*) if [ "$version" = latest ]; then base="$from/latest/download"; else base="$from/download/v$version"; fi ;;
esac

get() {
  case "$base" in
  /*) cp "$base/$1" "$1" ;;
  *)
    if command -v curl > /dev/null; then
      curl --fail --silent --show-error --location --output "$1" "$base/$1"
    elif command -v wget > /dev/null; then
      wget --quiet --output-document="$1" "$base/$1"
    else
      fail "curl or wget has to be there"
    fi
    ;;
  esac
}

scratch="$(mktemp -d)"
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
for file in $files SHA256SUMS; do
  get "$file" || fail "$base/$file cannot be had"
done
for file in $files; do
  grep "  $file\$" SHA256SUMS
done > wanted
sha256sum --check --strict --status wanted || fail "what came from $base is not what its SHA256SUMS says"

mkdir -p "$target" /usr/local/bin
for file in $files; do
  cp "$file" "$target/$file"
done
chmod 755 "$target/sandboot.mjs"
ln -sf "$target/sandboot.mjs" /usr/local/bin/sandboot

# Runs before the container's command, and ends with it. sandboot is no part of that command: a sandbox that ends does not end
# the dev container.
cat > "$target/entrypoint.sh" << EOF
#!/bin/sh
if [ "$autostart" = true ]; then
  sandboot boot &
fi
exec "\$@"
EOF
chmod 755 "$target/entrypoint.sh"

sandboot --version
