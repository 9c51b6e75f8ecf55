/** Tests of the settings: every fault's whole text, every example, the canonical job. */
@NullMarked
package dev.sampo.config;

import org.jspecify.annotations.NullMarked;
