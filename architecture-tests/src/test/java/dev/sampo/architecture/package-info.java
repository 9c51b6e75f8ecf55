/**
 * The rules that the build keeps: which module may use which, which library belongs to which
 * module, what the pure core may not touch, and names that say nothing.
 *
 * <p>{@link dev.sampo.architecture.House} makes the rules for a root package. They are checked for
 * {@code dev.sampo}, and shown to fail for {@code dev.sampo.planted}, whose classes break one each.
 */
@NullMarked
package dev.sampo.architecture;

import org.jspecify.annotations.NullMarked;
