package dev.weft.engine.outbound;

import dev.weft.engine.HeaderEdits;
import dev.weft.engine.RequestContext;
import dev.weft.engine.outbound.OutboundStep.Done;
import dev.weft.engine.outbound.OutboundStep.Pass;
import dev.weft.engine.outbound.OutboundStep.Wait;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A call that may be the mesh's, as soon as configuration says so: it waits for name tables and
 * then for its listener, and becomes a {@link ForwardedCall} or passes. Nothing counts it before.
 */
final class UnresolvedCall implements OutboundCall {

  private final OutboundRouter router;
  private final OutboundRequest request;
  private final @Nullable RequestContext parent;

  private boolean askedForNames;
  private boolean askedForListener;
  private volatile @Nullable CompletableFuture<@Nullable Void> waiting;
  private @Nullable OutboundStep decided;
  private volatile @Nullable ForwardedCall resolved;
  private volatile boolean cancelled;

  UnresolvedCall(OutboundRouter router, OutboundRequest request, @Nullable RequestContext parent) {
    this.router = router;
    this.request = request;
    this.parent = parent;
  }

  @Override
  public OutboundStep next() {
    ForwardedCall call = resolved;
    if (call != null) {
      return call.next();
    }
    OutboundStep step = decided;
    if (step == null) {
      step = cancelled ? decide(new Done(null, HeaderEdits.NONE)) : resolve();
    }
    return step;
  }

  private OutboundStep resolve() {
    CompletableFuture<@Nullable Void> until = waiting;
    if (until != null && !until.isDone()) {
      return new Wait(until);
    }
    OutboundSnapshot snapshot = router.snapshot();
    RoutingTable table = snapshot.find(request, router.address());
    if (table.isHeld()) {
      ForwardedCall call = new ForwardedCall(router, request, parent, snapshot, table);
      resolved = call;
      if (cancelled) {
        call.cancelled();
      }
      return call.next();
    }
    until = null;
    if (table == OutboundSnapshot.NAMES_UNKNOWN && !askedForNames) {
      askedForNames = true;
      until = router.namesKnown();
    } else if (table == OutboundSnapshot.NOT_HELD && !askedForListener) {
      askedForListener = true;
      until = router.demand(snapshot.listener(request));
    }
    if (until == null) {
      return decide(Pass.INSTANCE);
    }
    waiting = until;
    if (cancelled) {
      until.complete(null);
    }
    return new Wait(until);
  }

  private OutboundStep decide(OutboundStep step) {
    decided = step;
    return step;
  }

  @Override
  public void cancelled() {
    cancelled = true;
    CompletableFuture<@Nullable Void> until = waiting;
    if (until != null) {
      until.complete(null);
    }
    ForwardedCall call = resolved;
    if (call != null) {
      call.cancelled();
    }
  }

  @Override
  public @Nullable String routeName() {
    ForwardedCall call = resolved;
    return call == null ? null : call.routeName();
  }
}
