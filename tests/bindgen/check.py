#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Tests of `witc bindgen`, each a subcommand; exit 77 means skipped.

golden       bindings of golden/*.wit are what golden/*/ holds (BLESS=1 rewrites), and compile
conformance  bindings of every input of the public wit-bindgen suite compile, for guest and host; the
             inputs in expected-failures.txt fail, and for the reason given there
roundtrip    values go from component to component and back unchanged (roundtrip/)
"""
import concurrent.futures, os, pathlib, shutil, subprocess, sys, tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
WITC = os.environ["WITC"]
GUEST_CXX = os.environ.get("WITC_GUEST_CXX", "clang++-22")
HOST_CXX = os.environ.get("WITC_HOST_CXX", "clang++-22")
GUEST_FLAGS = ["--target=wasm32-wasi", "-Wno-deprecated", "-std=c++23", "-fno-exceptions"]
HOST_FLAGS = ["-std=c++23", f"-I{ROOT}"]
STRICT = ["-Wall", "-Wextra", "-Werror"]


def run(*command, **more):
    return subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=300, **more)


def have_guest_compiler():
    probe = run(GUEST_CXX, *GUEST_FLAGS, "-fsyntax-only", "-x", "c++", "-", input="#include <vector>\n")
    return probe.returncode == 0


class Headers:
    """The headers all bindings share, compiled once."""

    def __init__(self, folder, guest):
        self.flags = (GUEST_FLAGS if guest else HOST_FLAGS) + STRICT
        self.compiler = GUEST_CXX if guest else HOST_CXX
        self.folder = folder / ("guest" if guest else "host")
        self.folder.mkdir(parents=True)
        runtime = ROOT / "adapter-gen/bindgen/runtime"
        for header in runtime.glob("*.h"):
            shutil.copy(header, self.folder)
        self.pch = self.folder / "all.pch"
        top = self.folder / ("wit_abi.h" if guest else "wit_host.h")
        made = run(self.compiler, *self.flags, "-Wno-pragma-once-outside-header", "-x", "c++-header", top, "-o", self.pch)
        assert made.returncode == 0, made.stderr

    def compile(self, folder, source):
        """What the compiler says of a source whose bindings lie in `folder`; empty if nothing."""
        for header in self.folder.glob("*.h"):
            (folder / header.name).unlink(missing_ok=True)
        result = run(self.compiler, *self.flags, "-include-pch", self.pch, f"-I{self.folder}", f"-I{folder}",
                     "-fsyntax-only", source)
        return result.stderr if result.returncode else ""


def bind(wit, world, folder, host):
    """Makes bindings; gives (source file, error)."""
    command = [WITC, "bindgen", "cpp", wit, "--out-dir", folder, "--all-features"]
    command += ["--host"] if host else []
    command += ["--world", world] if world else []
    made = run(*command)
    if made.returncode not in (0, 1):
        return None, f"exit status {made.returncode}: {made.stderr}"
    if made.returncode:
        return None, made.stderr
    return next(folder.glob("*.cpp")), ""


def comparable(path):
    """Without the world's binary, whose bytes are another test's business."""
    return path.read_text().split("\n// The world in binary")[0]


def golden(scratch):
    guests = have_guest_compiler()
    headers = {host: Headers(scratch, not host) for host in (False, True) if host or guests}
    failures = 0
    worlds = {"kinds": ["both"], "names": ["namespace"], "uses": ["only-b", "both"]}
    for stem, names in worlds.items():
        for world in names:
            for host in (False, True):
                made = scratch / f"{stem}-{world}-{host}"
                made.mkdir()
                source, wrong = bind(HERE / f"golden/{stem}.wit", world, made, host)
                expected = HERE / "golden" / stem / world
                for path in [] if wrong else [source.with_suffix(".h"), source]:
                    kept = expected / path.name
                    if os.environ.get("BLESS"):
                        expected.mkdir(parents=True, exist_ok=True)
                        kept.write_text(comparable(path))
                    elif not kept.exists() or kept.read_text() != comparable(path):
                        wrong += f"{kept} differs from what is made now; BLESS=1 takes it over\n"
                if not wrong and host in headers:
                    wrong = headers[host].compile(made, source)
                failures += bool(wrong)
                if wrong:
                    print(f"{stem}.wit, world {world}, {'host' if host else 'guest'}:\n{wrong}")
    return failures


def conformance_cases(corpus):
    for line in (corpus / "CASES.tsv").read_text().splitlines():
        if line.startswith("#"):
            continue
        name, kind, path, _ = line.split("\t")
        path = corpus / path
        if kind == "runtime-world":
            folder = path.parent
            path = folder if (folder / "deps").is_dir() else path
            yield from ((f"{name} {world}", path, world) for world in ("runner", "test"))
        else:
            yield name, path, None


def conformance(scratch):
    corpus = pathlib.Path(os.environ.get("WITC_CONFORMANCE", "")) / "wit-bindgen-codegen"
    if not (corpus / "CASES.tsv").exists() or not have_guest_compiler():
        return None
    expected = {}
    for line in (HERE / "expected-failures.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            name, reason = line.split("\t")
            expected[name] = reason
    headers = {host: Headers(scratch, not host) for host in (False, True)}

    def one(case):
        number, (name, path, world) = case
        for host in (False, True):
            made = scratch / f"case-{number}-{host}"
            made.mkdir()
            source, wrong = bind(path, world, made, host)
            if source is None and world is None:  # several worlds: `imports` is the one to take
                source, wrong = bind(path, "imports", made, host) if "it has" in wrong else (source, wrong)
            if "no world `" in wrong:  # not every case has both of its worlds
                return name, None
            if not wrong:
                wrong = headers[host].compile(made, source)
            if wrong:
                return name, wrong
        return name, ""

    failures = passed = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for name, wrong in pool.map(one, enumerate(conformance_cases(corpus))):
            if wrong is None:
                continue
            reason = expected.get(name)
            if reason is None and wrong:
                print(f"{name}: {wrong}")
            elif reason is not None and not wrong:
                print(f"{name}: passes, but is in expected-failures.txt")
            elif reason is not None and reason not in wrong:
                print(f"{name}: should fail with `{reason}`, but: {wrong}")
            else:
                passed += 1
                continue
            failures += 1
    print(f"{passed} as expected, {len(expected)} of them failures; {failures} not")
    return failures


def roundtrip(scratch):
    if not have_guest_compiler():
        return None
    components = {}
    for world in ("source", "relay"):
        made = scratch / world
        made.mkdir()
        bindings, wrong = bind(HERE / "roundtrip/wit", world, made, False)
        assert not wrong, wrong
        core, components[world] = made / "core.wasm", made / f"{world}.wasm"
        for command in (
            [GUEST_CXX, *GUEST_FLAGS, *STRICT, "-O1", "-mexec-model=reactor", f"-I{made}", bindings,
             HERE / f"roundtrip/{world}.cpp", "-o", core],
            [WITC, "new", core, "-o", components[world]],
        ):
            result = run(*command)
            assert result.returncode == 0, result.stderr
    both = scratch / "both.wasm"
    result = run(WITC, "plug", components["relay"], "--plug", components["source"], "-o", both)
    assert result.returncode == 0, result.stderr
    failures = 0
    for call, wanted in [
        ("self-test()", "[]"),
        ('text("grüße")', '"grüße"'),
        ('shapes([nothing, circle(1.5), label("x"), shape(-5)])', '[nothing, circle(1.5), label("x"), shape(-5)]'),
    ]:
        result = run(WITC, "run", "--invoke", call, both)
        if result.returncode or result.stdout.strip() != wanted:
            print(f"{call}: {result.stdout}{result.stderr}")
            failures += 1
    return failures


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        outcome = {"golden": golden, "conformance": conformance, "roundtrip": roundtrip}[sys.argv[1]](pathlib.Path(folder))
    if outcome is None:
        print("skipped: the corpus or the guests' C++ library is absent")
        sys.exit(77)
    sys.exit(1 if outcome else 0)
