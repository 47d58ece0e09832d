# SPDX-License-Identifier: Apache-2.0
"""Runs ./i4vgen generate and i4vgen_diffusers.py by turns with the same prompt and seed, after one untimed run of each,
and prints the medians of the seconds, from a process's start to its end, and of its peak memory as a Markdown table.
"""
import argparse
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent


def measured(command):
    """(seconds, peak bytes of the largest process of those that `command` started, standard output)"""
    start = time.perf_counter()
    result = subprocess.run(
        [sys.executable, __file__, "--measure", *command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    seconds = time.perf_counter() - start
    *log, peak = result.stderr.splitlines() or [""]
    if result.returncode != 0:
        sys.exit(f"{' '.join(command)} failed:\n{result.stdout}{result.stderr}")
    return seconds, int(peak), result.stdout


def measure(command):
    """Runs `command` and adds a line to the standard error stream: the peak memory of its largest process."""
    code = subprocess.run(command).returncode
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    print(peak if sys.platform == "darwin" else peak * 1024, file=sys.stderr)
    sys.exit(code)


def commands(options, folder):
    seed = ["--seed", str(options.seed)]
    python = [sys.executable, str(HERE / "i4vgen_diffusers.py"), options.prompt, "--pack", str(options.pack),
              "--out", str(folder / "python.gif"), *seed]
    if options.training:
        python += ["--training", str(options.training)]
    java = [str(ROOT / "i4vgen"), "generate", options.prompt, "--out", str(folder / "java.mp4"), "--quiet", *seed]
    return {"`./i4vgen generate` (Java)": java, "diffusers (Python)": python}


def table(runs):
    median = statistics.median
    yield "| | seconds: median | least | most | peak memory, MiB |"
    yield "| --- | ---: | ---: | ---: | ---: |"
    for name, results in runs.items():
        seconds = [result[0] for result in results]
        memory = median(result[1] for result in results) / 2**20
        yield f"| {name} | {median(seconds):.1f} | {min(seconds):.1f} | {max(seconds):.1f} | {memory:.0f} |"


def stages(outputs):
    """Where Python's time goes: the median seconds of every stage."""
    reports = [json.loads(output.splitlines()[-1]) for output in outputs]
    each = {name: statistics.median(report["seconds"][name] for report in reports) for name in reports[0]["seconds"]}
    compute = statistics.median(report["compute"] for report in reports)
    return (f"Python, torch {reports[0]['torch']}, {reports[0]['threads']} threads: "
            + ", ".join(f"{name} {seconds:.2f} s" for name, seconds in each.items()) + f"; computing {compute:.1f} s.")


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("prompt")
    parser.add_argument("runs", type=int, nargs="?", default=5)
    parser.add_argument("--pack", type=Path, default=ROOT / "plugins" / "shapes")
    parser.add_argument("--training", type=Path, help="folder of reward_model.py (default: training/ in the pack)")
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


def main():
    options = parse_options()
    with tempfile.TemporaryDirectory() as folder:
        by_name = commands(options, Path(folder))
        for command in by_name.values():
            measured(command)
        runs = {name: [] for name in by_name}
        for _ in range(options.runs):
            for name, command in by_name.items():
                runs[name].append(measured(command))
    print("\n".join(table(runs)))
    print(f"\n{options.runs} runs each, on {os.cpu_count()} cores ({platform.system()} {platform.machine()}). "
          + stages([output for _, _, output in runs["diffusers (Python)"]]))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--measure"]:
        measure(sys.argv[2:])
    main()
