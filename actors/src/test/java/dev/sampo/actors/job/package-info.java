@NullMarked
package dev.sampo.actors.job;

import org.jspecify.annotations.NullMarked;
