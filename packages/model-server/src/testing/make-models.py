"""Makes SavedModels with TensorFlow, and writes down what TensorFlow answers: make-models.py DIRECTORY NAME..."""

import json
import os
import sys

sys.dont_write_bytecode = True

from model_kit import ask, builder, builders, save_graph, signature, v1

import numpy as np
import real_models  # registers its builders
import tensorflow as tf

@builder
def half_plus_two(path):
    """TensorFlow 1's graph with every signature of TensorFlow Serving's own example model."""
    with v1.Graph().as_default(), v1.Session() as session:
        a, b, c = (v1.get_variable(n, initializer=v) for n, v in (("a", 0.5), ("b", 2.0), ("c", 3.0)))
        serialized = v1.placeholder(tf.string, [None], name="tf_example")
        parsed = v1.parse_example(
            serialized,
            {"x": v1.FixedLenFeature([1], tf.float32), "x2": v1.FixedLenFeature([1], tf.float32, [0.0])},
        )
        x = tf.identity(parsed["x"], name="x")
        y = tf.add(tf.multiply(a, x), b, name="y")
        y2 = tf.add(tf.multiply(a, x), c, name="y2")
        session.run(v1.global_variables_initializer())
        save_graph(
            path,
            session,
            {
                "serving_default": signature({"x": x}, {"y": y}, "tensorflow/serving/predict"),
                "regress_x_to_y": signature({"inputs": serialized}, {"outputs": y}, "tensorflow/serving/regress"),
                "regress_x_to_y2": signature({"inputs": serialized}, {"outputs": y2}, "tensorflow/serving/regress"),
                "classify_x_to_y": signature({"inputs": serialized}, {"scores": y}, "tensorflow/serving/classify"),
            },
        )
    return []


@builder
def misdeclared(path):
    """Says that its input is floats, as some models of TensorFlow 1 do; the graph takes strings."""
    with v1.Graph().as_default(), v1.Session() as session:
        text = v1.placeholder(tf.string, [None], name="text")
        declared = signature({"text": text}, {"size": tf.strings.length(text)}, "tensorflow/serving/predict")
        declared.inputs["text"].dtype = tf.float32.as_datatype_enum
        save_graph(path, session, {"serving_default": declared})
    return []


@builder
def half_plus_three(path):
    """The same as TensorFlow 2 writes it, declared [-1, 1]."""

    class Model(tf.Module):
        def __init__(self):
            self.b = tf.Variable(3.0)

        @tf.function(input_signature=[tf.TensorSpec([None, 1], tf.float32, name="x")])
        def __call__(self, x):
            return {"y": x * 0.5 + self.b}

    model = Model()
    tf.saved_model.save(model, path, signatures={"serving_default": model.__call__})
    return []


@builder
def half_plus_two_tf2(path):
    """TensorFlow 2's, with a default for each input."""

    class Model(tf.Module):
        @tf.function(
            input_signature=[tf.TensorSpec([None], tf.float32, name="x"), tf.TensorSpec([], tf.float32, name="a")]
        )
        def __call__(self, x=tf.constant([0.0]), a=tf.constant(0.5)):
            return {"y": x * a + 2.0}

    model = Model()
    tf.saved_model.save(model, path, signatures={"serving_default": model.__call__})
    return []


@builder
def slow(path):
    """Keeps a thread busy for as long as it is asked to."""

    class Model(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec([], tf.float32, name="seconds")])
        def __call__(self, seconds):
            until = tf.timestamp() + tf.cast(seconds, tf.float64)
            turns = tf.while_loop(lambda _: tf.timestamp() < until, lambda turns: [turns + 1], [tf.constant(0)])
            return {"y": tf.cast(turns[0] >= 0, tf.float32)}

    model = Model()
    tf.saved_model.save(model, path, signatures={"serving_default": model.__call__})
    return []


@builder
def mnist(path):
    """A Keras 3 export of a small convolutional classifier."""
    import keras

    keras.utils.set_random_seed(7)
    model = keras.Sequential(
        [
            keras.layers.Input((28, 28, 1), name="image"),
            keras.layers.Conv2D(16, 3, activation="relu"),
            keras.layers.MaxPooling2D(),
            keras.layers.Conv2D(32, 3, activation="relu"),
            keras.layers.Flatten(),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    model.export(path, verbose=False)
    images = np.random.default_rng(1).random((50, 28, 28, 1))
    name = list(tf.saved_model.load(path).signatures["serving_default"].structured_input_signature[1])[0]
    requests = [
        ("serving_default", {name: part.astype(np.float32)}, {"instances": part.tolist()})
        for part in (images[:1], images[1:3], images)
    ]
    return ask(path, requests)


@builder
def mlp(path):
    """784-512-512-10, as a Keras 3 export."""
    import keras

    keras.utils.set_random_seed(7)
    dense = keras.layers.Dense
    layers = [dense(512, activation="relu"), dense(512, activation="relu"), dense(10, activation="softmax")]
    keras.Sequential([keras.layers.Input((784,), name="pixels"), *layers]).export(path, verbose=False)
    return []


@builder
def dtypes(path):
    """Every dtype through an identity: as a signature of its own, named after it."""
    kinds = ["float32", "float64", "float16", "bfloat16", "bool", "string"]
    kinds += [f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)]
    module = tf.Module()

    def echo(kind):
        spec = tf.TensorSpec(None, tf.as_dtype(kind), name="x")
        return tf.function(lambda x: {"y": tf.identity(x)}, input_signature=[spec]).get_concrete_function()

    functions = {kind: echo(kind) for kind in kinds}
    functions |= {kind: echo(kind) for kind in ("complex64", "complex128")}
    module.functions = list(functions.values())
    tf.saved_model.save(module, path, signatures=functions)
    return []


@builder
def vocabulary(path):
    """Strings in and out, by way of a table that is filled from a file in assets."""
    words = os.path.join(sys.argv[1], "words.txt")
    with open(words, "w", encoding="utf-8") as file:
        file.write("red\ngrün\nblue\n")

    class Model(tf.Module):
        def __init__(self):
            self.asset = tf.saved_model.Asset(words)
            self.table = tf.lookup.StaticHashTable(
                tf.lookup.TextFileInitializer(
                    self.asset, tf.string, tf.lookup.TextFileIndex.WHOLE_LINE, tf.int64, tf.lookup.TextFileIndex.LINE_NUMBER
                ),
                -1,
            )

        @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="words")])
        def __call__(self, words):
            upper = tf.strings.upper(words, encoding="utf-8")
            return {"number": self.table.lookup(words), "upper": upper, "raw_bytes": words}

    model = Model()
    tf.saved_model.save(model, path, signatures={"serving_default": model.__call__})
    words = ["red", "grün", "blue", "a word that is longer than twenty-two bytes", ""]
    return ask(path, [("serving_default", {"words": words}, {"instances": words})])


@builder
def counter(path):
    """State that a run changes."""

    class Model(tf.Module):
        def __init__(self):
            self.count = tf.Variable(0.0)

        @tf.function(input_signature=[tf.TensorSpec([], tf.float32, name="by")])
        def __call__(self, by):
            return {"count": self.count.assign_add(by + 1.0)}

    model = Model()
    tf.saved_model.save(model, path, signatures={"serving_default": model.__call__})
    return []


@builder
def two_inputs(path):
    class Model(tf.Module):
        @tf.function(
            input_signature=[tf.TensorSpec([None, 2], tf.float32, name="a"), tf.TensorSpec([None, 3], tf.int32, name="b")]
        )
        def __call__(self, a, b):
            return {"sum": tf.reduce_sum(a, 1), "product": tf.linalg.matmul(a[:, :, None], tf.cast(b, tf.float32)[:, None, :])}

    model = Model()
    tf.saved_model.save(model, path, signatures={"serving_default": model.__call__})
    a, b = np.array([[1.5, 2], [3, 4]], np.float32), np.array([[1, 2, 3], [4, 5, 6]], np.int32)
    rows = [{"a": x, "b": y} for x, y in zip(a.tolist(), b.tolist())]
    return ask(path, [("serving_default", {"a": a, "b": b}, {"instances": rows})])


@builder
def inverse(path):
    """Linear algebra that works on large arrays on its thread's stack."""

    class Model(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec([], tf.float32, name="scale")])
        def __call__(self, scale):
            return {"corner": tf.linalg.inv(tf.eye(400) * scale)[399, 399]}

    model = Model()
    tf.saved_model.save(model, path, signatures={"serving_default": model.__call__})
    return []


if __name__ == "__main__":
    directory, names = sys.argv[1], sys.argv[2:]
    expected = {}
    for model_name in names:
        expected[model_name] = builders[model_name](os.path.join(directory, model_name, "1"))
    with open(os.path.join(directory, "expected.json"), "w", encoding="utf-8") as file:
        json.dump(expected, file)
