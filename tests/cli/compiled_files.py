#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compiled files that were changed, with a fixed seed: each is refused with status 1 and a diagnostic, or (bytes in front
that make it no compiled file at all) read as something else and found wrong. No code of one is ever executed.

usage: compiled_files.py WITC SEEDS ROUNDS      SEEDS: the folder with adder.wat
"""

import pathlib
import random
import subprocess
import sys
import tempfile

HEAD = 160


def main() -> int:
    witc, seeds, rounds = sys.argv[1], pathlib.Path(sys.argv[2]), int(sys.argv[3])
    rng = random.Random(7)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        good = folder / "good.cwasm"
        subprocess.run([witc, "compile", str(seeds / "adder.wat"), "-o", str(good)], check=True)
        bytes_ = good.read_bytes()

        def run(data: bytes):
            changed = folder / "changed.cwasm"
            changed.write_bytes(data)
            return subprocess.run([witc, "run", "--invoke", "add", str(changed), "1", "2"], capture_output=True, text=True,
                                  errors="replace", timeout=60)

        if run(bytes_).stdout != "3\n":
            print("the file as it was written does not run")
            return 1
        places = list(range(0, HEAD, 3)) + [rng.randrange(HEAD, len(bytes_)) for _ in range(rounds)]
        for at in places:
            data = bytearray(bytes_)
            how = rng.randrange(4)
            if how == 0:
                data[at] ^= 1 << rng.randrange(8)
            elif how == 1:
                del data[at:]
            elif how == 2:
                data[at:at] = rng.randbytes(rng.randrange(1, 9))
            else:
                data[at:at + 8] = (rng.choice([0, 1, 2**31, 2**63, 2**64 - 1]) ^ int.from_bytes(data[at:at + 8], "little")
                                   | 1 << 7).to_bytes(8, "little")[:len(data[at:at + 8])]
            if bytes(data) == bytes_:
                continue
            done = run(bytes(data))
            if done.returncode != 1 or "error" not in done.stderr or done.stdout:
                print(f"change {how} at {at}: status {done.returncode}, `{done.stdout}`, `{done.stderr}`")
                return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
