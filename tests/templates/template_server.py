"""Renders chat templates with llama.cpp's own server, from the package xllamacpp, until its input ends.

    python template_server.py MODEL

A line of input is JSON: `template` and `bodies`, each asked of /apply-template by a server of its own for the
template. A line of output is a list with each prompt, or what the server said instead. The first line of output
is the begin and the end token of MODEL.
"""

import json
import sys
import urllib.error
import urllib.request

import xllamacpp


def start(model: str, template: str) -> xllamacpp.Server:
    parameters = xllamacpp.CommonParams()
    parameters.model.path = model
    parameters.chat_template = template
    parameters.use_jinja = True
    parameters.n_ctx = 256
    parameters.n_parallel = 1
    parameters.cpuparams.n_threads = 1
    parameters.warmup = False
    parameters.fit_params = False
    parameters.ui = False
    parameters.port = 0
    return xllamacpp.Server(parameters)


def ask(address: str, path: str, body: object = None) -> dict[str, object]:
    data = json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(address + path, data, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        return {"prompt": f"{error.code}: {error.read().decode()}"}


def main() -> None:
    model = sys.argv[1]
    server = start(model, "{{ messages[0].content }}")  # it lives as long as it has a name
    properties = ask(server.listening_address, "/props")
    print(json.dumps([properties["bos_token"], properties["eos_token"]]), flush=True)
    for line in sys.stdin:
        task = json.loads(line)
        server = start(model, task["template"])
        prompts = [ask(server.listening_address, "/apply-template", body)["prompt"] for body in task["bodies"]]
        print(json.dumps(prompts), flush=True)


if __name__ == "__main__":
    main()
