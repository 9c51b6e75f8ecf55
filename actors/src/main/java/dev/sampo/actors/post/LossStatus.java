package dev.sampo.actors.post;

import dev.sampo.protocol.Configuration;
import dev.sampo.protocol.coordinator.Loss;
import org.jspecify.annotations.Nullable;

/**
 * Whether a majority of the voters answers.
 *
 * @param inForce the configuration that one has chosen; null while none does, and while there is no
 *     job
 * @param loss that none answers; null while that is not known
 */
public record LossStatus(@Nullable Configuration inForce, @Nullable Loss loss) implements Wire {
  /** Nobody could be asked. */
  public static final LossStatus UNKNOWN = new LossStatus(null, null);
}
