# Installs Debian's packages. Sourced by the scripts of this folder.

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        echo "$0: installing needs root, and there is no sudo: run as root: $*" >&2
        exit 1
    fi
}

is_installed() {
    local status
    status=$(dpkg-query --show --showformat='${db:Status-Status}' "$1" 2>/dev/null) || true
    [ "$status" = installed ]
}

# Installs those of the packages that are absent. On other systems it names them, and goes on.
install_packages() {
    if ! { command -v apt-get && command -v dpkg-query; } >/dev/null; then
        echo "$0: this is not Debian, so nothing is installed; the tests need" \
            "$* and will name what they miss" >&2
        return
    fi
    local absent=() package
    for package in "$@"; do
        is_installed "$package" || absent+=("$package")
    done
    if [ ${#absent[@]} -gt 0 ]; then
        echo "$0: installing ${absent[*]}"
        as_root apt-get update --quiet
        as_root env DEBIAN_FRONTEND=noninteractive \
            apt-get install --quiet --yes --no-install-recommends "${absent[@]}"
    fi
}
