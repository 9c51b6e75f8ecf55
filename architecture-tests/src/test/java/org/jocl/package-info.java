/** Stands in for a native binding, so that the rule on those can be shown to fail. */
@NullMarked
package org.jocl;

import org.jspecify.annotations.NullMarked;
