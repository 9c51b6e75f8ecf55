/** Shows that the simulator finds what is wrong, and that nothing is. */
@NullMarked
package dev.sampo.simulation;

import org.jspecify.annotations.NullMarked;
