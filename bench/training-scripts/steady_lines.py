"""Prints lines at a steady pace, and works in between; last, how many lines and units of work that were."""

import sys
import time

pace, seconds = (int(sys.argv[sys.argv.index(name) + 1]) for name in ("--pace", "--seconds"))
start = time.perf_counter()
lines = units = 0
for tick in range(seconds * 100):
    for _ in range(pace // 100):
        print(f"step {lines} loss=0.123456 accuracy=0.987654")
        lines += 1
    while time.perf_counter() < start + (tick + 1) / 100:
        sum(range(200))
        units += 1
print("lines", lines, "units", units, "seconds", time.perf_counter() - start)
