/**
 * One job on one node: replicas of parameter shards, workers, the parameter mirror they share, and,
 * on one node of the cluster, the coordinator. Each actor is a shell: message, core call, effects.
 * Off-heap memory and blocking work have their own dispatchers.
 */
@NullMarked
package dev.sampo.actors.job;

import org.jspecify.annotations.NullMarked;
