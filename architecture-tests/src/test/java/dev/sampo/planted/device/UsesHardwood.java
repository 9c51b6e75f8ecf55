package dev.sampo.planted.device;

import dev.hardwood.InputFile;

/** Breaks a rule on purpose. */
public record UsesHardwood(InputFile used) {}
