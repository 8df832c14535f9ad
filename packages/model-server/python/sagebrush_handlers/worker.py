"""One process that runs a model's inference.py. Started by the model server, see python/worker-process.ts there."""
import fcntl
import io
import os
import signal
import sys
import traceback

from . import frames
from .context import Channels, NoChannels, context_type
from .frames import Frames
from .hands import Hands
from .hidden import hide
from .ledger import Ledger
from .model_response import response_maker
from .parent_death import die_first, die_with_parent
from .post_body import post_body
from .user_script import UnfitScript, UserScript, error_body, output_of, summary

#: Descriptors that the model server leaves to the worker. They are moved from there up, where scripts leave them alone.
FRAMES, MORE_HANDS, LEDGER = 3, 4, 5
FROM = 300


def main(settings):
    """
    Settings: `script`, `hands`, `timeout` (level 2.20 alone), `isMultiModel`, `hidden`. Ends when the model server
    closes the socket.
    """
    die_with_parent()
    die_first()
    frames_descriptor, more_hands, ledger = map(moved, (FRAMES, MORE_HANDS, LEDGER))
    # The model server ends its workers by itself, after the requests under way.
    signal.signal(signal.SIGTERM, lambda *_: None)
    signal.signal(signal.SIGINT, lambda *_: None)
    sys.stdout.reconfigure(line_buffering=True)
    sys.argv[:] = [settings["script"]]
    hide(settings["hidden"])
    channel = Frames(frames_descriptor)
    try:
        script = UserScript(settings["script"])
    except UnfitScript as error:
        channel.write(frames.UNFIT, meta=str(error))
        return
    except BaseException as error:
        channel.write(frames.UNFIT, meta=summary(error))
        raise
    hands = Hands(Work(channel, script, settings, Ledger(ledger)), settings["hands"])
    if settings["hands"] > 1:
        hands.listen(more_hands)
    channel.write(frames.READY)
    hands.run()


def moved(descriptor):
    """Not for the programs that the script starts."""
    copy = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, FROM)
    os.close(descriptor)
    return copy


class Work:
    """What is done with each frame."""

    def __init__(self, channel, script, settings, ledger):
        self._channel = channel
        self._script = script
        self._settings = settings
        self._ledger = ledger
        self._channels = NoChannels() if settings["isMultiModel"] else Channels()
        self._context_type = context_type(self._channels, "timeout" in settings)
        self._make_response = response_maker() if script.handler is None else None
        #: Between input_handler and output_handler.
        self._contexts = {}
        self.read = channel.read

    def handle(self, slot, frame):
        kind, number, meta, body = frame
        if kind == frames.FORGET:
            self._contexts.pop(number, None)
            return
        self._ledger.begin(slot, number)
        try:
            if kind == frames.REQUEST:
                self._begin(number, meta, body)
            else:
                self._finish(number, meta, body)
        except Exception as error:
            traceback.print_exc()
            self._channel.write(frames.ERROR, number, self._failure(error), error_body(error))
        except BaseException as error:
            # SystemExit and its like end the request, as they would end the container's worker.
            traceback.print_exc()
            self._channel.write(frames.ENDED, number, summary(error))
        finally:
            self._ledger.end(slot)

    def _begin(self, number, meta, body):
        context = self._context(meta)
        data = io.BytesIO(body)
        if self._script.handler is not None:
            self._result(number, self._script.handler(data, context))
            return
        processed = post_body(self._script.input_handler(data, context))
        self._contexts[number] = context
        self._channel.write(frames.CALL, number, None, processed)

    def _finish(self, number, meta, body):
        context = self._contexts.pop(number)
        status, headers = meta
        response = self._make_response(status, headers, body, context.rest_uri)
        self._result(number, self._script.output_handler(response, context))

    def _result(self, number, value):
        body, content_type = output_of(value)
        self._channel.write(frames.RESULT, number, content_type, body)

    def _context(self, meta):
        name, version, method, rest_uri, grpc_port, attributes, content_type, accept, length = meta
        port = grpc_port if self._settings["isMultiModel"] else str(grpc_port)
        fields = [name, version, method, rest_uri, port, self._channels.opened(port)]
        fields += [attributes, content_type, accept, length]
        if "timeout" in self._settings:
            fields.append(self._settings["timeout"])
        return self._context_type(*fields)

    @staticmethod
    def _failure(error):
        """What an error says of its answer beside its text; whether that counts, the model server decides."""
        status = getattr(error, "http_status", None)
        if isinstance(status, int) and 400 <= status <= 599:
            return {"status": status}
        if type(error).__module__.split(".")[0] == "falcon" and hasattr(error, "title"):
            description = getattr(error, "description", None)
            return {"title": str(error.status), "description": description}
        return None
