#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Commands of wasm-tools' own tests of its command line, given to witc where it has the same subcommand.

A test's first comments say `RUN: COMMAND`, which must succeed, or `FAIL: COMMAND`, which must not; `RUN[name]` where
there are several. `%` is the file, `|` pipes. What a command prints must be what stands in FILE[.name].stdout.
The list of expected failures holds a line each, `FILE[name] reason`, and may only shrink.

usage: wasm_tools.py WITC CORPUS LIST [FILE...]
"""

import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

KINDS = {"print", "print-fail", "objdump", "strip", "validate", "validate-fail", "parse", "parse-fail", "component-wit",
         "component-wit-fail", "component-embed", "component-embed-fail", "component-new", "component-new-fail",
         "component-semver-check", "component-semver-check-fail", "component-unbundle"}
COMMANDS = {"print", "objdump", "strip", "validate", "parse", "wit", "embed", "new", "semver-check", "unbundle"}


def directives(text: str):
    """(name, must it succeed, command) of the comments at the start; `\\` joins lines."""
    lines = []
    for line in text.splitlines():
        if not line.strip():
            continue
        if not line.startswith((";;", "//")):
            break
        line = line[2:].strip()
        if lines and lines[-1].endswith("\\"):
            lines[-1] = lines[-1][:-1] + " " + line
        else:
            lines.append(line)
    for line in lines:
        found = re.match(r"(RUN|FAIL)(?:\[([^\]]*)\])?:\s*(.*)", line)
        if found:
            yield found[2] or "", found[1] == "RUN", found[3]


def pipeline(command: str, path: str, scratch: str):
    """The words of each command of a pipe; none if witc lacks one of them."""
    stages = []
    for stage in command.split("|"):
        words = [path if word == "%" else word.replace("%tmpdir", scratch) for word in shlex.split(stage)]
        strict = "WAST_STRICT_COMPONENT_INDICES=0" not in words
        while words and re.match(r"[A-Z_]+=", words[0]):
            words.pop(0)
        if words and words[0] == "component":
            words.pop(0)  # what is one level deeper there
        if not words or words[0] not in COMMANDS:
            return None
        if words[0] == "parse" and strict:
            words.append("--strict-references")
        stages.append(words)
    return stages


def failure_of(witc: str, stages, must_succeed: bool, wanted: str):
    """What is wrong with what the commands did; none if nothing is."""
    data, status = b"", 0
    for words in stages:
        done = subprocess.run([witc, *words], input=data, capture_output=True, timeout=60)
        data, status = done.stdout, done.returncode
        if status != 0:
            break
    if must_succeed and status != 0:
        return f"status {status}: {done.stderr.decode(errors='replace').strip().splitlines()[:1]}"
    if not must_succeed and status not in (1, 2):
        return f"status {status}, expected 1 or 2"
    # The corpus has every backslash as a slash.
    if must_succeed and data.decode(errors="replace").replace("\\", "/") != wanted:
        return "prints something else"
    return None


def main() -> int:
    witc, corpus, listed = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
    if not (corpus / "CASES.tsv").exists():
        print("skipped: no conformance corpus")
        return 77
    expected = {line.split()[0] for line in listed.read_text().splitlines() if line and not line.startswith("#")}
    only, seen, wrong, runs = sys.argv[4:], set(), 0, 0
    for line in (corpus / "CASES.tsv").read_text().splitlines():
        name, kind = line.split("\t")[:2]
        if kind not in KINDS or (only and name not in only):
            continue
        path = corpus / name
        with tempfile.TemporaryDirectory() as scratch:  # of the file: its commands read what earlier ones wrote
            for label, must_succeed, command in directives(path.read_text(errors="replace")):
                stages = pipeline(command, str(path), scratch)
                if stages is None:
                    continue
                stdout = path.with_name(path.name + (f".{label}" if label else "") + ".stdout")
                runs += 1
                failure = failure_of(witc, stages, must_succeed, stdout.read_text() if stdout.exists() else "")
                key = name + (f"[{label}]" if label else "")
                if failure and key in expected:
                    seen.add(key)
                elif failure:
                    wrong += 1
                    print(f"FAIL {key} ({command}): {failure}")
    if not only:
        for key in sorted(expected - seen):
            wrong += 1
            print(f"PASSES NOW, take it off the list: {key}")
    print(f"{runs} commands, {wrong} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
