/**
 * What {@code sampo bench} can measure: each {@link dev.sampo.launcher.Bench} in the package of
 * what it measures, named in {@code META-INF/services}. A bench compares inside one run, prints
 * both sides, and fails if what it computed is wrong. Nothing of ours depends on this module.
 */
@NullMarked
package dev.sampo.bench;

import org.jspecify.annotations.NullMarked;
