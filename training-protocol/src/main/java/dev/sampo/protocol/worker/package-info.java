/**
 * What a worker has been granted, what it has finished and who has it, and which parameters its
 * node still lacks. It knows nothing of devices: the shell computes what it is told to.
 */
@NullMarked
package dev.sampo.protocol.worker;

import org.jspecify.annotations.NullMarked;
