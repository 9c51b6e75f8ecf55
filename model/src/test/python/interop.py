"""The other side of the test of the same name: PyTorch and transformers.

interop.py check              ends with 0 if both are there
interop.py logits FOLDER OUT  loads a model and writes its logits for the tokens below, one a line
interop.py make FAMILY FOLDER writes a small model of its own
"""
import sys

TOKENS = [1, 7, 3, 3, 10, 0, 2, 9, 5, 4]


def main(args):
    import torch
    from transformers import AutoModelForCausalLM, GPT2Config, GPT2LMHeadModel
    from transformers import LlamaConfig, LlamaForCausalLM

    if args[0] == "check":
        return
    if args[0] == "logits":
        model = AutoModelForCausalLM.from_pretrained(args[1], dtype=torch.float32).eval()
        with torch.no_grad():
            logits = model(torch.tensor([TOKENS])).logits[0]
        with open(args[2], "w", encoding="ascii") as out:
            for value in logits.flatten().tolist():
                out.write(f"{value!r}\n")
        return
    torch.manual_seed(3)
    if args[1] == "gpt2":
        config = GPT2Config(vocab_size=11, n_positions=12, n_embd=8, n_layer=2, n_head=2)
        model = GPT2LMHeadModel(config)
    elif args[1] == "llama3":
        config = LlamaConfig(
            vocab_size=11, hidden_size=16, intermediate_size=24, num_hidden_layers=2,
            num_attention_heads=4, num_key_value_heads=2, max_position_embeddings=12,
            rope_scaling={"rope_type": "llama3", "factor": 4.0, "low_freq_factor": 1.0,
                          "high_freq_factor": 4.0, "original_max_position_embeddings": 8},
            tie_word_embeddings=True)
        model = LlamaForCausalLM(config)
    else:
        config = LlamaConfig(
            vocab_size=11, hidden_size=16, intermediate_size=24, num_hidden_layers=2,
            num_attention_heads=4, num_key_value_heads=4, max_position_embeddings=12,
            tie_word_embeddings=False)
        model = LlamaForCausalLM(config)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.2)
    model.save_pretrained(args[2], max_shard_size="4KB")


main(sys.argv[1:])
