#!/usr/bin/env bash
# locust 2.47.0: pytest's settings beside a locustfile decide what its command says of a file without a user class.
#
# A locustfile whose only class is abstract (a base that other files import) has "No User class found!", which says what to do.
# Since 2.47 such a file is then tried as a file of pytest fixtures, with the pytest settings of its folder and above it: a project
# that turns warnings into errors (`filterwarnings = error`, as many do) gets a traceback from pytest's assertion rewriting instead,
# which names neither the file nor the class. Nobody would look for the cause in pyproject.toml. Give the locustfile a concrete class.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check locust==2.47.0 pytest==9.1.0
mkdir "$folder/plain" "$folder/strict"
cat > "$folder/plain/locustfile.py" <<'PY'
from locust import FastHttpUser


class Base(FastHttpUser):
    abstract = True
PY
cp "$folder/plain/locustfile.py" "$folder/strict/"
printf '[tool.pytest.ini_options]\nfilterwarnings = ["error"]\n' > "$folder/strict/pyproject.toml"
for place in plain strict; do
    code=0
    "$folder/venv/bin/locust" -f "$folder/$place/locustfile.py" --headless --users 1 --run-time 1s --host http://127.0.0.1:9 \
        > "$folder/log" 2>&1 || code=$?
    echo "$place: exit code $code; $(tail -n 1 "$folder/log" | sed 's/.*ERROR[^:]*: //')"
done > "$folder/seen"
cat "$folder/seen"
diff - "$folder/seen" <<'SEEN'
plain: exit code 1; No User class found!
strict: exit code 1; pytest.PytestAssertRewriteWarning: Module already imported so cannot be rewritten; locust
SEEN
