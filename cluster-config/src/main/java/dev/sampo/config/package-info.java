/**
 * What a person may set, read from HOCON into immutable records that are valid by construction.
 *
 * <p>{@link dev.sampo.config.SampoConfig#load} is the one way in: it layers overrides over files
 * over {@code reference.conf}, checks everything, and either returns a whole {@link
 * dev.sampo.config.SampoConfig} or throws {@link dev.sampo.config.ConfigFaults} with <em>every</em>
 * fault found, so that nobody mends a file one error at a time. {@link dev.sampo.config.PinnedJob}
 * is the part of a job that fixes its bits; its canonical text is what the cluster agrees on.
 *
 * <p>Threading: records are immutable; reading happens on the caller's thread.
 *
 * <p>Must not know: Pekko, Aeron or any other module of ours. It opens no socket and, beyond the
 * files it is asked to read, no file; whether a folder exists or a port is free is for those who
 * use them to say.
 */
@NullMarked
package dev.sampo.config;

import org.jspecify.annotations.NullMarked;
