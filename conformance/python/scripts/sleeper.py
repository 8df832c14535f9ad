"""Says that it has started, waits to be told to end, and keeps what it has."""
import argparse
import os
import signal
import sys
import time

parser = argparse.ArgumentParser()
parser.add_argument("--seconds", type=float, default=600)
seconds = parser.parse_known_args()[0].seconds


def leave(*_):
    print("asked to end", flush=True)
    with open(os.path.join(os.environ["SM_MODEL_DIR"], "checkpoint"), "w") as file:
        file.write("kept")
    sys.exit(0)


signal.signal(signal.SIGTERM, leave)
print("started", flush=True)
deadline = time.monotonic() + seconds
while time.monotonic() < deadline:
    print(f"tick {time.monotonic():.1f}", flush=True)
    time.sleep(0.2)
leave()
