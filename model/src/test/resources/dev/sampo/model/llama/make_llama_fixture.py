"""Makes llama-fixture.json: what PyTorch computes for a tiny LLaMA, in numbers only.

    python make_llama_fixture.py > llama-fixture.json      (needs torch 2.x, CPU only)

Parameters and tokens come from formulas that the test repeats, so that no weights are kept here.
"""

import json
import math
import sys

import torch
import torch.nn.functional as F

LAYERS, HEADS, KEY_HEADS, WIDTH, INNER = 2, 4, 2, 32, 48
CONTEXT, VOCABULARY, BATCH, STEPS = 24, 50, 3, 10
HEAD_WIDTH = WIDTH // HEADS
ROTARY_BASE, RMS_EPSILON = 10_000.0, 1e-5
RATE, DECAY, BETAS, EPSILON, CLIP = 5e-4, 0.1, (0.9, 0.95), 1e-8, 1.0


def names():
    yield "model.embed_tokens.weight", (VOCABULARY, WIDTH)
    for i in range(LAYERS):
        h = f"model.layers.{i}."
        yield h + "input_layernorm.weight", (WIDTH,)
        yield h + "self_attn.q_proj.weight", (WIDTH, WIDTH)
        yield h + "self_attn.k_proj.weight", (KEY_HEADS * HEAD_WIDTH, WIDTH)
        yield h + "self_attn.v_proj.weight", (KEY_HEADS * HEAD_WIDTH, WIDTH)
        yield h + "self_attn.o_proj.weight", (WIDTH, WIDTH)
        yield h + "post_attention_layernorm.weight", (WIDTH,)
        yield h + "mlp.gate_proj.weight", (INNER, WIDTH)
        yield h + "mlp.up_proj.weight", (INNER, WIDTH)
        yield h + "mlp.down_proj.weight", (WIDTH, INNER)
    yield "model.norm.weight", (WIDTH,)
    yield "lm_head.weight", (VOCABULARY, WIDTH)


def parameters():
    flat, at = {}, 0
    for name, shape in names():
        count = math.prod(shape)
        gain = 1.0 if len(shape) == 1 else 0.0
        values = [gain + 0.05 * math.sin(0.7 * (at + i) + 0.01 * ((at + i) % 97)) for i in range(count)]
        flat[name] = torch.tensor(values, dtype=torch.float32).view(shape).requires_grad_()
        at += count
    return flat


def window(step, sequence):
    return [(step * 7 + sequence * 13 + place * place + 3 * place) % VOCABULARY for place in range(CONTEXT + 1)]


def norm(x, gain):
    return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + RMS_EPSILON) * gain


def turned(x):
    """Rotary positions: element j of a head and j + half of it are a point's coordinates."""
    half = HEAD_WIDTH // 2
    speeds = ROTARY_BASE ** (-2.0 * torch.arange(half, dtype=torch.float64) / HEAD_WIDTH)
    angles = torch.arange(CONTEXT, dtype=torch.float64)[:, None] * speeds
    cos, sin = angles.cos().float(), angles.sin().float()
    a, b = x[..., :half], x[..., half:]
    return torch.cat((a * cos - b * sin, b * cos + a * sin), dim=-1)


def loss_of(p, tokens):
    inputs, targets = tokens[:, :-1], tokens[:, 1:]
    x = p["model.embed_tokens.weight"][inputs]
    for i in range(LAYERS):
        h = f"model.layers.{i}."
        normal = norm(x, p[h + "input_layernorm.weight"])
        q, k, v = (F.linear(normal, p[h + f"self_attn.{z}_proj.weight"]) for z in "qkv")
        q, k, v = (z.view(BATCH, CONTEXT, -1, HEAD_WIDTH).transpose(1, 2) for z in (q, k, v))
        k, v = (z.repeat_interleave(HEADS // KEY_HEADS, dim=1) for z in (turned(k), v))
        y = F.scaled_dot_product_attention(turned(q).to(v.dtype), k.to(v.dtype), v, is_causal=True)
        y = y.transpose(1, 2).reshape(BATCH, CONTEXT, WIDTH)
        x = x + F.linear(y, p[h + "self_attn.o_proj.weight"])
        normal = norm(x, p[h + "post_attention_layernorm.weight"])
        gate, up = (F.linear(normal, p[h + f"mlp.{z}_proj.weight"]) for z in ("gate", "up"))
        x = x + F.linear(F.silu(gate) * up, p[h + "mlp.down_proj.weight"])
    logits = F.linear(norm(x, p["model.norm.weight"]), p["lm_head.weight"])
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
        "made-by": "make_llama_fixture.py, PyTorch " + torch.__version__.split("+")[0],
        "tensors": [name for name, _ in names()],
        "losses": losses,
        "gradient-norms": norms,
        "bf16-losses": bf16_losses,
    },
    sys.stdout, indent=1)
print()
