"""Prints as many lines as it is told to, with a little work for each hundred, and last how long that took."""

import sys
import time

count = int(sys.argv[sys.argv.index("--lines") + 1])
start = time.perf_counter()
for number in range(count):
    print(f"step {number} loss=0.123456 accuracy=0.987654")
    if number % 100 == 0:
        sum(range(2000))
print("seconds", time.perf_counter() - start)
