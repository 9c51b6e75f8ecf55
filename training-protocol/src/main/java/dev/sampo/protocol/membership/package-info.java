/**
 * Who is alive, by their own beats. Suspicion decides only when something is tried again, never
 * what is true, so its time-outs may be short.
 */
@NullMarked
package dev.sampo.protocol.membership;

import org.jspecify.annotations.NullMarked;
