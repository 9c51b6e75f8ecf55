/**
 * The control plane: what crosses between nodes, and the {@link dev.sampo.actors.post.Post} that
 * carries it, beats with it, and knows from the beats who is alive. It reads no message's content
 * but what it keeps for the status.
 */
@NullMarked
package dev.sampo.actors.post;

import org.jspecify.annotations.NullMarked;
