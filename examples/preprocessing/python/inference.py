"""Takes degrees Fahrenheit as CSV with a header, and answers with what the model says to them in degrees Celsius."""

import json


def input_handler(data, context):
    if context.request_content_type != "text/csv":
        raise ValueError(f"unsupported content type {context.request_content_type}")
    header, *rows = data.read().decode("utf-8").split()
    celsius = [(float(row) - 32) / 1.8 for row in rows]
    return json.dumps({"instances": celsius})


def output_handler(response, context):
    if response.status_code != 200:
        raise ValueError(response.content.decode("utf-8"))
    predictions = response.json()["predictions"]
    return json.dumps({"answers": [round(value, 2) for value in predictions]}), "application/json"
