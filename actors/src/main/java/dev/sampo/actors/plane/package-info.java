/**
 * The data plane as actors see it: the tensor plane of {@code gradient-sync}, and where arriving
 * tensors land. Landings run on the plane's agent thread and only find memory; deciding is left to
 * the actors that they tell.
 */
@NullMarked
package dev.sampo.actors.plane;

import org.jspecify.annotations.NullMarked;
