"""Seed 004's notebook, cell by cell, as a program: nothing in it knows of Sagebrush."""
import subprocess

import numpy as np
import sagemaker
from sagemaker import get_execution_role
from sagemaker.tensorflow import TensorFlow

sagemaker_session = sagemaker.Session()

role = get_execution_role()
region = sagemaker_session.boto_region_name

tf_version = "2.1.0"


def use_tf2():
    return tf_version.startswith("2")


training_data_uri = "s3://sagemaker-sample-data-{}/tensorflow/mnist".format(region)
training_script = "mnist-2.py" if use_tf2() else "mnist.py"

estimator = TensorFlow(
    entry_point=training_script,
    role=role,
    train_instance_count=1,
    train_instance_type="ml.p2.xlarge",
    framework_version=tf_version,
    py_version="py3",
    distributions={"parameter_server": {"enabled": True}},
)
estimator.fit(training_data_uri)

predictor = estimator.deploy(initial_instance_count=1, instance_type="ml.c5.xlarge")

for name in ("train_data.npy", "train_labels.npy"):
    source = f"s3://sagemaker-sample-data-{region}/tensorflow/mnist/{name}"
    subprocess.run(["aws", "--region", region, "s3", "cp", source, name], check=True)

train_data = np.load("train_data.npy")
train_labels = np.load("train_labels.npy")

predictions = predictor.predict(train_data[:50])
for i in range(0, 50):
    prediction = np.argmax(predictions["predictions"][i])
    label = train_labels[i]
    print("prediction: {}, label: {}, matched: {}".format(prediction, label, prediction == label))

predictor.delete_endpoint()
