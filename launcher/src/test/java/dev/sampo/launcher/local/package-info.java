@NullMarked
package dev.sampo.launcher.local;

import org.jspecify.annotations.NullMarked;
