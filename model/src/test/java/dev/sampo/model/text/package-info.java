/** Tests of corpora and baselines. */
@NullMarked
package dev.sampo.model.text;

import org.jspecify.annotations.NullMarked;
