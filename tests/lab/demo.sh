#!/bin/bash
# The demo is a test: each of its steps is a case.
# seconds: 240
lab/inside/demo "$PWD/peers" --json >"$LAB_TMP/demo.json"
jq -r '.steps[] | (if .ok then "ok" else "not ok" end) + " - " + .title + (if .ok then "" else "\n# " + (.seen | gsub("\n"; " ")) end)' "$LAB_TMP/demo.json"
