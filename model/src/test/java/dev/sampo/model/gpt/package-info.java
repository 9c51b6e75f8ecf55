/** Tests of the GPT-2 family. */
@NullMarked
package dev.sampo.model.gpt;

import org.jspecify.annotations.NullMarked;
