package dev.sampo.config;

/** Which devices may work on a job together. */
public enum KernelClass {
  /** Only devices that give the same bits: the result does not depend on the machines. */
  ONE,
  /** Any devices: correct, but not reproducible bit for bit. */
  MIXED
}
