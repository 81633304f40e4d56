#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Clients of `witc serve`, each suite with a server of its own on a free port of the loopback.

usage: drive.py serve|misbehave|http2|outgoing|load WITC GUEST OLD_GUEST [--seconds N] [--connections N]

Nothing but Python's library is needed; HTTP/2 is tried with nghttp and h2load, and skipped where they are not.
"""
import asyncio, http.client, os, random, re, resource, shutil, signal, socket, ssl, subprocess, sys, tempfile, threading, time

SKIP = 77
failures = []


def check(is_fine, what):
    if not is_fine:
        failures.append(what)
        print("FAILED:", what, flush=True)


class Server:
    """`witc serve` as a process; its log is kept."""

    def __init__(self, witc, guest, *options):
        self.log = tempfile.NamedTemporaryFile("w+", suffix=".log", delete=False)
        self.process = subprocess.Popen(
            [witc, "serve", "-O", "0", "--addr", "127.0.0.1:0", *options, guest], stderr=self.log, stdout=self.log)
        deadline = time.time() + 200
        while True:
            found = re.search(r"Serving HTTP on http://127\.0\.0\.1:(\d+)/", self.text())
            if found:
                break
            if self.process.poll() is not None or time.time() > deadline:
                sys.exit("the server did not start: " + self.text())
            time.sleep(0.02)
        self.port = int(found[1])

    def text(self):
        with open(self.log.name, errors="replace") as log:
            return log.read()

    def rss_kib(self):
        with open(f"/proc/{self.process.pid}/status") as status:
            return int(re.search(r"VmRSS:\s+(\d+)", status.read())[1])

    def alive(self):
        return self.process.poll() is None

    def stop(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        try:
            status = self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            status = "killed after 20 s"
        os.unlink(self.log.name) if not failures else None
        return status

    def get(self, target, method="GET", body=None, headers={}, timeout=30):
        """The status and body; `body` may be a list of chunks. It is sent while the answer is read."""
        head = [f"{method} {target} HTTP/1.1", "Host: h", "Connection: close"] + [f"{k}: {v}" for k, v in headers.items()]
        if isinstance(body, list):
            head.append("Transfer-Encoding: chunked")
            body = b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in body) + b"0\r\n\r\n"
        elif body is not None:
            head.append(f"Content-Length: {len(body)}")
        with socket.create_connection(("127.0.0.1", self.port), timeout) as connection:
            def send():
                try:
                    connection.sendall("\r\n".join(head).encode() + b"\r\n\r\n" + (body or b""))
                except OSError:
                    pass
            sender = threading.Thread(target=send, daemon=True)
            sender.start()
            response = http.client.HTTPResponse(connection, method=method)
            response.begin()
            answer = response.status, response.read()
            sender.join(timeout)
            return answer

    def raw(self, data, timeout=30, half_close=False):
        """All that comes back until the server closes."""
        with socket.create_connection(("127.0.0.1", self.port), timeout) as connection:
            connection.sendall(data)
            if half_close:
                connection.shutdown(socket.SHUT_WR)
            return receive_all(connection)


def receive_all(connection):
    parts = []
    try:
        while True:
            part = connection.recv(1 << 16)
            if not part:
                break
            parts.append(part)
    except ConnectionError:
        pass
    except TimeoutError:
        parts.append(b"<timeout>")
    return b"".join(parts)


def status_of(answer):
    found = re.match(rb"HTTP/1\.[01] (\d{3})", answer)
    return int(found[1]) if found else None


def get(target, *headers, version="1.1", method="GET", close=True):
    lines = [f"{method} {target} HTTP/{version}", "Host: h", *headers] + (["Connection: close"] if close else [])
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


# -- what a good client sees ---------------------------------------------------------------------------------------------

def serve(witc, guest, old_guest, _):
    server = Server(witc, guest, "-W", "timeout=3s,max-memory-size=33554432")
    check(server.get("/hello") == (200, b"hello 1\n"), "hello")
    check(server.get("/hello") == (200, b"hello 1\n"), "hello again, of a fresh instance")
    check(server.get("/nothing")[0] == 404, "not found")
    check(server.get("/fields", headers={"Keep-Alive": "x"}) == (200, b""), f"fields: {server.get('/fields')}")
    brew = server.raw(b"BREW /types?a=b HTTP/1.1\r\nHost: test.example:81\r\nConnection: close\r\n\r\n")
    check(b"content-length: 0\r\n" in brew or brew.endswith(b"\r\n0\r\n\r\n"), f"types: {brew}")

    body = bytes(random.Random(1).randbytes(3_000_000))
    check(server.get("/echo", "POST", body) == (200, body), "echo of 3 MB with content-length")
    chunks = [body[i:i + 50_000] for i in range(0, len(body), 50_000)]
    check(server.get("/echo", "POST", chunks) == (200, body), "echo of 3 MB in chunks")
    check(server.get("/length", "POST", body) == (200, b"3000000"), "length")
    check(server.get("/many?10000000")[1] == b"x" * 10_002_432, "10 MB out")
    answer = server.raw(b"POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
                        b"3\r\nabc\r\n0\r\nX-Sum: 7\r\n\r\n")
    check(b"3\r\nabc\r\n" in answer and b"\r\n0\r\nx-sum: 7\r\n\r\n" in answer, f"trailers in and out: {answer}")
    check(b"0\r\nx-checksum: 42\r\n\r\n" in server.raw(get("/trailers")), "trailers")
    early = server.raw(get("/early"))
    check(early.startswith(b"HTTP/1.1 103 ") and b"link: </style.css>" in early and b"HTTP/1.1 200 " in early, f"103: {early}")

    # An echo that can only work if the server answers while it reads.
    with socket.create_connection(("127.0.0.1", server.port), 20) as connection:
        connection.sendall(b"POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n")
        got = b""
        for i in range(5):
            connection.sendall(b"5\r\nping%d\r\n" % i)
            while b"ping%d" % i not in got:
                got += connection.recv(1000)
        connection.sendall(b"0\r\n\r\n")
        while not got.endswith(b"0\r\n\r\n"):
            got += connection.recv(1000)
    check(True, "ping pong")

    for target, method, status in [("/hello", "HEAD", 200), ("/status?204", "GET", 204), ("/status?304", "GET", 304)]:
        answer = server.raw(get(target, method=method))
        check(status_of(answer) == status and answer.endswith(b"\r\n\r\n"), f"{method} {target} has no body: {answer}")
    check(status_of(server.raw(get("/hello", version="1.0", close=False))) == 200, "HTTP/1.0 closes by itself")
    answer = server.raw(get("/many?50000", version="1.0", close=False))
    check(answer.endswith(b"x") and b"chunked" not in answer, "HTTP/1.0 has no chunks")
    continued = server.raw(b"POST /length HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc")
    check(continued.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 "), f"expect: {continued}")
    refused = server.raw(b"POST /none HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n")
    check(status_of(refused) == 500, f"an answer in the place of 100: {refused}")

    # Guests that go wrong: each its own status, and the server goes on.
    check(server.get("/trap")[0] == 500, "trap")
    check(server.get("/none")[0] == 500, "no answer")
    check(server.get("/error")[0] == 500, "an error for an answer")
    half = server.raw(get("/trap-in-body"))
    check(status_of(half) == 200 and not half.endswith(b"0\r\n\r\n"), f"a trap in the middle cuts off: {half}")
    check(not server.raw(get("/sized?7")).endswith(b"0\r\n\r\n"), "a short body is cut off")
    check(server.get("/sized?5") == (200, b"12345"), "content-length")
    check(server.raw(get("/sized-none?5", close=False) + get("/hello")).count(b"HTTP/1.1 ") == 1, "no answer in the place of a body")
    check(server.get("/memory")[0] == 500, "too much memory")
    begin = time.time()
    check(server.get("/loop")[0] == 504, "a guest that computes for ever")
    check(server.get("/wait")[0] == 504, "a guest that waits for ever")
    check(4 < time.time() - begin < 20, "-W timeout")
    check(server.get("/hello")[0] == 200, "after all that")
    log = server.text()
    check(re.search(r"T\d\d:\d\d:\d\d\.\d{3}Z 127\.0\.0\.1:\d+ GET /hello 200 8 \d+\.\dms", log), "access log")
    check("the guest trapped on GET /trap" in log, "a trap is logged")
    check(server.stop() == 0, "SIGTERM ends it with 0")

    server = Server(witc, old_guest)
    check(server.get("/hello") == (200, b"hello 1\n"), "a guest of 0.2.3")
    # A graceful stop: what runs goes on, what is idle goes.
    with socket.create_connection(("127.0.0.1", server.port), 20) as idle, \
            socket.create_connection(("127.0.0.1", server.port), 20) as busy:
        busy.sendall(get("/slow?1000", close=False))
        time.sleep(0.4)
        server.process.send_signal(signal.SIGINT)
        check(receive_all(idle) == b"", "an idle connection is closed")
        last = receive_all(busy)
        check(status_of(last) == 200 and b"connection: close" in last, f"a busy one is served: {last}")
    check(server.process.wait(20) == 0, "SIGINT ends it with 0")


# -- what bad clients get ------------------------------------------------------------------------------------------------

def misbehave(witc, guest, _, __):
    server = Server(witc, guest, "--header-timeout", "0.5", "--idle-timeout", "1.5", "-W", "timeout=10s")
    for request, status in [
            (b"nonsense\r\n\r\n", 400), (b"GET / HTTP/1.1\r\n\r\n", 400), (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
            (b"GET / HTTP/3.7\r\nHost: h\r\n\r\n", 505), (b"GET /a b HTTP/1.1\r\nHost: h\r\n\r\n", 400),
            (b"GET / HTTP/1.1\r\nHost: h\r\nbad name: x\r\n\r\n", 400), (b"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400),
            (b"GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
            (b"GET / HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n", 400),
            (b"GET / HTTP/1.1\r\nHost: h\r\nx: " + b"y" * 100_000 + b"\r\n\r\n", 431),
            (b"GET /" + b"y" * 200_000 + b" HTTP/1.1\r\nHost: h\r\n\r\n", 431),
            (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400)]:
        answer = server.raw(request)
        check(status_of(answer) in (status, 505 if b"a b HTTP" in request else None), f"{request[:60]}: {answer[:80]}")
    check(server.get("/hello")[0] == 200, "after bad requests")

    check(status_of(server.raw(b"GET /hello HTTP/1.1\r\nHo")) == 408, "a head that never ends")
    check(server.raw(b"") == b"", "nothing at all")
    check(status_of(server.raw(b"POST /length HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nabc")) == 400, "a body that stops")
    chunk = server.raw(b"POST /length HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")
    check(status_of(chunk) == 400, f"a chunk that is none: {chunk}")
    check(status_of(server.raw(get("/slow?500"), half_close=True)) == 200, "half closed")
    half = server.raw(b"POST /length HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nabc", half_close=True)
    check(status_of(half) == 400, f"half closed in the body: {half}")
    piped = server.raw(get("/hello", close=False) * 20 + get("/slow?50", close=False) + get("/hello"))
    check(len(re.findall(rb"HTTP/1\.1 200", piped)) == 22 and piped.count(b"hello 1") == 21, f"pipelined: {piped.count(b'HTTP/1.1 200')}")
    unread = server.raw(b"POST /hello HTTP/1.1\r\nHost: h\r\nContent-Length: 3000000\r\n\r\n" + b"x" * 100_000)
    check(status_of(unread) == 200, "an answer to a body that is not read")

    for _ in range(20):  # aborted uploads and downloads
        with socket.create_connection(("127.0.0.1", server.port), 10) as connection:
            connection.sendall(b"POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n" + b"x" * 10_000)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        with socket.create_connection(("127.0.0.1", server.port), 10) as connection:
            connection.sendall(get("/many?100000000"))
            connection.recv(1000)
    with socket.create_connection(("127.0.0.1", server.port), 10) as connection:  # a client that does not read
        connection.sendall(get("/many?100000000"))
        time.sleep(4)
    check(server.get("/hello")[0] == 200, "after aborts")
    drip = get("/hello")
    with socket.create_connection(("127.0.0.1", server.port), 10) as connection:  # a byte at a time, but in time
        for i in range(len(drip)):
            connection.sendall(drip[i:i + 1])
        check(status_of(receive_all(connection)) == 200, "a byte at a time")

    # Random bytes, and requests with random bytes in them, of both protocols.
    dice = random.Random(7)
    for i in range(400):
        seed = dice.choice([b"", get("/echo", "Content-Length: 5") + b"abcde", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(
            [0, 0, 0, 4, 0, 0, 0, 0, 0])])
        data = bytearray(seed + dice.randbytes(dice.randrange(200)))
        for _ in range(dice.randrange(6)):
            if data:
                data[dice.randrange(len(data))] = dice.randrange(256)
        with socket.create_connection(("127.0.0.1", server.port), 10) as connection:
            try:
                connection.sendall(data)
                connection.settimeout(0.01)
                connection.recv(1000)
            except OSError:
                pass
        check(server.alive(), f"alive after random bytes {i}: {bytes(data)!r}")
    check(server.get("/hello")[0] == 200, "after random bytes")
    check(server.stop() == 0, "stopped")


# -- HTTP/2 --------------------------------------------------------------------------------------------------------------

def http2(witc, guest, _, __):
    if not shutil.which("nghttp") or not shutil.which("h2load"):
        print("nghttp and h2load (nghttp2-client) are not installed")
        sys.exit(SKIP)
    server = Server(witc, guest, "-W", "timeout=5s")
    base = f"http://127.0.0.1:{server.port}"

    def nghttp(*arguments):
        return subprocess.run(["nghttp", *arguments], capture_output=True, timeout=60)

    check(nghttp(base + "/hello").stdout == b"hello 1\n", "hello")
    with tempfile.NamedTemporaryFile() as upload:
        upload.write(random.Random(2).randbytes(2_000_000))
        upload.flush()
        echoed = nghttp("-d", upload.name, base + "/echo").stdout
        check(echoed == open(upload.name, "rb").read(), f"echo of 2 MB: {len(echoed)}")
        sent = nghttp("-v", "-n", "-d", upload.name, "--trailer", "x-sum: 7", base + "/echo").stdout
        check(sent.count(b"x-sum: 7") >= 2, "trailers in and out")
        check(b":status: 200" in nghttp("-v", "-n", "-d", upload.name, base + "/hello").stdout, "a body that is not read")
    check(b"x-checksum: 42" in nghttp("-v", base + "/trailers").stdout, "trailers")
    check(b":status: 103" in nghttp("-v", base + "/early").stdout, "103")
    check(len(nghttp(base + "/many?3000000").stdout) == 3_002_368, "3 MB out")
    for target, status in [("/trap", 500), ("/none", 500), ("/status?204", 204), ("/wait", 504), ("/hello", 200)]:
        seen = nghttp("-v", base + target).stdout
        check(b":status: %d" % status in seen, f"{target}: {status}")
    check(b":status: 200" in nghttp("-v", "-H", ":method: HEAD", base + "/hello").stdout, "HEAD")
    cut = nghttp("-v", base + "/trap-in-body").stdout
    check(b"RST_STREAM" in cut, "a trap in the middle resets the stream")
    run = subprocess.run(["h2load", "-n", "1000", "-c", "10", "-m", "10", base + "/hello"], capture_output=True, text=True, timeout=100)
    check("1000 succeeded, 0 failed" in run.stdout, f"h2load: {run.stdout}")
    slow = subprocess.Popen(["nghttp", base + "/slow?800"], stdout=subprocess.PIPE)
    time.sleep(0.4)
    server.process.send_signal(signal.SIGTERM)
    check(slow.communicate(timeout=20)[0] == b"slow", "what runs goes on while it stops")
    check(server.process.wait(20) == 0, "stopped")


# -- the client of guests ------------------------------------------------------------------------------------------------

def outgoing(witc, guest, _, __):
    behind = Server(witc, guest, "-W", "timeout=10s")
    there = f"127.0.0.1:{behind.port}"
    denied = Server(witc, guest)
    check(denied.get(f"/proxy?{there}/hello") == (502, b"error-code 15"), "no grant: HTTP-request-denied")
    denied.stop()
    narrow = Server(witc, guest, "-S", f"http=GET+HEAD:http://{there}")
    check(narrow.get(f"/proxy?{there}/hello") == (200, b"hello 1\n"), "a grant for GET")
    check(narrow.get(f"/proxy?{there}/hello", "POST", b"x") == (502, b"error-code 15"), "but not for POST")
    check(narrow.get(f"/proxy?localhost:{behind.port}/hello") == (502, b"error-code 15"), "nor for another name")
    check(narrow.get(f"/proxy?127.0.0.1:1/hello") == (502, b"error-code 15"), "nor for another port")
    narrow.stop()
    front = Server(witc, guest, "-S", "http", "-W", "timeout=20s")
    body = random.Random(3).randbytes(500_000)
    check(front.get(f"/proxy?{there}/echo", "POST", body) == (200, body), "500 kB through two servers")
    check(front.get(f"/proxy?{there}/nothing")[0] == 404, "a status goes through")
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        check(front.get(f"/proxy?127.0.0.1:{unused.getsockname()[1]}/") == (502, b"error-code 6"), "connection-refused")
    check(front.get("/proxy?name.invalid/") == (502, b"error-code 1"), "DNS-error")
    check(front.get(f"/proxy?{there}/slow?4000") == (502, b"error-code 9"), "first-byte-timeout")
    check(front.get(f"/proxy?{there}/trap-in-body") == (502, b"broken"), "an answer that breaks")
    for reply, expected in [(b"nonsense\r\n\r\n", b"error-code 35"), (b"", b"error-code 7"),
                            (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", b"broken"),
                            (b"HTTP/1.1 103 E\r\n\r\nHTTP/1.1 200 OK\r\n\r\nabc", b"abc"),
                            (b"HTTP/1.1 200 OK\r\nx: " + b"y" * 300_000 + b"\r\n\r\n", b"error-code 26")]:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            def once():
                connection, _ = listener.accept()
                with connection:
                    request = b""
                    # All of it: a close with some of it unread would throw the reply away.
                    while not request.endswith(b"0\r\n\r\n" if b"chunked" in request else b"\r\n\r\n"):
                        request += connection.recv(10_000)
                    connection.sendall(reply)
            thread = threading.Thread(target=once, daemon=True)
            thread.start()
            got = front.get(f"/proxy?127.0.0.1:{listener.getsockname()[1]}/")[1]
            check(got == expected, f"{reply[:40]}: {got}, not {expected}")
            thread.join(10)
    check(front.get("/hello")[0] == 200, "after all that")
    check(front.stop() == 0 and behind.stop() == 0, "stopped")
    if shutil.which("openssl"):
        with tempfile.TemporaryDirectory() as folder:
            tls(witc, guest, folder)


def tls(witc, guest, folder):
    """A server with a certificate of its own making."""
    key, certificate = os.path.join(folder, "key.pem"), os.path.join(folder, "certificate.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate, "-days", "2",
                    "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]

    def answer():
        while True:
            try:
                with context.wrap_socket(listener.accept()[0], server_side=True) as connection:
                    connection.recv(10_000)
                    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecret")
            except ssl.SSLError:
                pass  # a client that does not trust us
            except OSError:
                return
    threading.Thread(target=answer, daemon=True).start()
    trusting = Server(witc, guest, "-S", f"http,http-ca={certificate}")
    check(trusting.get(f"/proxy-tls?localhost:{port}/") == (200, b"secret"), "https")
    check(trusting.get(f"/proxy-tls?127.0.0.1:{port}/") == (502, b"error-code 13"), "https, by another name: TLS-certificate-error")
    trusting.stop()
    strict = Server(witc, guest, "-S", "http")
    check(strict.get(f"/proxy-tls?localhost:{port}/") == (502, b"error-code 13"), "https, not trusted: TLS-certificate-error")
    with socket.create_server(("127.0.0.1", 0)) as plain:
        def once():
            connection, _ = plain.accept()
            with connection:
                connection.recv(10_000)
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        threading.Thread(target=once, daemon=True).start()
        check(strict.get(f"/proxy-tls?localhost:{plain.getsockname()[1]}/") == (502, b"error-code 12"), "no TLS there: TLS-protocol-error")
    strict.stop()
    listener.close()


# -- load ----------------------------------------------------------------------------------------------------------------

def load(witc, guest, _, options):
    connections = int(options.get("connections", 1000))
    seconds = float(options.get("seconds", 4))
    memory = int(options.get("memory", 300))  # MiB that it may take for the connections and its workers
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if hard < connections + 100:
        print("too few file descriptors")
        sys.exit(SKIP)
    server = Server(witc, guest, "-q")
    server.get("/hello")
    before = server.rss_kib()
    counts = {"requests": 0, "errors": 0}
    request = get("/hello", close=False)

    async def client(end, ready, go):
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        ready.release()
        await go.wait()
        try:
            while time.time() < end[0]:
                writer.write(request)
                head = await reader.readuntil(b"\r\n\r\n")
                rest = await (reader.readuntil(b"0\r\n\r\n") if b"chunked" in head else reader.readexactly(8))
                is_right = head.startswith(b"HTTP/1.1 200 ") and b"hello 1\n" in rest
                counts["requests" if is_right else "errors"] += 1
        except (OSError, asyncio.IncompleteReadError) as wrong:
            counts["errors"] += 1
            print("error:", wrong)
        finally:
            writer.close()

    async def all_of_them():
        end, ready, go = [0.0], asyncio.Semaphore(0), asyncio.Event()
        tasks = [asyncio.create_task(client(end, ready, go)) for _ in range(connections)]
        for _ in range(connections):
            await ready.acquire()
        end[0] = time.time() + seconds
        go.set()
        await asyncio.gather(*tasks)

    asyncio.run(all_of_them())
    first = server.rss_kib()
    asyncio.run(all_of_them())
    after = server.rss_kib()
    print(f"{connections} connections, twice {seconds:.0f} s: {counts['requests']} requests "
          f"({counts['requests'] / seconds / 2:.0f} a second), {counts['errors']} errors; "
          f"memory {before // 1024} MiB before, {first // 1024} and {after // 1024} MiB after")
    check(counts["errors"] == 0, "no error")
    check(counts["requests"] >= connections, "every connection is served")
    check(after - before < memory * 1024, f"memory grew by {(after - before) // 1024} MiB")
    check(after - first < (first - before) // 4 + 16 * 1024, f"and goes on growing, by {(after - first) // 1024} MiB")
    check(server.stop() == 0, "stopped")


def main():
    suite, witc, guest, old_guest = sys.argv[1:5]
    options = dict(zip((name.lstrip("-") for name in sys.argv[5::2]), sys.argv[6::2]))
    {"serve": serve, "misbehave": misbehave, "http2": http2, "outgoing": outgoing, "load": load}[suite](witc, guest, old_guest, options)
    print("failed: %d" % len(failures) if failures else "all passed")
    sys.exit(1 if failures else 0)


main()
