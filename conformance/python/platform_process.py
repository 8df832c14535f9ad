"""A real server in a process of its own, in a data directory of its own."""
import json
import os
import pathlib
import shlex
import signal
import socket
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
SAGEBRUSH = ["node", str(ROOT / "packages/cli/bin/sagebrush.js")]
#: How long anything may take on a machine that has much else to do. Nobody waits so long for what goes well.
PATIENCE_SECONDS = 300


class Platform:
    #: What the server is started by, if not by itself.
    starter = ()

    def __init__(self, data, *options):
        self.data = pathlib.Path(data)
        self.options = options
        self.process = None
        self._environment = None
        # The server's own for all its starts: bound here without listening, it is not given to anybody else meanwhile.
        self._reserved = socket.socket()
        self._reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._reserved.bind(("127.0.0.1", 0))
        self.port = self._reserved.getsockname()[1]

    def start(self):
        log = open(self.data / "server.log", "ab")
        command = [*self.starter, *SAGEBRUSH, "serve", "--data", str(self.data), "--port", str(self.port), *self.options]
        self.process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        log.close()
        wait_until(self._is_up, explain=lambda: f"the server did not start:\n{self.log()}")
        return self

    def _is_up(self):
        if self.process.poll() is not None:
            raise AssertionError(f"the server ended at once:\n{self.log()}")
        try:
            return json.loads((self.data / "server.json").read_text())["pid"] == self.process.pid
        except (OSError, ValueError):
            return False

    @property
    def url(self):
        return json.loads((self.data / "server.json").read_text())["url"]

    def log(self):
        return (self.data / "server.log").read_text(errors="replace")[-4000:]

    def kill(self):
        """kill -9: nothing is flushed, nobody is told."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(PATIENCE_SECONDS)

    def stop(self):
        """Ends the server and whatever the tests left running on its hosts."""
        self._reserved.close()
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(PATIENCE_SECONDS)
        subprocess.run(["pkill", "-9", "-f", f"{self.data}/"], check=False)

    def environment(self):
        """What `eval $(sagebrush env)` sets: the same for all starts of the server."""
        if self._environment is None:
            lines = self.run("env").stdout.splitlines()
            exports = [shlex.split(line)[1] for line in lines if line.startswith("export ")]
            self._environment = dict(line.split("=", 1) for line in exports)
        return dict(self._environment)

    def run(self, command, *arguments, **options):
        options = {"check": True, "text": True, "capture_output": True, "timeout": 600, **options}
        return subprocess.run([*SAGEBRUSH, command, "--data", str(self.data), *arguments], **options)

    def execute(self, *command, **options):
        """Runs a program as a notebook instance would."""
        return self.run("exec", "--", *map(str, command), **{"check": False, **options})


def wait_until(condition, seconds=PATIENCE_SECONDS, explain=lambda: "it took too long"):
    deadline = time.monotonic() + seconds
    while not (result := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(explain() if callable(explain) else explain)
        time.sleep(0.1)
    return result


def clean_environment():
    """The caller's environment without any AWS setting that would leak into a test."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "SAGEMAKER_"))}
