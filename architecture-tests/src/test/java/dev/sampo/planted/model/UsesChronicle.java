package dev.sampo.planted.model;

import net.openhft.chronicle.map.ChronicleMap;

/** Breaks a rule on purpose. */
public record UsesChronicle(ChronicleMap<?, ?> used) {}
