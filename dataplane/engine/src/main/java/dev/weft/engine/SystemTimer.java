package dev.weft.engine;

import dev.weft.engine.spi.Timer;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The system's clock, and one daemon thread, which starts with the first task.
 *
 * <p>Nearly all tasks are timeouts that are cancelled long before they are due. So a request's
 * thread does no more than push a task on a stack, and clear it again; sorting is for the timer's
 * thread, which looks at the stack now and then, when most of what lies there is cancelled.
 */
public final class SystemTimer implements Timer {

  /** How long a task may lie on the stack; as long as requests come, the thread wakes as often. */
  private static final long COLLECTION_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  private static final long LONGEST_DELAY_NANOS = Long.MAX_VALUE / 4;

  /** While there is no memory to go on with. */
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

  /** Cancelled tasks are swept out when there may be more of them than that, and than others. */
  private static final int SWEPT = 1_000;

  private final AtomicReference<@Nullable Task> added = new AtomicReference<>();
  private final AtomicReference<@Nullable Thread> thread = new AtomicReference<>();

  /** When the thread looks at the stack by itself; what is due before has to wake it. */
  private volatile long looksAt = System.nanoTime();

  // The timer's thread's alone
  private final PriorityQueue<Task> sorted =
      new PriorityQueue<>(
          Comparator.comparing((Task task) -> task, SystemTimer::byTime)
              .thenComparingLong(task -> task.order));
  private @Nullable Task unsorted;
  private long order;
  private int leftBySweep;

  @Override
  public long nanoTime() {
    return System.nanoTime();
  }

  @Override
  public long currentTimeMillis() {
    return System.currentTimeMillis();
  }

  @Override
  public Runnable schedule(long delayNanos, Runnable task) {
    // Times are compared by their difference, which must not overflow.
    long delay = Math.max(0, Math.min(delayNanos, LONGEST_DELAY_NANOS));
    Task scheduled = new Task(System.nanoTime() + delay, task);
    Thread sorter = thread.get();
    if (sorter == null) {
      sorter = start();
    }
    Task before;
    do {
      before = added.get();
      scheduled.next = before;
    } while (!added.compareAndSet(before, scheduled));
    if (scheduled.time - looksAt < 0) {
      LockSupport.unpark(sorter);
    }
    return scheduled;
  }

  private Thread start() {
    // It inherits nothing of whichever application thread happens to come first.
    Thread started = new Thread(null, this::work, "weft-timer", 0, false);
    started.setDaemon(true);
    started.setContextClassLoader(SystemTimer.class.getClassLoader());
    while (!thread.compareAndSet(null, started)) {
      Thread other = thread.get();
      if (other != null) {
        return other;
      }
    }
    try {
      started.start();
    } catch (Throwable e) {
      // No memory for another thread now: the next task tries again.
      thread.set(null);
      throw e;
    }
    return started;
  }

  private void work() {
    while (true) {
      try {
        boolean collecting = collect();
        runDue();
        rest(collecting);
      } catch (Throwable e) {
        // No memory, say: without this thread nothing would ever time out again.
        LockSupport.parkNanos(this, PAUSE_NANOS);
      }
      // An interrupt would have it never rest again.
      Thread.interrupted();
    }
  }

  /**
   * @return whether anything was added
   */
  private boolean collect() {
    boolean any = unsorted != null;
    if (unsorted == null) {
      Task task = added.getAndSet(null);
      any = task != null;
      while (task != null) {
        Task before = task.next;
        task.next = unsorted;
        unsorted = task;
        task = before;
      }
    }
    for (Task task = unsorted; task != null; task = unsorted) {
      if (task.isScheduled()) {
        task.order = order++;
        sorted.add(task);
      }
      unsorted = task.next;
      task.next = null;
    }
    if (sorted.size() > SWEPT + 2 * leftBySweep) {
      sorted.removeIf(task -> !task.isScheduled());
      leftBySweep = sorted.size();
    }
    return any;
  }

  private void runDue() {
    for (Task task = sorted.peek();
        task != null && (!task.isScheduled() || task.time - System.nanoTime() <= 0);
        task = sorted.peek()) {
      sorted.poll();
      task.perform();
    }
  }

  /** Until the next task is due, or there is something to collect. */
  private void rest(boolean collecting) {
    long now = System.nanoTime();
    Task next = sorted.peek();
    long until = next == null ? now + Long.MAX_VALUE / 2 : next.time;
    if (collecting && until - now > COLLECTION_NANOS) {
      until = now + COLLECTION_NANOS;
    }
    // Who sees that nobody is collecting wakes the thread, whenever his task is due.
    long looks = collecting ? until : now + Long.MAX_VALUE / 2;
    looksAt = looks;
    // What was added before that was seen is looked for now: it didn't wake anybody.
    for (Task task = added.get(); task != null; task = task.next) {
      if (task.time - looks < 0) {
        return;
      }
    }
    long nanos = until - System.nanoTime();
    if (nanos > 0) {
      LockSupport.parkNanos(this, nanos);
    }
  }

  private static int byTime(Task one, Task other) {
    return Long.signum(one.time - other.time);
  }

  /** Holds what is to be run until it is run or cancelled; run by others, it is cancelled. */
  private static final class Task extends AtomicReference<@Nullable Runnable> implements Runnable {

    private static final long serialVersionUID = 1;

    private final long time;
    private transient @Nullable Task next;
    private long order;

    Task(long time, Runnable task) {
      super(task);
      this.time = time;
    }

    boolean isScheduled() {
      return get() != null;
    }

    void perform() {
      Runnable task = getAndSet(null);
      if (task != null) {
        try {
          task.run();
        } catch (Throwable e) {
          // Whose task it is has to see to that; the others' are to be run all the same.
        }
      }
    }

    @Override
    public void run() {
      set(null);
    }
  }
}
