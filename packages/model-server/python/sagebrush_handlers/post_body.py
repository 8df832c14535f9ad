"""What `requests.post(data=...)` would send of a value."""
from urllib.parse import urlencode


def post_body(value):
    if isinstance(value, bytes):
        return value
    if isinstance(value, str):
        return value.encode("utf-8")
    if value is None:
        return b""
    if isinstance(value, (bytearray, memoryview)):
        return bytes(value)
    if isinstance(value, dict) or (isinstance(value, (list, tuple)) and all(map(is_pair, value))):
        return urlencode(value, doseq=True).encode("utf-8")
    if hasattr(value, "read"):
        return post_body(value.read())
    return b"".join(map(post_body, value))


def is_pair(value):
    return isinstance(value, tuple) and len(value) == 2
