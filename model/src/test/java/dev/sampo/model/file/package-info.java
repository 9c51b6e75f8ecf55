/** Tests of folders that appear whole. */
@NullMarked
package dev.sampo.model.file;

import org.jspecify.annotations.NullMarked;
