"""Deploys a model that is already there, and asks it in every format that needs no code."""

import subprocess

import numpy
import sagemaker
from sagemaker.serializers import CSVSerializer, IdentitySerializer
from sagemaker.tensorflow import TensorFlowModel, TensorFlowPredictor

session = sagemaker.Session()
role = sagemaker.get_execution_role()

subprocess.run(["tar", "-czf", "model.tar.gz", "-C", "../models/half_plus_three", "1"], check=True)
model_data = session.upload_data("model.tar.gz", key_prefix="deploy-and-predict")
model = TensorFlowModel(model_data=model_data, role=role, framework_version="2.19")
predictor = model.deploy(initial_instance_count=1, instance_type="ml.c5.xlarge")
print()


def predictor_of(serializer):
    return TensorFlowPredictor(predictor.endpoint_name, sagemaker_session=session, serializer=serializer)


row = [1.0, 2.0, 5.0]
print("TensorFlow Serving's JSON:", predictor.predict({"instances": row}))
print("simplified JSON:", predictor.predict([row, row]))
print("a named input:", predictor.predict({"x": row}))
print("a numpy array:", predictor.predict(numpy.array([row])))

lines = '{"x": [1.0, 2.0, 5.0]}\n{"x": [1.0, 2.0, 5.0]}\n{"x": [1.0, 2.0, 5.0]}'
json_lines = predictor_of(IdentitySerializer(content_type="application/jsonlines"))
print("JSON Lines:", json_lines.predict(lines))
print("CSV:", predictor_of(CSVSerializer()).predict("1.0,2.0,5.0\n1.0,2.0,5.0"))

subprocess.run(["sh", "predict.sh", predictor.endpoint_name], check=True)
predictor.delete_endpoint()
