#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Times ./i4vgen generate and the same pipeline in Python with diffusers, by turns, and prints a Markdown table.
# Python is that of a virtual environment with the packages of requirements.txt; PYTHON names it.
# usage: PYTHON=venv/bin/python tools/compare/compare.sh PROMPT [RUNS]
set -euo pipefail

here=$(dirname "$0")
[ $# -ge 1 ] || { sed -n 's/^# usage: /usage: /p' "$0" >&2; exit 2; }
exec "${PYTHON:-python3}" "$here/compare.py" "$@"
