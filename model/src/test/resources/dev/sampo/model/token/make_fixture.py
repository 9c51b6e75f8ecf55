"""Makes the tokenizer of the tests, and what it makes of some texts: tokenizers 0.22 wrote it.

Run in this folder: python make_fixture.py
"""
import json

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

SENTENCES = [
    "public static final int LIMIT = 16;",
    "the quick brown fox jumps over the lazy dog, again and again and again",
    "return this.value == other.value && this.name.equals(other.name);",
    "Grüße aus Köln – naïve café, 日本語 и русский",
]
TEXTS = SENTENCES + ["", " ", "\n\n  two lines\n", "an unseen wörd 🙂 ends <|endoftext|> here"]

tokenizer = Tokenizer(models.BPE())
tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
tokenizer.decoder = decoders.ByteLevel()
tokenizer.train_from_iterator(
    SENTENCES,
    trainers.BpeTrainer(
        vocab_size=320,
        special_tokens=["<|endoftext|>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
    ),
)
tokenizer.save("tokenizer.json", pretty=False)
cases = [{"text": t, "tokens": tokenizer.encode(t, add_special_tokens=False).ids} for t in TEXTS]
with open("cases.json", "w", encoding="utf-8") as out:
    json.dump(cases, out, ensure_ascii=True, indent=0)
