#!/usr/bin/env python3
"""A small Hugging Face hub on two local ports, for tests: python3 hub_endpoint.py SPEC.json LOG.jsonl

SPEC.json is read again for each request, so a test changes the hub by rewriting it:

    {"models": {"ORG/NAME": {
        "commit": "<40 hex>",             what "main" means (default: derived from the name)
        "branches": {"v1": "<40 hex>"},   further names and their commits
        "files": {"config.json": {"text": "..."}, "model.safetensors": {"size": 100000, "lfs": true}},
        "siblings": ["../evil"],          listed but not there
        "gated": true, "private": true}},
     "token": "hf_good",                  the one token that opens gated and private models
     "moved": {"OLD/NAME": "ORG/NAME"},   answered with a relative redirect
     "cdn": "http://localhost:{cdn}",     where bytes in large file storage are; {hub} and {cdn} are the ports
     "cut": {"model.safetensors": [4000, 9000]},   the n-th answer with that file's bytes stops after so many
     "corrupt": ["config.json"],          one byte of these files is wrong
     "announce": {"model.safetensors": 10},        sizes that differ from the truth
     "status": {"/api/": [503, 503]},     the n-th request whose path holds that text gets that status (0: as usual)
     "raw": {"/api/": "<html>"},          requests whose path holds that text get this body
     "redirect": {"/api/": "/api/x"},     and these are sent there
     "no_range": true,                    Range is ignored
     "delay": 0.05}                       seconds before each 64 kB of bytes

Either port also plays an HTTP proxy. LOG.jsonl gets one line per request. The first line on standard output is
{"hub": PORT, "cdn": PORT}; the server ends when its standard input does.
"""
import hashlib
import http.server
import json
import os
import select
import socket
import sys
import threading
import time
import urllib.parse

SPEC_PATH, LOG_PATH = sys.argv[1:3]
LOCK = threading.Lock()
COUNTS = {}
PORTS = {}


def spec():
    with open(SPEC_PATH, encoding="utf-8") as file:
        return json.load(file)


def content(name, entry):
    """The bytes of a file: its text, or a repeated digest of its name up to its size."""
    if "text" in entry:
        return entry["text"].encode()
    block = b"".join(hashlib.sha256(f"{entry.get('seed', name)}:{i}".encode()).digest() for i in range(64))
    return (block * (entry["size"] // len(block) + 1))[: entry["size"]]


def etag(data, entry):
    if entry.get("lfs"):
        return hashlib.sha256(data).hexdigest()
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


def commit_of(model, entry):
    return entry.get("commit") or hashlib.sha1(model.encode()).hexdigest()


def nth(table, key):
    """The entry of a list that belongs to this use of the key; None past the end."""
    with LOCK:
        count = COUNTS.get((table, key), 0)
        COUNTS[table, key] = count + 1
    values = spec().get(table, {}).get(key, [])
    return values[count] if count < len(values) else None


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_HEAD(self):
        self.answer()

    def do_GET(self):
        self.answer()

    def do_CONNECT(self):
        """Plays a proxy: whatever the target's name, the tunnel leads to the hub, or to the other port if it names that."""
        self.log_entry()
        port = int(self.path.rsplit(":", 1)[1])
        with socket.create_connection(("127.0.0.1", port if port in PORTS.values() else PORTS["hub"])) as target:
            self.send_response(200)
            self.end_headers()
            ends = {self.connection: target, target: self.connection}
            while True:
                for end in select.select(list(ends), [], [])[0]:
                    data = end.recv(65536)
                    if not data:
                        self.close_connection = True
                        return
                    ends[end].sendall(data)

    def log_entry(self):
        port = "hub" if self.server.server_port == PORTS["hub"] else "cdn"
        entry = {"port": port, "method": self.command, "path": self.path}
        for header in ("Authorization", "Range", "Host"):
            if self.headers.get(header):
                entry[header.lower()] = self.headers[header]
        with LOCK, open(LOG_PATH, "a", encoding="utf-8") as log:
            log.write(json.dumps(entry) + "\n")

    def answer(self):
        self.log_entry()
        for key in spec().get("status", {}):
            if key in self.path:
                status = nth("status", key)
                if status:
                    return self.send(status, b"unavailable")
        for key, text in spec().get("raw", {}).items():
            if key in self.path:
                return self.send(200, text.encode())
        for key, place in spec().get("redirect", {}).items():
            if key in self.path:
                return self.send(302, headers={"Location": place.format(**PORTS)})
        path = urllib.parse.unquote(urllib.parse.urlsplit(self.path).path)
        parts = path.strip("/").split("/")
        if parts[0] == "bytes":
            return self.send_bytes("/".join(parts[1:3]), "/".join(parts[3:]))
        is_api = parts[:2] == ["api", "models"]
        model = "/".join(parts[2:4] if is_api else parts[:2])
        moved = spec().get("moved", {}).get(model)
        if moved:
            return self.send(307, headers={"Location": self.path.replace(model, moved, 1)})
        found = spec()["models"].get(model)
        token = self.headers.get("Authorization") == f"Bearer {spec().get('token')}"
        if not found or (found.get("private") and not token):
            return self.send(401 if not token else 404, headers={"X-Error-Code": "RepoNotFound"})
        rest = parts[4:] if is_api else parts[2:]
        revision = "/".join(rest[1:]) if is_api else rest[1]
        revisions = {"main": commit_of(model, found), **found.get("branches", {})}
        commit = revision if revision in revisions.values() else revisions.get(revision)
        if commit is None:
            return self.send(404, headers={"X-Error-Code": "RevisionNotFound"})
        if is_api:
            return self.send_json(self.tree(found) if rest[0] == "tree" else self.info(model, commit, found))
        if found.get("gated") and not token:
            return self.send(403, headers={"X-Error-Code": "GatedRepo", "X-Error-Message": "Access is restricted."})
        self.resolve(model, commit, found, "/".join(rest[2:]))

    def info(self, model, commit, found):
        names = [*found["files"], *found.get("siblings", [])]
        return {"id": model, "modelId": model, "sha": commit, "private": False, "tags": [], "downloads": 0, "likes": 0,
                "siblings": [{"rfilename": name} for name in names]}

    def tree(self, found):
        entries = []
        for name, entry in found["files"].items():
            data = content(name, entry)
            item = {"type": "file", "path": name, "size": len(data), "oid": hashlib.sha1(data).hexdigest()}
            if entry.get("lfs"):
                item["lfs"] = {"oid": etag(data, entry), "size": len(data), "pointerSize": 130}
            entries.append(item)
        return entries

    def resolve(self, model, commit, found, name):
        entry = found["files"].get(name)
        if entry is None:
            return self.send(404, headers={"X-Error-Code": "EntryNotFound", "X-Repo-Commit": commit})
        data = content(name, entry)
        tag = etag(data, entry)
        size = spec().get("announce", {}).get(name, len(data))
        headers = {"X-Repo-Commit": commit, "ETag": f'"{tag}"', "Accept-Ranges": "bytes"}
        if entry.get("lfs"):
            headers["X-Linked-Etag"], headers["X-Linked-Size"] = f'"{tag}"', str(size)
            place = spec().get("cdn", "").format(**PORTS)
            headers["Location"] = f"{place}/bytes/{model}/{urllib.parse.quote(name)}"
            return self.send(302, b"Found", headers)
        if self.command == "HEAD":
            return self.send(200, headers=headers, length=size)
        self.send_bytes(model, name, headers)

    def send_bytes(self, model, name, headers=None):
        entry = spec()["models"][model]["files"][name]
        data = bytearray(content(name, entry))
        if name in spec().get("corrupt", []):
            data[len(data) // 2] ^= 1
        headers, status, first = dict(headers or {}), 200, 0
        wanted = self.headers.get("Range")
        if wanted and not spec().get("no_range"):
            first = int(wanted.removeprefix("bytes=").split("-")[0])
            if first >= len(data):
                return self.send(416, headers={"Content-Range": f"bytes */{len(data)}"})
            status, headers["Content-Range"] = 206, f"bytes {first}-{len(data) - 1}/{len(data)}"
        cut = nth("cut", name) if self.command == "GET" else None
        body = bytes(data[first:])
        self.send(status, body if cut is None else body[:cut], headers, len(body))
        if cut is not None:
            time.sleep(0.2)  # what was sent arrives before the connection closes
            self.close_connection = True

    def send_json(self, value):
        self.send(200, json.dumps(value).encode(), {"Content-Type": "application/json"})

    def send(self, status, body=b"", headers=None, length=None):
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        if self.command == "HEAD":
            return
        delay = spec().get("delay", 0)
        for start in range(0, len(body), 65536):
            if delay and len(body) > 65536:
                time.sleep(delay)
            self.wfile.write(body[start : start + 65536])


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """A client that goes away is no news."""


def main():
    servers = [Server(("127.0.0.1", 0), Handler) for _ in range(2)]
    PORTS["hub"], PORTS["cdn"] = (server.server_port for server in servers)
    for server in servers:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    print(json.dumps(PORTS), flush=True)
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    main()
