/**
 * Text to tokens and back: {@link dev.sampo.model.token.Tokenizer}, the 256 bytes by {@link
 * dev.sampo.model.token.ByteTokenizer}, and any {@code tokenizer.json} of Hugging Face's by {@link
 * dev.sampo.model.token.JsonTokenizer}, which alone knows the library that reads those.
 *
 * <p>Tokenizers may be used by any number of threads; a {@link dev.sampo.model.token.Detokenizer}
 * belongs to one.
 */
@NullMarked
package dev.sampo.model.token;

import org.jspecify.annotations.NullMarked;
