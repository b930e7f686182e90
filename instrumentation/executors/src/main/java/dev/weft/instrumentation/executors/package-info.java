/**
 * Carries the request that a thread works for to the threads that it hands work to: thread pools,
 * CompletableFuture and its dependents, fork/join tasks, virtual threads. Tasks are never wrapped,
 * since priority queues, {@code remove()} and rejection handlers depend on their identity: what a
 * task carries is attached to it from outside. Nothing but context is touched here.
 */
@NullMarked
package dev.weft.instrumentation.executors;

import org.jspecify.annotations.NullMarked;
