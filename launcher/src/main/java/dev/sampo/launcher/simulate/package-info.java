/**
 * {@code sampo simulate}: the protocol's simulator for people: progress, coverage, findings. One
 * thread; it knows nothing of how histories run.
 */
@NullMarked
package dev.sampo.launcher.simulate;

import org.jspecify.annotations.NullMarked;
