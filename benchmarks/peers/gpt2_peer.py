"""Trains and writes as `sampo bench compute` does, with PyTorch, one round at a time.

Reads one JSON line for each round from stdin and answers with one on stdout:
    {"mode": "eager-f32" | "compiled-f32" | "eager-bf16" | "compiled-bf16", "steps": 5}
    {"mode": ..., "seconds": [one for each step]}
    {"mode": "write-f32" | "write-bf16", "steps": 40}      the steps are tokens after a prompt
so that rounds can alternate with ours. The first line that it prints says what it is. The number of
threads and the shapes of what trains and of what writes are arguments:
    gpt2_peer.py THREADS LAYERS HEADS WIDTH CONTEXT BATCH VOCABULARY  LAYERS HEADS WIDTH CONTEXT VOCABULARY
"""

import json
import math
import os
import sys
import time

import torch
import torch.nn as nn
import torch.nn.functional as F


class Block(nn.Module):
    def __init__(self, heads, width):
        super().__init__()
        self.heads = heads
        self.ln_1 = nn.LayerNorm(width)
        self.c_attn = nn.Linear(width, 3 * width)
        self.c_proj = nn.Linear(width, width)
        self.ln_2 = nn.LayerNorm(width)
        self.c_fc = nn.Linear(width, 4 * width)
        self.down = nn.Linear(4 * width, width)

    def forward(self, x):
        b, t, c = x.shape
        q, k, v = self.c_attn(self.ln_1(x)).split(c, dim=2)
        q, k, v = (z.view(b, t, self.heads, c // self.heads).transpose(1, 2) for z in (q, k, v))
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.c_proj(y.transpose(1, 2).reshape(b, t, c))
        return x + self.down(F.gelu(self.c_fc(self.ln_2(x)), approximate="tanh"))


class Gpt(nn.Module):
    def __init__(self, layers, heads, width, context, vocabulary):
        super().__init__()
        self.wte = nn.Embedding(vocabulary, width)
        self.wpe = nn.Embedding(context, width)
        self.blocks = nn.ModuleList(Block(heads, width) for _ in range(layers))
        self.ln_f = nn.LayerNorm(width)
        for name, p in self.named_parameters():
            if p.dim() >= 2:
                scale = math.sqrt(2 * layers) if "c_proj" in name or "down" in name else 1
                nn.init.normal_(p, std=0.02 / scale)

    def forward(self, tokens, targets):
        positions = torch.arange(tokens.shape[1])
        x = self.wte(tokens) + self.wpe(positions)
        for block in self.blocks:
            x = block(x)
        logits = F.linear(self.ln_f(x), self.wte.weight)
        return F.cross_entropy(logits.flatten(0, 1).float(), targets.flatten())


class Trainer:
    def __init__(self, mode, shape, batch):
        torch.manual_seed(1)
        layers, heads, width, context, vocabulary = shape
        compiled, precision = mode.split("-")
        self.model = Gpt(*shape)
        self.call = torch.compile(self.model) if compiled == "compiled" else self.model
        self.bf16 = precision == "bf16"
        decayed = [p for p in self.model.parameters() if p.dim() >= 2]
        plain = [p for p in self.model.parameters() if p.dim() < 2]
        self.optimizer = torch.optim.AdamW(
            [{"params": decayed, "weight_decay": 0.1}, {"params": plain, "weight_decay": 0.0}],
            lr=1e-3, betas=(0.9, 0.99), fused=True)
        self.tokens = torch.randint(0, vocabulary, (batch, context + 1))

    def step(self):
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=self.bf16):
            loss = self.call(self.tokens[:, :-1].contiguous(), self.tokens[:, 1:].contiguous())
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        return loss.item()

    def run(self, steps):
        """Seconds of each of some steps."""
        seconds = []
        for _ in range(steps):
            start = time.perf_counter()
            self.step()
            seconds.append(time.perf_counter() - start)
        return seconds

    def warm_up(self):
        self.run(3)


class Writer:
    """Writes token by token with a cache of keys and values, which grows in place. Eager only:
    compiled code recompiles for each length, or works through the whole cache each time."""

    PROMPT = 16

    def __init__(self, mode, shape):
        layers, self.heads, width, context, _ = shape
        self.type = torch.bfloat16 if mode.endswith("bf16") else torch.float32
        self.model = Gpt(*shape).to(self.type)
        cache = (self.heads, context, width // self.heads)
        self.caches = [[torch.zeros(cache, dtype=self.type) for _ in range(2)] for _ in range(layers)]

    def next(self, token, place):
        x = self.model.wte.weight[token] + self.model.wpe.weight[place : place + 1]
        for block, (keys, values) in zip(self.model.blocks, self.caches):
            width = x.shape[1]
            qkv = block.c_attn(block.ln_1(x)).split(width, dim=1)
            q, k, v = (z.view(self.heads, 1, width // self.heads) for z in qkv)
            keys[:, place : place + 1], values[:, place : place + 1] = k, v
            seen = (z[None, :, : place + 1] for z in (keys, values))
            x = x + block.c_proj(F.scaled_dot_product_attention(q[None], *seen).view(1, width))
            x = x + block.down(F.gelu(block.c_fc(block.ln_2(x)), approximate="tanh"))
        return F.linear(self.model.ln_f(x), self.model.wte.weight).argmax(dim=1)

    @torch.inference_mode()
    def run(self, tokens):
        """Seconds of each of some tokens after a prompt."""
        token = torch.zeros(1, dtype=torch.long)
        seconds = []
        for place in range(self.PROMPT + tokens):
            start = time.perf_counter()
            token = self.next(token, place)
            token.item()
            if place >= self.PROMPT:
                seconds.append(time.perf_counter() - start)
        return seconds

    def warm_up(self):
        self.run(8)


def main():
    threads, layers, heads, width, context, batch, vocabulary, *writer = map(int, sys.argv[1:])
    torch.set_num_threads(threads)
    # Answers go to the stdout that we were given; whatever libraries print goes to stderr.
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    print(json.dumps({"peer": "PyTorch " + torch.__version__, "threads": threads}), file=answers)
    sides = {}
    for line in sys.stdin:
        order = json.loads(line)
        mode = order["mode"]
        try:
            if mode not in sides:
                if mode.startswith("write-"):
                    sides[mode] = Writer(mode, writer)
                else:
                    sides[mode] = Trainer(mode, (layers, heads, width, context, vocabulary), batch)
                sides[mode].warm_up()
            seconds = sides[mode].run(order["steps"])
            print(json.dumps({"mode": mode, "seconds": seconds}), file=answers)
        except Exception as e:  # told to the other side, which says it to a person
            print(json.dumps({"mode": mode, "error": f"{type(e).__name__}: {e}"[:500]}), file=answers)


main()
