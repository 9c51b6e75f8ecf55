/**
 * The register of a job: voters who keep it, and terms that order those who write it. This is where
 * safety against two coordinators comes from.
 */
@NullMarked
package dev.sampo.protocol.register;

import org.jspecify.annotations.NullMarked;
