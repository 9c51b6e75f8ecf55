package dev.sampo.config;

import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;

/**
 * Where a job's first parameters come from, if not from its seed. The folder is not part of the
 * job's identity: their hash is.
 *
 * @param folder of a model in Hugging Face's layout; empty where the seed, or a hash alone, says
 * @param sha256 that the parameters must have, or have: 64 lower-case hexadecimal digits
 * @param described the keys of the model's section that a person wrote, which the folder's model
 *     must agree with
 */
public record FirstParameters(
    Optional<Path> folder, Optional<String> sha256, Set<String> described) {
  /** Copies the set. */
  public FirstParameters {
    described = Set.copyOf(described);
  }
}
