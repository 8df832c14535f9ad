"""Asks one model, and then the other about its answers, within one request."""

import json

import requests


def handler(data, context):
    body = data.read()
    for model in ["half_plus_two", "half_plus_three"]:
        # The address has the name of the model that the request is for.
        address = context.rest_uri.replace("half_plus_two", model)
        response = requests.post(address, data=body)
        if response.status_code != 200:
            raise ValueError(response.text)
        predictions = response.json()["predictions"]
        body = json.dumps({"instances": predictions})
    return json.dumps({"predictions": predictions}), "application/json"
