/**
 * Folders that appear whole or not at all: {@link dev.sampo.model.file.WholeFolder}.
 *
 * <p>Any thread; two writers of one folder do not harm each other, one of them is refused.
 */
@NullMarked
package dev.sampo.model.file;

import org.jspecify.annotations.NullMarked;
