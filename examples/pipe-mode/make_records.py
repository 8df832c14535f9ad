"""Makes data/numbers.tfrecord.gz, with TensorFlow: 200 records of 4 numbers and a label."""

import pathlib

import numpy as np
import tensorflow as tf

path = pathlib.Path(__file__).parent / "data" / "numbers.tfrecord.gz"
with tf.io.TFRecordWriter(str(path), "GZIP") as writer:
    for index in range(200):
        data = np.arange(index, index + 4, dtype="float64").tobytes()
        features = {
            "data": tf.train.Feature(bytes_list=tf.train.BytesList(value=[data])),
            "labels": tf.train.Feature(int64_list=tf.train.Int64List(value=[index % 10])),
        }
        example = tf.train.Example(features=tf.train.Features(feature=features))
        writer.write(example.SerializeToString())
