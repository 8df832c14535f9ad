"""Trains a small convolutional network on MNIST, as a SageMaker script-mode program."""
import argparse
import os

import numpy as np
import tensorflow as tf


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--batch-size", type=int, default=128)
    parser.add_argument("--learning-rate", type=float, default=1e-3)
    parser.add_argument("--training", default=os.environ.get("SM_CHANNEL_TRAINING"))
    parser.add_argument("--export-dir", default=os.environ.get("SM_MODEL_DIR"))
    known, _ = parser.parse_known_args()
    return known


def load(folder, part):
    images = np.load(os.path.join(folder, f"{part}_data.npy"))
    labels = np.load(os.path.join(folder, f"{part}_labels.npy"))
    return images, labels.astype("int64")


def build(learning_rate):
    layers = tf.keras.layers
    model = tf.keras.Sequential(
        [
            tf.keras.Input((28, 28), name="image"),
            layers.Reshape((28, 28, 1)),
            layers.Rescaling(1 / 255),
            layers.Conv2D(16, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(64, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(
        optimizer=tf.keras.optimizers.Adam(learning_rate),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model


def main():
    options = arguments()
    print(f"TensorFlow {tf.__version__}, reading {options.training}")
    images, labels = load(options.training, "train")
    held_out = load(options.training, "eval")
    model = build(options.learning_rate)
    for epoch in range(options.epochs):
        history = model.fit(images, labels, options.batch_size, epochs=1, verbose=2).history
        print(f"epoch {epoch + 1} of {options.epochs}: loss={history['loss'][0]:.4f}")
    _, accuracy = model.evaluate(*held_out, batch_size=1000, verbose=0)
    print(f"accuracy on {len(held_out[0])} held-out images: {accuracy:.4f}")
    model.export(os.path.join(options.export_dir, "1"))


if __name__ == "__main__":
    main()
