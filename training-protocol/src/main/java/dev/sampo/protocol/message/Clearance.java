package dev.sampo.protocol.message;

/** Whether the audits of a step are done. */
public enum Clearance {
  /** What an owner has gathered may be wrong: it holds it for nobody yet. */
  AWAITED,
  /** Its audited slots were compared, or cannot be: the gradient may be held and applied. */
  GIVEN
}
