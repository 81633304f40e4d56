#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Every release of WASI 0.2 is served: of each in the corpus, a component that imports all functions of its `wasi:cli/command`
and its `wasi:http/proxy`, gated ones too, finds them all; it is called, and traps as an empty program does.

    releases.py WITC CONFORMANCE SCRATCH
"""
import pathlib
import re
import shutil
import subprocess
import sys

SKIPPED = 77


def run(*command):
    return subprocess.run([str(part) for part in command], capture_output=True, text=True)


def must(*command):
    done = run(*command)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}\n{done.stderr}")
    return done.stdout


def version_of(package):
    text = "".join(path.read_text() for path in sorted(package.glob("*.wit")))
    return re.search(r"^package wasi:\S+@(\S+);", text, re.M).group(1)


def assemble(releases, release, package, folder):
    """The package with its siblings as dependencies. One is versioned as the release before: it takes the siblings of that,
    and is nobody's dependency."""
    version = version_of(release / package)
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(release / package, folder)
    for sibling in sorted((releases / version).iterdir()):
        if sibling.name != package and version_of(sibling) == version:
            shutil.copytree(sibling, folder / "deps" / sibling.name)


def check(witc, releases, release, package, world, scratch):
    folder = scratch / f"{release.name}-{package}"
    assemble(releases, release, package, folder)
    wit, core, component = (folder.with_suffix(suffix) for suffix in (".wit.wasm", ".core.wasm", ".wasm"))
    must(witc, "wit", folder, "--all-features", "--wasm", "-o", wit)
    must(witc, "embed", "--dummy", wit, "--world", world, "-o", core)
    must(witc, "new", core, "-o", component)
    printed = must(witc, "print", component)
    imports = len(re.findall(r"^ *\(alias export \S+ \"[^\"]+\" \(func", printed, re.M))
    if world == "command":
        done = run(witc, "run", component)
        linked = done.returncode == 134 and "unreachable" in done.stderr
    else:
        # The proxy's export takes resources, which no value of --invoke can be: that is found after linking.
        done = run(witc, "run", "--invoke", "nothing-of-that-name()", component)
        linked = "run-no-such-export" in done.stderr
    print(f"{release.name} wasi:{package}/{world}: {imports} functions, {'linked' if linked else 'NOT LINKED'}")
    if not linked:
        print(done.stderr)
    return linked and imports > 10


def main():
    witc, conformance, scratch = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
    releases = conformance / "wasi"
    if not sys.argv[2] or not releases.is_dir():
        print("skipped: no conformance corpus")
        return SKIPPED
    scratch.mkdir(parents=True, exist_ok=True)
    found = sorted((path for path in releases.glob("0.2.*")), key=lambda path: [int(n) for n in path.name.split(".")])
    results = [check(witc, releases, release, package, world, scratch)
               for release in found for package, world in (("cli", "command"), ("http", "proxy"))]
    return 0 if results and all(results) else 1


sys.exit(main())
