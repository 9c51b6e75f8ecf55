@NullMarked
package dev.sampo.launcher.ledger;

import org.jspecify.annotations.NullMarked;
