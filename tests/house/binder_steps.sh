#!/usr/bin/env bash
# What Binder does, without Docker: the packages of binder/requirements.txt into a new environment, postBuild in a copy
# of the repository that is also the home folder, then a server through `start`. Prints how long each step takes.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

python="${PYTHON:-$(command -v .venv/bin/python || command -v python3.11)}"
place="$(mktemp -d)"
server=""
trap '[ -z "$server" ] || kill "$server" 2>/dev/null || true; rm -rf "$place"' EXIT

step() { SECONDS=0; echo "-- $1"; }
done_in() { echo "   $SECONDS s"; }

git ls-files -z --cached --others --exclude-standard | xargs -0 tar -cf - | (mkdir "$place/home" && tar -xf - -C "$place/home")
"$python" -m venv "$place/env"
export HOME="$place/home" PATH="$place/env/bin:$PATH"
unset NUMBA_CACHE_DIR NUMBA_CPU_NAME
cd "$HOME"

step "pip install -r binder/requirements.txt"
pip install --quiet --disable-pip-version-check --no-cache-dir -r binder/requirements.txt
done_in
step "postBuild"
./binder/postBuild
done_in
[ -z "$(find lunarlab -name '*.nbc')" ] || { echo "compiled code stands in the checkout, not in NUMBA_CACHE_DIR" >&2; exit 1; }

step "first flight after start"
before="$(find "$HOME/.cache" -name '*.nbc' | wc -l)"
./binder/start lunarlab fly hakuto-r-m1 >/dev/null
after="$(find "$HOME/.cache" -name '*.nbc' | wc -l)"
done_in
[ "$before" -gt 0 ] && [ "$before" -eq "$after" ] || { echo "the first flight compiled: $before, then $after" >&2; exit 1; }

step "server through start"
port="$(python -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')"
./binder/start jupyter lab --no-browser --ip 127.0.0.1 --port "$port" --IdentityProvider.token= --allow-root >"$place/log" 2>&1 &
server=$!
for _ in $(seq 60); do
    if python - "$port" <<'PYTHON' 2>/dev/null; then break; fi
import sys, urllib.request
page = urllib.request.urlopen(f"http://127.0.0.1:{sys.argv[1]}/lab/tree/lessons/10_hakuto_r_mission_1.ipynb").read().decode()
sys.exit("JupyterLab" not in page)
PYTHON
    kill -0 "$server" || { cat "$place/log" >&2; exit 1; }
    sleep 0.5
done
done_in
jupyter labextension list 2>&1 | grep -q "announcements (all plugins)\|apputils-extension:announcements" || {
    echo "JupyterLab's announcements are still on" >&2; exit 1; }
jupyter server --show-config-json 2>/dev/null | grep -q PromptConnection || {
    echo "JupyterLab's messages still wait for each other" >&2; exit 1; }
du -sh "$place/env" | awk '{ print "-- size of the environment: " $1 }'
echo "binder steps: fine"
