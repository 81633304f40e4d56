#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""How many requests does a server answer? h2load against `witc serve`, and `wasmtime serve` where that is installed.

usage: serve_bench.py WITC GUEST [--requests N] [--json FILE]

The guest is that of tests/http; each request has an instance of its own. README.md beside it.
"""
import json, os, re, shutil, signal, socket, subprocess, sys, tempfile, time

LOADS = [  # what, options of h2load, path
    ("one connection, HTTP/1.1", ["--h1", "-c", "1"], "/hello"),
    ("32 connections, HTTP/1.1", ["--h1", "-c", "32"], "/hello"),
    ("8 connections of 8, HTTP/2", ["-c", "8", "-m", "8"], "/hello"),
    ("32 connections, 1 MiB each", ["--h1", "-c", "32"], "/many?1048576"),
]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    def __init__(self, command):
        self.port = free_port()
        self.log = tempfile.NamedTemporaryFile("w+")
        command = [part.replace("PORT", str(self.port)) for part in command]
        self.process = subprocess.Popen(command, stdout=self.log, stderr=self.log)
        for _ in range(3000):
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                if self.process.poll() is not None:
                    sys.exit("the server did not start: " + open(self.log.name).read())
                time.sleep(0.02)
        sys.exit("the server does not answer")

    def cpu_seconds(self):
        with open(f"/proc/{self.process.pid}/stat") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def resident_mib(self):
        with open(f"/proc/{self.process.pid}/status") as file:
            return int(re.search(r"VmHWM:\s+(\d+)", file.read())[1]) / 1024

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()


def load(server, options, path, requests):
    """Requests a second, mean and greatest time of one in ms, processor time of one on the server in us; None if it fails."""
    before = server.cpu_seconds()
    run = subprocess.run(["h2load", "-n", str(requests), *options, f"http://127.0.0.1:{server.port}{path}"],
                         capture_output=True, text=True, timeout=600)
    spent = server.cpu_seconds() - before
    rate = re.search(r"finished in .*?, ([\d.]+) req/s", run.stdout)
    times = re.search(r"time for request:\s+\S+\s+(\S+)\s+(\S+)", run.stdout)
    if f"{requests} succeeded" not in run.stdout or not rate or not times:
        return None
    unit = {"us": 1e-3, "ms": 1, "s": 1e3}
    worst, mean = (float(value) * unit[name] for value, name in (re.match(r"([\d.]+)([a-z]+)", text).groups() for text in times.groups()))
    return {"rate": float(rate[1]), "mean_ms": mean, "max_ms": worst, "cpu_us": spent / requests * 1e6}


def main():
    arguments, options = [], {"--requests": "3000", "--json": ""}
    rest = iter(sys.argv[1:])
    for argument in rest:
        if argument in options:
            options[argument] = next(rest)
        else:
            arguments.append(argument)
    if len(arguments) != 2:
        sys.exit(__doc__)
    witc, guest = arguments
    if not shutil.which("h2load"):
        print("h2load (nghttp2-client) is not installed")
        return
    servers = {"witc": [witc, "serve", "-q", "--addr", "127.0.0.1:PORT", guest]}
    if shutil.which("wasmtime"):
        servers["wasmtime"] = ["wasmtime", "serve", "-Scommon", "--addr", "127.0.0.1:PORT", guest]
    else:
        print("wasmtime (the program) is not installed: it is left out")
    report = {"rows": []}
    print(f"{'':28}{'':10}{'requests/s':>12}{'mean ms':>10}{'max ms':>10}{'CPU us each':>13}")
    running = {name: Server(command) for name, command in servers.items()}
    try:
        for what, how, path in LOADS:
            requests = int(options["--requests"]) // (10 if "MiB" in what else 1)
            row = {"row": what}
            for name, server in running.items():
                load(server, how, path, max(requests // 10, 64))
                found = load(server, how, path, requests)
                row[name] = found
                cells = "failed" if found is None else f"{found['rate']:12.0f}{found['mean_ms']:10.2f}{found['max_ms']:10.2f}{found['cpu_us']:13.0f}"
                print(f"{what:28}{name:10}{cells}", flush=True)
            report["rows"].append(row)
        for name, server in running.items():
            report[name + "_resident_mib"] = server.resident_mib()
            print(f"{name}: at most {server.resident_mib():.0f} MiB resident")
    finally:
        for server in running.values():
            server.stop()
    if options["--json"]:
        with open(options["--json"], "w") as file:
            json.dump(report, file, indent=2)
        print("written to", options["--json"])


main()
