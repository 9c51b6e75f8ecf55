@NullMarked
package dev.sampo.launcher.demo;

import org.jspecify.annotations.NullMarked;
