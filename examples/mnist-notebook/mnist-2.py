"""The TensorFlow 2 script of the notebook: a convolutional network on MNIST, saved for serving."""
import argparse
import json
import os

import numpy as np
import tensorflow as tf


def model(train_data, train_labels, eval_data, eval_labels):
    network = tf.keras.models.Sequential(
        [
            tf.keras.layers.Reshape((28, 28, 1), input_shape=(784,)),
            tf.keras.layers.Conv2D(16, 3, activation="relu"),
            tf.keras.layers.MaxPooling2D(),
            tf.keras.layers.Flatten(),
            tf.keras.layers.Dense(64, activation="relu"),
            tf.keras.layers.Dropout(0.2),
            tf.keras.layers.Dense(10, activation="softmax"),
        ]
    )
    network.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    network.fit(train_data, train_labels, batch_size=128, epochs=1, verbose=2)
    network.evaluate(eval_data, eval_labels, batch_size=1000, verbose=2)
    return network


def load(base_dir, part):
    data = np.load(os.path.join(base_dir, f"{part}_data.npy"))
    labels = np.load(os.path.join(base_dir, f"{part}_labels.npy"))
    return data, labels


def parse_args():
    parser = argparse.ArgumentParser()
    parser.add_argument("--model_dir", type=str)
    parser.add_argument("--sm-model-dir", type=str, default=os.environ.get("SM_MODEL_DIR"))
    parser.add_argument("--train", type=str, default=os.environ.get("SM_CHANNEL_TRAINING"))
    parser.add_argument("--hosts", type=list, default=json.loads(os.environ.get("SM_HOSTS")))
    parser.add_argument("--current-host", type=str, default=os.environ.get("SM_CURRENT_HOST"))
    return parser.parse_known_args()


if __name__ == "__main__":
    args, unknown = parse_args()
    train_data, train_labels = load(args.train, "train")
    eval_data, eval_labels = load(args.train, "eval")
    classifier = model(train_data, train_labels, eval_data, eval_labels)
    if args.current_host == args.hosts[0]:
        classifier.save(os.path.join(args.sm_model_dir, "000000001"), save_format="tf")
