"""A headless Chromium through its DevTools protocol, with the standard library alone."""

import base64
import json
import os
import shutil
import socket
import struct
import subprocess
import tempfile
import time
import urllib.parse
import urllib.request
from contextlib import contextmanager
from pathlib import Path

FLAGS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"),
    *("--remote-debugging-port=0", "--remote-allow-origins=*"),
]
PATIENCE = 30.0  # seconds for the browser to start, and for every answer


def chromium():
    """The browser's path, or None."""
    return next((found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None)


class Tab:
    """One page: call(method, …) answers; what the page tells meanwhile is kept in `events`."""

    def __init__(self, address):
        where = urllib.parse.urlsplit(address)
        self.socket = socket.create_connection((where.hostname, where.port), timeout=PATIENCE)
        key = base64.b64encode(os.urandom(16)).decode()
        lines = [f"GET {where.path} HTTP/1.1", f"Host: {where.netloc}", "Upgrade: websocket", "Connection: Upgrade"]
        lines += [f"Sec-WebSocket-Key: {key}", "Sec-WebSocket-Version: 13"]
        self.socket.sendall("\r\n".join([*lines, "", ""]).encode())
        self.stream = self.socket.makefile("rb")
        assert b" 101 " in self.stream.readline()
        while self.stream.readline().strip():
            pass
        self.count, self.events = 0, []

    def _send(self, text):
        """One masked text frame (RFC 6455, section 5.2); the mask 0 leaves the bytes as they are."""
        payload = text.encode()
        n = len(payload)
        size = bytes([0x80 | n]) if n < 126 else struct.pack("!BH", 0xFE, n) if n < 2**16 else struct.pack("!BQ", 0xFF, n)
        self.socket.sendall(b"\x81" + size + bytes(4) + payload)

    def _receive(self):
        """One message, its frames joined."""
        parts = []
        while True:
            first, size = self.stream.read(2)
            if size >= 126:
                size = (
                    struct.unpack("!H", self.stream.read(2))[0] if size == 126 else struct.unpack("!Q", self.stream.read(8))[0]
                )
            payload = self.stream.read(size)
            if first & 0x0F in (0, 1):
                parts.append(payload)
                if first & 0x80:
                    return json.loads(b"".join(parts))

    def call(self, method, **params):
        """The result of a command."""
        self.count += 1
        self._send(json.dumps({"id": self.count, "method": method, "params": params}))
        while (message := self._receive()).get("id") != self.count:
            self.events.append(message)
        assert "error" not in message, f"{method}: {message}"
        return message["result"]

    def open(self, file, width):
        """Load the file in a window of that width; `events` then tells of this page only."""
        for domain in ("Page", "Network", "Runtime", "Log"):
            self.call(f"{domain}.enable")
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)
        self.call("Page.navigate", url="about:blank")
        self.events.clear()
        self.call("Page.navigate", url=file.resolve().as_uri())
        while not self.told("Page.loadEventFired") or self.value("document.readyState") != "complete":
            self.value("new Promise(done => setTimeout(done, 50))")

    def told(self, *methods):
        """The parameters of those events, in order."""
        return [event["params"] for event in self.events if event.get("method") in methods]

    def value(self, expression):
        """What the expression, or the promise that it is, comes to in the page."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def screenshot(self, file):
        """The whole page as a .png."""
        file.write_bytes(base64.b64decode(self.call("Page.captureScreenshot", captureBeyondViewport=True)["data"]))


@contextmanager
def tab():
    """A Tab of a browser of its own, with an empty profile; both are gone afterwards."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        command = [chromium(), *FLAGS, f"--user-data-dir={profile}", "about:blank"]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            address = _address(Path(profile, "DevToolsActivePort"))
            page = Tab(address)
            yield page
            page.stream.close()
            page.socket.close()
        finally:
            process.terminate()
            process.wait(PATIENCE)


def _address(file):
    """The WebSocket of the first page, once the browser has written its port."""
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if file.exists() and "\n" in (text := file.read_text()):
            with direct.open(f"http://127.0.0.1:{text.splitlines()[0]}/json/list", timeout=PATIENCE) as answer:
                pages = [target for target in json.load(answer) if target["type"] == "page"]
            if pages:
                return pages[0]["webSocketDebuggerUrl"]
        time.sleep(0.05)
    raise TimeoutError(f"Chromium opened no page within {PATIENCE:g} s")
