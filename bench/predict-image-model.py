"""Makes a MobileNetV2 of random weights for 224 x 224 images: predict-image-model.py DIRECTORY

Signatures: serving_default takes floats, jpeg takes encoded images.
"""

import sys

import tensorflow as tf

classifier = tf.keras.applications.MobileNetV2(weights=None, input_shape=(224, 224, 3))



def from_jpeg(image_bytes):
    def decode(encoded):
        return tf.cast(tf.io.decode_jpeg(encoded, channels=3), tf.float32) / 255.0

    image = tf.TensorSpec([224, 224, 3], tf.float32)
    return classifier(tf.map_fn(decode, image_bytes, fn_output_signature=image), training=False)


directory = sys.argv[1]
floats = [tf.TensorSpec([None, 224, 224, 3], tf.float32, name="images")]
encoded = [tf.TensorSpec([None], tf.string, name="image_bytes")]
archive = tf.keras.export.ExportArchive()
archive.track(classifier)
archive.add_endpoint("serving_default", lambda images: classifier(images, training=False), floats)
archive.add_endpoint("jpeg", from_jpeg, encoded)
archive.write_out(f"{directory}/image/1")

pixels = tf.random.stateless_uniform([14, 14, 3], [1, 2])
image = tf.cast(tf.image.resize(pixels, [224, 224]) * 255, tf.uint8)
with open(f"{directory}/image.jpeg", "wb") as file:
    file.write(tf.io.encode_jpeg(image).numpy())
