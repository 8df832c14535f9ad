"""Fits a line to points, as a script that would run anywhere: hyperparameters are arguments, folders are variables."""

import argparse
import os

import numpy as np
import tensorflow as tf


class Line(tf.Module):
    def __init__(self):
        super().__init__()
        self.slope = tf.Variable(0.0)
        self.offset = tf.Variable(0.0)

    @tf.function(input_signature=[tf.TensorSpec([None], tf.float32, name="x")])
    def __call__(self, x):
        return {"y": self.slope * x + self.offset}


def train(points, epochs, learning_rate):
    x, y = points[:, 0], points[:, 1]
    line = Line()
    for epoch in range(epochs):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(line(x)["y"] - y))
        variables = [line.slope, line.offset]
        for variable, gradient in zip(variables, tape.gradient(loss, variables)):
            variable.assign_sub(learning_rate * gradient)
        if epoch % 50 == 49:
            print(f"epoch {epoch + 1} loss: {loss.numpy():.6f}")
    return line


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--learning_rate", type=float, default=0.1)
    parser.add_argument("--model_dir", type=str)
    parser.add_argument("--train", type=str, default=os.environ.get("SM_CHANNEL_TRAIN"))
    args, _ = parser.parse_known_args()

    points = np.loadtxt(os.path.join(args.train, "points.csv"), delimiter=",", dtype="float32")
    line = train(points, args.epochs, args.learning_rate)
    tf.saved_model.save(
        line, os.path.join(os.environ["SM_MODEL_DIR"], "1"), {"serving_default": line.__call__}
    )
