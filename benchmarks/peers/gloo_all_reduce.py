"""Sums vectors of 3 processes with Gloo, for `sampo bench sync`.

    gloo_all_reduce.py RANK PROCESSES BYTES PORT ROUNDS

Prints "ready" when the group is formed, then runs ROUNDS rounds for each line on stdin, and prints
one JSON line: {"seconds": [one for each round], "sum": one element of the last sum}.
"""

import json
import os
import sys
import time

import torch
import torch.distributed as dist

rank, processes, size, port, rounds = (int(argument) for argument in sys.argv[1:6])
torch.set_num_threads(1)
os.environ["GLOO_SOCKET_IFNAME"] = "lo"
dist.init_process_group(
    "gloo", init_method=f"tcp://127.0.0.1:{port}", rank=rank, world_size=processes
)
gradient = torch.empty(size // 4, dtype=torch.float32)
print("ready", torch.__version__, flush=True)
for _ in sys.stdin:
    dist.barrier()
    seconds = []
    for _ in range(rounds):
        gradient.fill_(rank + 1)
        started = time.perf_counter()
        dist.all_reduce(gradient)
        seconds.append(time.perf_counter() - started)
    print(json.dumps({"seconds": seconds, "sum": gradient[-1].item()}), flush=True)
dist.destroy_process_group()
