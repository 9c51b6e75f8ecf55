@NullMarked
package dev.sampo.launcher.train;

import org.jspecify.annotations.NullMarked;
