/**
 * {@code sampo demo}: trains a small model on three node processes, kills two of them on the way,
 * and shows what it cost.
 *
 * <p>{@link dev.sampo.launcher.demo.Demo} is the script, {@link dev.sampo.launcher.demo.DemoPlan}
 * its moments, {@link dev.sampo.launcher.demo.Appraisal} what the trained model is worth, {@link
 * dev.sampo.launcher.demo.DemoReport} what is written down, {@link dev.sampo.launcher.demo.Screen}
 * what is seen.
 *
 * <p>Threading: one thread, the command's.
 *
 * <p>Must not know: how the cluster recovers. It looks from outside, as an operator would.
 */
@NullMarked
package dev.sampo.launcher.demo;

import org.jspecify.annotations.NullMarked;
