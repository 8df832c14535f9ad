"""What output_handler gets: the model's answer as `requests` would have brought it."""
import datetime
import http.client
import io
import json as json_module


def response_maker():
    """Makes real requests.Response objects where `requests` is there."""
    try:
        import requests
    except ImportError:
        return PlainResponse
    headers_type = requests.structures.CaseInsensitiveDict

    def make(status, headers, body, url):
        response = requests.Response()
        response.status_code = status
        response.headers = headers_type(headers)
        response.encoding = "utf-8"
        response.reason = http.client.responses.get(status, "")
        response.url = url
        response.raw = io.BytesIO(body)
        response.elapsed = datetime.timedelta(0)
        response._content = body
        response._content_consumed = True
        return response

    return make


class PlainResponse:
    """The attributes that handlers use, for a Python without `requests`."""

    encoding = "utf-8"

    def __init__(self, status, headers, body, url):
        self.status_code = status
        self.headers = headers
        self.content = body
        self.url = url
        self.reason = http.client.responses.get(status, "")

    @property
    def ok(self):
        return self.status_code < 400

    @property
    def text(self):
        return self.content.decode(self.encoding, "replace")

    def json(self, **options):
        return json_module.loads(self.content, **options)

    def iter_content(self, chunk_size=1, decode_unicode=False):
        size = chunk_size or max(1, len(self.content))
        for start in range(0, len(self.content), size):
            chunk = self.content[start : start + size]
            yield chunk.decode(self.encoding) if decode_unicode else chunk

    def iter_lines(self):
        return iter(self.content.splitlines())

    def raise_for_status(self):
        if not self.ok:
            raise OSError("{} Error: {} for url: {}".format(self.status_code, self.reason, self.url))

    def close(self):
        pass
