"""The second argument of every handler function."""
import collections
import sys

FIELDS = (
    "model_name",
    "model_version",
    "method",
    "rest_uri",
    "grpc_port",
    "channel",
    "custom_attributes",
    "request_content_type",
    "accept_header",
    "content_length",
)


def context_type(channels, has_timeout):
    """The named tuple, whose channel is opened when it is first asked for. `timeout` came with level 2.20."""
    fields = FIELDS + ("timeout",) if has_timeout else FIELDS

    class Context(collections.namedtuple("Context", fields)):
        __slots__ = ()

        @property
        def channel(self):
            return channels.to(self.grpc_port)

    return Context


class Channels:
    """One gRPC channel of a worker, shared by its requests."""

    def __init__(self):
        self._channel = None

    def to(self, port):
        if self._channel is None:
            try:
                import grpc
            except ImportError:
                return None
            self._channel = grpc.insecure_channel("localhost:{}".format(port))
        return self._channel

    def opened(self, port):
        """Without importing grpc for a handler that has not done so."""
        return self.to(port) if "grpc" in sys.modules else None


class NoChannels:
    """Of an endpoint for many models, where the container opens none."""

    @staticmethod
    def to(_port):
        return None

    opened = to
