"""On PYTHONPATH, for AWS's clients: they ask after endpoints every 30 seconds, which here are there within two."""
import time

longest_seconds = 0.5
sleep = time.sleep
time.sleep = lambda seconds: sleep(min(seconds, longest_seconds))
