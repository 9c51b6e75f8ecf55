/** Tests of models as flat vectors, and {@code HandRun}, a training run to be started by hand. */
@NullMarked
package dev.sampo.model;

import org.jspecify.annotations.NullMarked;
