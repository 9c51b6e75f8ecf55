/**
 * Classes that break the rules of the house on purpose, one each, to show that the rules can fail.
 * Their packages mirror those of the modules; only {@code PlantedTest} reads them.
 */
@NullMarked
package dev.sampo.planted;

import org.jspecify.annotations.NullMarked;
