package dev.sampo.planted.model;

import org.apache.pekko.actor.typed.ActorRef;

/** Breaks a rule on purpose. */
public record UsesPekko(ActorRef<?> used) {}
