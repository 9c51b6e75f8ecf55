/**
 * Files that are whole or not there, and that are not believed: {@link
 * dev.sampo.model.file.WholeFolder} writes folders in one step, {@link
 * dev.sampo.model.file.TensorFiles} reads safetensors, single or sharded, {@link
 * dev.sampo.model.file.TensorWriter} writes them.
 *
 * <p>Any thread; two writers of one folder do not harm each other, one of them is refused.
 */
@NullMarked
package dev.sampo.model.file;

import org.jspecify.annotations.NullMarked;
