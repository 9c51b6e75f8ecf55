/** How the slots of a step are shared out among workers of unequal speed. */
@NullMarked
package dev.sampo.protocol.lease;

import org.jspecify.annotations.NullMarked;
