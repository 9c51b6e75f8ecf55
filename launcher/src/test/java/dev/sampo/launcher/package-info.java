/** Tests of the front door: what a person reads, and the exit codes. */
@NullMarked
package dev.sampo.launcher;

import org.jspecify.annotations.NullMarked;
