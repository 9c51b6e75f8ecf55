package dev.sampo.config;

import java.nio.file.Path;
import java.util.Optional;

/**
 * How tensors travel, in Aeron's terms.
 *
 * @param driver the Aeron folder of a media driver that runs already; empty: one in this process
 * @param mtuBytes largest datagram: a multiple of 32, 1,408 to 65,504
 * @param termBytes length of a term: a power of two. A stream costs three terms at the sender and
 *     three at each receiver, in shared memory
 * @param windowBytes what may be under way unacknowledged; the socket buffers are set to it
 */
public record DataPlaneConfig(
    Optional<Path> driver, int mtuBytes, int termBytes, int windowBytes) {}
