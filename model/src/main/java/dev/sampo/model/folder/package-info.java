/**
 * Models as folders that other tools read, in Hugging Face's layout: {@link
 * dev.sampo.model.folder.ModelFolder} reads and writes both families, a {@code Dialect} knows one
 * family's {@code config.json} and names.
 *
 * <p>Any thread.
 */
@NullMarked
package dev.sampo.model.folder;

import org.jspecify.annotations.NullMarked;
