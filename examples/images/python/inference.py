"""Hands the bytes of a picture to a model that takes them as a string."""

import base64
import json


def input_handler(data, context):
    if context.request_content_type == "application/x-image":
        encoded = base64.b64encode(data.read()).decode("utf-8")
        return json.dumps({"instances": [{"b64": encoded}]})
    raise ValueError(f'Unsupported content type "{context.request_content_type}"')


def output_handler(response, context):
    if response.status_code != 200:
        raise ValueError(response.content.decode("utf-8"))
    return response.content, "application/json"
