package dev.sampo.device;

/**
 * What a device is.
 *
 * @param name as in {@link Device#name}
 * @param kind such as {@code cpu}
 * @param model what its maker calls it
 * @param threads that compute
 * @param memoryBytes of the machine or the card, in all
 * @param products what computes matrix products, and why that
 */
public record DeviceFacts(
    String name, String kind, String model, int threads, long memoryBytes, String products) {}
