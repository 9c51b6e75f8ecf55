package dev.sampo.planted.device;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;

/** Breaks a rule on purpose. */
public record UsesTokenizers(HuggingFaceTokenizer used) {}
