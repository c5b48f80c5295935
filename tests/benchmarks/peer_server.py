"""Runs llama.cpp's own server engine from the package xllamacpp, with its defaults, until its input ends.

    python peer_server.py MODEL CONTEXT THREADS

Prints its address. THREADS 0 leaves the choice to it.
"""

import sys

import xllamacpp


def main() -> None:
    model, context, threads = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    parameters = xllamacpp.CommonParams()
    parameters.model.path = model
    parameters.n_ctx = context
    parameters.port = 0
    parameters.ui = False
    if threads:
        parameters.cpuparams.n_threads = threads
        parameters.cpuparams_batch.n_threads = threads
    server = xllamacpp.Server(parameters)
    print(server.listening_address, flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
