"""Makes gpt2-fixture.json: what PyTorch computes for a tiny GPT-2, in numbers only.

    python make_gpt2_fixture.py > gpt2-fixture.json      (needs torch 2.x, CPU only)

Parameters and tokens come from formulas that the test repeats, so that no weights are kept here.
"""

import json
import math
import sys

import torch
import torch.nn.functional as F

LAYERS, HEADS, WIDTH, CONTEXT, VOCABULARY, BATCH, STEPS = 2, 2, 32, 24, 50, 3, 10
RATE, DECAY, BETAS, EPSILON, CLIP = 5e-4, 0.1, (0.9, 0.95), 1e-8, 1.0


def names():
    yield "wte.weight", (VOCABULARY, WIDTH)
    yield "wpe.weight", (CONTEXT, WIDTH)
    for i in range(LAYERS):
        h = f"h.{i}."
        yield h + "ln_1.weight", (WIDTH,)
        yield h + "ln_1.bias", (WIDTH,)
        yield h + "attn.c_attn.weight", (WIDTH, 3 * WIDTH)
        yield h + "attn.c_attn.bias", (3 * WIDTH,)
        yield h + "attn.c_proj.weight", (WIDTH, WIDTH)
        yield h + "attn.c_proj.bias", (WIDTH,)
        yield h + "ln_2.weight", (WIDTH,)
        yield h + "ln_2.bias", (WIDTH,)
        yield h + "mlp.c_fc.weight", (WIDTH, 4 * WIDTH)
        yield h + "mlp.c_fc.bias", (4 * WIDTH,)
        yield h + "mlp.c_proj.weight", (4 * WIDTH, WIDTH)
        yield h + "mlp.c_proj.bias", (WIDTH,)
    yield "ln_f.weight", (WIDTH,)
    yield "ln_f.bias", (WIDTH,)


def parameters():
    flat, at = {}, 0
    for name, shape in names():
        count = math.prod(shape)
        gain = 1.0 if len(shape) == 1 and "ln_" in name and name.endswith("weight") else 0.0
        values = [gain + 0.05 * math.sin(0.7 * (at + i) + 0.01 * ((at + i) % 97)) for i in range(count)]
        flat[name] = torch.tensor(values, dtype=torch.float32).view(shape).requires_grad_()
        at += count
    return flat


def window(step, sequence):
    return [(step * 7 + sequence * 13 + place * place + 3 * place) % VOCABULARY for place in range(CONTEXT + 1)]


def loss_of(p, tokens):
    inputs, targets = tokens[:, :-1], tokens[:, 1:]
    x = p["wte.weight"][inputs] + p["wpe.weight"]
    for i in range(LAYERS):
        h = f"h.{i}."
        norm = lambda name, z: F.layer_norm(z, (WIDTH,), p[h + name + ".weight"], p[h + name + ".bias"])
        line = lambda name, z: F.linear(z, p[h + name + ".weight"].t(), p[h + name + ".bias"])
        q, k, v = line("attn.c_attn", norm("ln_1", x)).split(WIDTH, dim=2)
        q, k, v = (z.view(BATCH, CONTEXT, HEADS, WIDTH // HEADS).transpose(1, 2) for z in (q, k, v))
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + line("attn.c_proj", y.transpose(1, 2).reshape(BATCH, CONTEXT, WIDTH))
        x = x + line("mlp.c_proj", F.gelu(line("mlp.c_fc", norm("ln_2", x)), approximate="tanh"))
    x = F.layer_norm(x, (WIDTH,), p["ln_f.weight"], p["ln_f.bias"])
    logits = F.linear(x, p["wte.weight"])
    return F.cross_entropy(logits.flatten(0, 1).float(), targets.flatten())


def run(bf16):
    p = parameters()
    decayed = [z for z in p.values() if z.dim() > 1]
    plain = [z for z in p.values() if z.dim() == 1]
    optimizer = torch.optim.AdamW(
        [{"params": decayed, "weight_decay": DECAY}, {"params": plain, "weight_decay": 0.0}],
        lr=RATE, betas=BETAS, eps=EPSILON)
    losses, norms = [], []
    for step in range(STEPS):
        tokens = torch.tensor([window(step, s) for s in range(BATCH)])
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=bf16):
            loss = loss_of(p, tokens)
        optimizer.zero_grad()
        loss.backward()
        losses.append(loss.item())
        norms.append([z.grad.double().norm().item() for z in p.values()])
        torch.nn.utils.clip_grad_norm_(p.values(), CLIP)
        optimizer.step()
    return losses, norms


losses, norms = run(False)
bf16_losses, _ = run(True)
json.dump(
    {
        "made-by": "make_gpt2_fixture.py, PyTorch " + torch.__version__.split("+")[0],
        "tensors": [name for name, _ in names()],
        "losses": losses,
        "gradient-norms": norms,
        "bf16-losses": bf16_losses,
    },
    sys.stdout, indent=1)
print()
