"""Models of the kinds that people serve, each with the answers that TensorFlow gives in Python."""

import base64

import numpy as np
import tensorflow as tf
from model_kit import ask, builder, save_graph, signature, v1

random = np.random.default_rng(3)


def exported(path, model):
    """Exports a Keras model; gives the names of its inputs in the signature."""
    model.export(path, verbose=False)
    return list(tf.saved_model.load(path).signatures["serving_default"].structured_input_signature[1])


def of_rows(inputs):
    """The REST body with one instance per row."""
    columns = {name: value.tolist() for name, value in inputs.items()}
    if len(columns) == 1:
        return {"instances": next(iter(columns.values()))}
    return {"instances": [dict(zip(columns, row)) for row in zip(*columns.values())]}


def one_input(path, model, *batches):
    (name,) = exported(path, model)
    return ask(path, [("serving_default", {name: batch}, {"instances": batch.tolist()}) for batch in batches])


@builder
def dense(path):
    import keras

    keras.utils.set_random_seed(1)
    layers = [keras.layers.Dense(64, activation="gelu"), keras.layers.Dense(3)]
    model = keras.Sequential([keras.layers.Input((20,)), *layers])
    return one_input(path, model, *(random.normal(size=(n, 20)).astype(np.float32) for n in (1, 7, 64)))


@builder
def convolutional(path):
    """Depthwise and strided convolutions with batch normalisation, as image classifiers have them."""
    import keras
    from keras import layers

    keras.utils.set_random_seed(2)
    stack = [layers.Conv2D(8, 3, strides=2, padding="same", use_bias=False), layers.BatchNormalization(), layers.ReLU(6)]
    stack += [layers.DepthwiseConv2D(3, padding="same"), layers.Conv2D(16, 1), layers.GlobalAveragePooling2D()]
    model = keras.Sequential([layers.Input((32, 32, 3)), *stack, layers.Dense(5, activation="softmax")])
    return one_input(path, model, *(random.random((n, 32, 32, 3)).astype(np.float32) for n in (1, 4)))


@builder
def lstm(path):
    import keras
    from keras import layers

    keras.utils.set_random_seed(3)
    stack = [layers.Bidirectional(layers.LSTM(12, return_sequences=True)), layers.GRU(8), layers.Dense(2)]
    model = keras.Sequential([layers.Input((None, 4)), *stack])
    return one_input(path, model, *(random.normal(size=(n, t, 4)).astype(np.float32) for n, t in ((1, 5), (3, 11))))


@builder
def attention(path):
    """Several named inputs and outputs."""
    import keras
    from keras import layers

    keras.utils.set_random_seed(4)
    tokens, mask = layers.Input((6,), dtype="int32", name="tokens"), layers.Input((6,), dtype="bool", name="mask")
    embedded = layers.Embedding(50, 16)(tokens)
    attended = layers.MultiHeadAttention(2, 8)(embedded, embedded, attention_mask=layers.Reshape((1, 6))(mask))
    normal = layers.LayerNormalization()(attended + embedded)
    outputs = {"scores": layers.Dense(4, activation="softmax")(layers.Flatten()(normal)), "hidden": normal}
    model = keras.Model({"tokens": tokens, "mask": mask}, outputs)
    exported(path, model)
    inputs = {"tokens": random.integers(0, 50, (3, 6)).astype(np.int32), "mask": random.random((3, 6)) > 0.3}
    return ask(path, [("serving_default", inputs, of_rows(inputs))])


@builder
def string_lookup(path):
    """Words to vectors: a vocabulary, an embedding, and cleaning of text inside of the graph."""
    import keras
    from keras import layers

    keras.utils.set_random_seed(5)
    vectorize = layers.TextVectorization(output_sequence_length=5, vocabulary=["the", "cat", "sat", "übung"])

    class Model(tf.Module):
        def __init__(self):
            self.vectorize = vectorize
            self.vectors = tf.Variable(random.normal(size=(6, 4)).astype(np.float32))

        @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="text")])
        def __call__(self, text):
            numbers = self.vectorize(text)
            return {"numbers": numbers, "vector": tf.reduce_mean(tf.gather(self.vectors, numbers), axis=1)}

    model = Model()
    tf.saved_model.save(model, path, signatures=model.__call__.get_concrete_function())
    texts = ["The cat sat!", "", "Übung", "a word that nobody knows, and more words than five"]
    return ask(path, [("serving_default", {"text": texts}, {"instances": texts})])


@builder
def ragged(path):
    """Ragged tensors inside: words of different numbers of letters."""

    class Model(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="line")])
        def __call__(self, line):
            words = tf.strings.split(line)
            lengths = tf.ragged.map_flat_values(tf.strings.length, words, unit="UTF8_CHAR")
            sums = tf.reduce_sum(lengths, axis=1)
            return {"words": words.to_tensor("-"), "lengths": lengths.to_tensor(0), "letters": sums}

    model = Model()
    tf.saved_model.save(model, path, signatures=model.__call__)
    lines = ["ein zwei drei", "", "größe"]
    return ask(path, [("serving_default", {"line": lines}, {"instances": lines})])


@builder
def image_decode(path):
    """Encoded images of any size in, as `b64`, numbers out."""

    class Model(tf.Module):
        def one(self, data):
            image = tf.io.decode_jpeg(data, channels=3)
            return tf.image.resize(tf.cast(image, tf.float32) / 255.0, (8, 8))

        @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="image_bytes")])
        def __call__(self, image_bytes):
            pixels = tf.map_fn(self.one, image_bytes, fn_output_signature=tf.float32)
            return {"pixels": pixels, "mean": tf.reduce_mean(pixels, axis=[1, 2])}

    model = Model()
    tf.saved_model.save(model, path, signatures=model.__call__)
    sizes = ((20, 30), (64, 48))
    images = [tf.io.encode_jpeg(random.integers(0, 256, (*size, 3), dtype=np.uint8)).numpy() for size in sizes]
    body = {"instances": [{"b64": base64.b64encode(image).decode()} for image in images]}
    return ask(path, [("serving_default", {"image_bytes": images}, body)])


@builder
def loop(path):
    """A while loop whose length depends on the data, and a branch."""

    class Model(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec([None], tf.float32, name="x")])
        def __call__(self, x):
            steps = tf.cast(tf.reduce_max(x), tf.int32)
            total = tf.zeros_like(x)
            for step in tf.range(steps):
                total = total + tf.sin(x + tf.cast(step, tf.float32)) if step % 2 == 0 else total * 1.1
            return {"total": total}

    model = Model()
    tf.saved_model.save(model, path, signatures=model.__call__)
    batches = [np.array(values, np.float32) for values in ([3.7], [0.0, 12.25, 7.1])]
    return ask(path, [("serving_default", {"x": batch}, {"instances": batch.tolist()}) for batch in batches])


@builder
def any_rank(path):
    """Takes what has any shape whatever."""

    class Model(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec(None, tf.float32, name="x")])
        def __call__(self, x):
            return {"doubled": x * 2.0, "rank": tf.rank(x), "sum": tf.reduce_sum(x)}

    model = Model()
    tf.saved_model.save(model, path, signatures=model.__call__)
    arrays = [np.array(values, np.float32) for values in (1.5, [], [1.0, 2.0], [[[[3.0]]], [[[4.0]]]])]
    return ask(path, [("serving_default", {"x": array}, {"inputs": array.tolist()}) for array in arrays])


@builder
def large(path):
    """More than a GiB of variables, in one file."""

    class Model(tf.Module):
        def __init__(self):
            self.table = tf.Variable(tf.reshape(tf.range(300_000_000), [3_000_000, 100]))

        @tf.function(input_signature=[tf.TensorSpec([None], tf.int64, name="row")])
        def __call__(self, row):
            return {"values": tf.gather(self.table, row)[:, ::33]}

    model = Model()
    tf.saved_model.save(model, path, signatures=model.__call__)
    rows = np.array([0, 1, 2_999_999], np.int64)
    return ask(path, [("serving_default", {"row": rows}, {"instances": rows.tolist()})])


@builder
def signatures(path):
    """Several signatures over the same variables."""

    class Model(tf.Module):
        def __init__(self):
            self.w = tf.Variable(random.normal(size=(3, 3)).astype(np.float32))

        @tf.function(input_signature=[tf.TensorSpec([None, 3], tf.float32, name="x")])
        def times(self, x):
            return {"y": x @ self.w}

        @tf.function(input_signature=[tf.TensorSpec([None, 3], tf.float32, name="x")])
        def solve(self, x):
            return {"y": tf.transpose(tf.linalg.solve(self.w, tf.transpose(x))), "norm": tf.norm(x, axis=1)}

    model = Model()
    tf.saved_model.save(model, path, signatures={"times": model.times, "solve": model.solve})
    x = random.normal(size=(4, 3)).astype(np.float32)
    return ask(path, [(name, {"x": x}, {"signature_name": name, "instances": x.tolist()}) for name in ("times", "solve")])


def examples(rows):
    """Serialized tf.Example of rows of floats and words, and the same for REST."""
    features = [
        tf.train.Features(
            feature={
                "age": tf.train.Feature(float_list=tf.train.FloatList(value=[age])),
                "town": tf.train.Feature(bytes_list=tf.train.BytesList(value=[town.encode()])),
            }
        )
        for age, town in rows
    ]
    serialized = [tf.train.Example(features=one).SerializeToString() for one in features]
    return serialized, [{"age": age, "town": town} for age, town in rows]


people = examples([(31.5, "Bern"), (64.5, "Zürich"), (0.25, "nowhere")])


@builder
def parse_example(path):
    """A predict signature that takes serialized examples, as TensorFlow Transform's users export it."""

    class Model(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="examples")])
        def __call__(self, examples):
            kinds = {"age": tf.io.FixedLenFeature([], tf.float32), "town": tf.io.VarLenFeature(tf.string)}
            parsed = tf.io.parse_example(examples, kinds)
            towns = tf.sparse.to_dense(parsed["town"], "")
            return {"age": tf.sqrt(parsed["age"]), "town": towns, "bucket": tf.strings.to_hash_bucket_fast(towns, 10)}

    model = Model()
    tf.saved_model.save(model, path, signatures=model.__call__)
    serialized, _ = people
    body = {"instances": [{"b64": base64.b64encode(one).decode()} for one in serialized]}
    return ask(path, [("serving_default", {"examples": serialized}, body)])


def estimator_graph(session):
    """A linear model with a vocabulary, as TensorFlow 1's estimators export their heads."""
    serialized = v1.placeholder(tf.string, [None], name="input_example_tensor")
    kinds = {"age": v1.FixedLenFeature([1], tf.float32), "town": v1.FixedLenFeature([1], tf.string)}
    parsed = v1.parse_example(serialized, kinds)
    towns = tf.constant(["Bern", "Zürich"])
    numbers = tf.lookup.KeyValueTensorInitializer(towns, tf.range(2, dtype=tf.int64))
    table = tf.lookup.StaticVocabularyTable(numbers, num_oov_buckets=1)
    weights = v1.get_variable("weights", initializer=random.normal(size=(3, 3)).astype(np.float32))
    scores = tf.gather(weights, tf.squeeze(table.lookup(parsed["town"]), 1)) + parsed["age"] / 40.0
    session.run([v1.global_variables_initializer(), v1.tables_initializer()])
    return serialized, scores


@builder
def estimator_classifier(path):
    with v1.Graph().as_default(), v1.Session() as session:
        serialized, scores = estimator_graph(session)
        probabilities = tf.nn.softmax(scores)
        names = tf.tile(tf.constant([["low", "middle", "high"]]), [tf.shape(probabilities)[0], 1])
        outputs = {"classes": names, "scores": probabilities}
        head = signature({"inputs": serialized}, outputs, "tensorflow/serving/classify")
        save_graph(path, session, {"serving_default": head}, v1.tables_initializer())
    serialized, body = people
    return ask(path, [("serving_default", {"inputs": serialized}, {"examples": body})], "classify")


@builder
def estimator_regressor(path):
    with v1.Graph().as_default(), v1.Session() as session:
        serialized, scores = estimator_graph(session)
        outputs = {"outputs": tf.reduce_sum(scores, axis=1, keepdims=True)}
        head = signature({"inputs": serialized}, outputs, "tensorflow/serving/regress")
        save_graph(path, session, {"serving_default": head}, v1.tables_initializer())
    serialized, body = people
    return ask(path, [("serving_default", {"inputs": serialized}, {"examples": body})], "regress")
