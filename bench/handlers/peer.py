"""
The peer: a gunicorn service of gevent workers with falcon and requests that puts inference.py between its clients and
a TensorFlow Serving REST address, as the SageMaker container's Python service does: the functions are imported once,
each request gets a context and the raw stream, and the model is asked by requests.post, over a connection of its own.

    python peer.py PORT REST_URI WORKERS
"""
from gevent import monkey

monkey.patch_all()

import collections
import json
import sys

import falcon
import inference
import requests
from gunicorn.app.base import BaseApplication

Context = collections.namedtuple(
    "Context",
    "model_name, model_version, method, rest_uri, grpc_port, channel, "
    "custom_attributes, request_content_type, accept_header, content_length",
)


class Invocations:
    def __init__(self, rest_uri):
        self.rest_uri = rest_uri

    def on_post(self, request, response):
        context = Context(
            None,
            None,
            None,
            self.rest_uri,
            "9000",
            None,
            request.get_header("X-Amzn-SageMaker-Custom-Attributes"),
            request.get_header("Content-Type") or "application/json",
            request.get_header("Accept") or "application/json",
            request.content_length,
        )
        try:
            body = inference.input_handler(request.stream, context)
            answer = requests.post(self.rest_uri, data=body)
            response.data, response.content_type = inference.output_handler(answer, context)
        except Exception as error:
            response.status = falcon.HTTP_500
            response.text = json.dumps({"error": str(error)})


class Service(BaseApplication):
    def __init__(self, port, rest_uri, workers):
        self.application = falcon.App()
        self.application.add_route("/invocations", Invocations(rest_uri))
        self.settings = {
            "bind": "127.0.0.1:{}".format(port),
            "workers": workers,
            "worker_class": "gevent",
            "keepalive": 60,
            "loglevel": "error",
        }
        super().__init__()

    def load_config(self):
        for name, value in self.settings.items():
            self.cfg.set(name, value)

    def load(self):
        return self.application


if __name__ == "__main__":
    Service(int(sys.argv[1]), sys.argv[2], int(sys.argv[3])).run()
