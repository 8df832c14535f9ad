"""On PYTHONPATH, for AWS's clients: they ask after endpoints every 30 seconds, which here are there within two.

They also look at the clock, and ask after jobs only when 30 seconds have gone by: who sleeps is told that all of the
time has passed.
"""
import time

longest_seconds = 0.25
sleep, now = time.sleep, time.time
saved_seconds = 0.0


def sleep_shortly(seconds):
    global saved_seconds
    slept_seconds = min(seconds, longest_seconds)
    sleep(slept_seconds)
    saved_seconds += seconds - slept_seconds


time.sleep = sleep_shortly
time.time = lambda: now() + saved_seconds
