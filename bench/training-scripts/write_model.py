"""Leaves a model of so many megabytes of normally distributed weights, in files of 64 MB."""

import os
import sys

import numpy as np

random = np.random.default_rng(0)
for index in range(int(sys.argv[sys.argv.index("--megabytes") + 1]) // 64):
    weights = random.standard_normal(16 << 20, np.float32)
    weights.tofile(os.path.join(os.environ["SM_MODEL_DIR"], f"weights-{index}"))
