/**
 * What a model is worth on a text: {@link dev.sampo.model.evaluate.Evaluation}.
 *
 * <p>One thread, the device's.
 */
@NullMarked
package dev.sampo.model.evaluate;

import org.jspecify.annotations.NullMarked;
