"""A model server of its own, and TensorFlow Serving's unmodified Python client in a process beside real TensorFlow."""
import json
import re
import subprocess
import sys

import execnet
from serving import serving_calls
from made_once import once
from platform_process import PATIENCE_SECONDS, ROOT, wait_until

#: Without their dependencies: TensorFlow, grpcio and protobuf are in the environment already.
CLIENTS = ["tensorflow-serving-api==2.21.0", "grpcio-reflection==1.85.1", "grpcio-health-checking==1.85.1"]
SERVER = ["node", str(ROOT / "packages/model-server/bin/sagebrush-model-server.js")]
ENVIRONMENT = """
import { prepareEnvironment } from '@sagebrush/environments'
import { homedir } from 'node:os'
import { join } from 'node:path'
const cacheDirectory = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'sagebrush')
const made = await prepareEnvironment(
  { tensorflow: '2.21.0', purpose: 'inference' },
  { cacheDirectory, variables: process.env },
)
console.log(JSON.stringify({ python: made.executable, library: made.libtensorflow }))
"""


def tensorflow():
    """Where TensorFlow's Python and its C library lie."""
    command = ["node", "--input-type=module", "--eval", ENVIRONMENT]
    done = subprocess.run(command, cwd=ROOT, check=True, text=True, stdout=subprocess.PIPE)
    return json.loads(done.stdout)


def make_models(shared, python, names):
    """`<folder>/<name>/1` for each, and what TensorFlow answers in `expected.json`."""
    with once(shared, "serving-models") as (folder, is_new):
        if is_new:
            script = ROOT / "packages/model-server/src/testing/make-models.py"
            folder.mkdir()
            subprocess.run([python, script, folder, *names], check=True, capture_output=True)
    return folder


def install_clients(shared):
    with once(shared, "serving-clients") as (folder, is_new):
        if is_new:
            install = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--no-deps"]
            subprocess.run([*install, "--target", folder, *CLIENTS], check=True)
    return folder


def model_list(folder, *names, **more):
    """A ModelServerConfig: the models, each under its own name, with more lines for those that have them."""
    configs = (
        f'config {{ name: "{name}" base_path: "{folder / name}" model_platform: "tensorflow" {more.get(name, "")} }}'
        for name in names
    )
    return f"model_config_list {{ {' '.join(configs)} }}"


class Client:
    """`client.predict(…)` calls the function of that name in serving_calls.py, beside real TensorFlow."""

    def __init__(self, python, packages):
        self.gateway = execnet.makegateway(f"popen//python={python}//env:TF_CPP_MIN_LOG_LEVEL=2")
        self.channel = self.gateway.remote_exec(serving_calls)
        self.channel.send(str(packages))

    def __getattr__(self, name):
        def call(*arguments, **named):
            if self.channel.isclosed():
                self.channel.waitclose()
            self.channel.send((name, arguments, named))
            return self.channel.receive(PATIENCE_SECONDS)

        return call

    def close(self):
        self.gateway.exit()
        execnet.default_group.terminate(10)


class ModelServer:
    def __init__(self, library, log, *flags):
        self.log = log
        command = [*SERVER, f"--libtensorflow={library}", "--host=127.0.0.1", *flags]
        if not any(flag.startswith("--port=") for flag in flags):
            command += ["--port=any", "--rest_api_port=any"]
        with open(log, "ab") as output:
            self.process = subprocess.Popen(command, stdout=output, stderr=output, stdin=subprocess.DEVNULL)
        wait_until(lambda: "Running gRPC" in self.text() or self._ended(), explain=self.text)

    def _ended(self):
        if self.process.poll() is not None:
            raise AssertionError(f"the server ended at once:\n{self.text()}")

    def text(self):
        return self.log.read_text(errors="replace")

    @property
    def address(self):
        return re.search(r"Running gRPC ModelServer at (\S+) ", self.text())[1]

    @property
    def url(self):
        return wait_until(lambda: re.search(r"REST API at:(\S+) ", self.text()))[1].join(["http://", ""])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(PATIENCE_SECONDS)
