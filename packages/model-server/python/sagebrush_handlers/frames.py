"""
What the model server and a worker say to each other, on one socket:

    kind 1 byte | id 4 bytes | length of meta 4 bytes | length of body 4 bytes | meta, JSON | body

All numbers are little-endian. The id is the request's; a worker answers in any order.
"""
import json
import socket
import struct
import threading

REQUEST, ANSWER, FORGET = 1, 2, 3
READY, UNFIT, CALL, RESULT, ERROR, ENDED = 16, 17, 18, 19, 20, 21

HEAD = struct.Struct("<BIII")


class Frames:
    """One end. Threads may read and write at once: each frame is read, and written, as a whole."""

    def __init__(self, descriptor):
        self._socket = socket.socket(fileno=descriptor)
        self._file = self._socket.makefile("rb", buffering=1 << 16)
        self._writing = threading.Lock()

    def read(self):
        """Kind, id, meta and body; None at the end. Only one thread at a time."""
        head = self._file.read(HEAD.size)
        if len(head) < HEAD.size:
            return None
        kind, number, meta_length, body_length = HEAD.unpack(head)
        meta = self._file.read(meta_length)
        body = self._file.read(body_length)
        if len(meta) < meta_length or len(body) < body_length:
            return None
        return kind, number, json.loads(meta) if meta else None, body

    def write(self, kind, number=0, meta=None, body=b""):
        text = b"" if meta is None else json.dumps(meta).encode()
        head = HEAD.pack(kind, number, len(text), len(body)) + text
        with self._writing:
            if len(body) < 1 << 16:
                self._socket.sendall(head + body)
            else:
                self._socket.sendall(head)
                self._socket.sendall(body)
