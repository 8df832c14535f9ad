"""Trains by a script, deploys what it saved, and asks it."""

import pathlib

import sagemaker
from sagemaker.tensorflow import TensorFlow

session = sagemaker.Session()
role = sagemaker.get_execution_role()

pathlib.Path("points.csv").write_text("".join(f"{x / 10},{x / 5 + 1}\n" for x in range(-10, 11)))
train = session.upload_data("points.csv", key_prefix="train-script-mode")

estimator = TensorFlow(
    entry_point="train.py",
    role=role,
    instance_count=1,
    instance_type="ml.c5.xlarge",
    framework_version="2.19",
    py_version="py312",
    hyperparameters={"epochs": 200, "learning_rate": 0.2},
    metric_definitions=[{"Name": "loss", "Regex": "loss: ([0-9.]+)"}],
)
estimator.fit({"train": train})

predictor = estimator.deploy(initial_instance_count=1, instance_type="ml.c5.xlarge")
print()
answer = predictor.predict({"instances": [0.0, 1.0, 10.0]})
print("y = 2x + 1:", [round(value, 2) for value in answer["predictions"]])
predictor.delete_endpoint()
