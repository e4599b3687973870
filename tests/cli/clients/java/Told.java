import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.watch.WatchEvent;
import io.etcd.jetcd.watch.WatchResponse;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** What the programs share: words for the test that started them, and what ends them with status 1. */
final class Told {
  static final long SECONDS = 30;
  private static final BufferedReader INPUT =
      new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));

  private Told() {}

  interface Work {
    void run() throws Exception;
  }

  record Part(String name, Work work) {}

  /** Runs parts one after the other; the first thing that is not as it must be ends the program. */
  static void tell(Part... parts) {
    try {
      for (Part part : parts) {
        long started = System.nanoTime();
        part.work().run();
        long took = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - started);
        System.out.printf("%s: as it must be (%d ms)%n", part.name(), took);
      }
    } catch (Throwable failure) {
      failure.printStackTrace();
      System.exit(1);
    }
    System.exit(0);
  }

  /** Asks the test for something, and gives its answer. */
  static String ask(String what) throws IOException {
    System.out.println(what);
    return INPUT.readLine();
  }

  static void equal(String what, Object have, Object want) {
    if (!Objects.equals(have, want)) {
      throw new AssertionError(what + ": have " + have + ", want " + want);
    }
  }

  /** The result of a call that must succeed. */
  static <T> T got(CompletableFuture<T> answer) throws Exception {
    return answer.get(SECONDS, TimeUnit.SECONDS);
  }

  static void refused(String what, CompletableFuture<?> answer, String text) throws Exception {
    try {
      got(answer);
    } catch (java.util.concurrent.ExecutionException failure) {
      says(what, failure, text);
      return;
    }
    throw new AssertionError(what + ": not refused");
  }

  /** Whatever the library makes of a refusal, something in it holds the server's own words. */
  static void says(String what, Throwable failure, String text) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause.toString().endsWith(text)) {
        return;
      }
    }
    throw new AssertionError(what + ": refused otherwise", failure);
  }

  static ByteSequence bytes(String text) {
    return ByteSequence.from(text, StandardCharsets.UTF_8);
  }

  static String text(ByteSequence bytes) {
    return bytes.toString(StandardCharsets.UTF_8);
  }

  /** The next thing out of a queue, within a time. */
  static <T> T next(String what, BlockingQueue<T> queue) throws InterruptedException {
    T item = queue.poll(SECONDS, TimeUnit.SECONDS);
    if (item == null) {
      throw new AssertionError(what + ": nothing came");
    }
    return item;
  }

  /** Watch events as text, and errors, each in the order in which they came. */
  static final class Seen {
    final BlockingQueue<String> events = new LinkedBlockingQueue<>();
    final BlockingQueue<Throwable> errors = new LinkedBlockingQueue<>();

    void response(WatchResponse response) {
      if (response.isCreatedNotify()) {
        events.add("created");
      }
      for (WatchEvent event : response.getEvents()) {
        events.add(event.getEventType() + " " + text(event.getKeyValue().getKey()) + "="
            + text(event.getKeyValue().getValue()));
      }
    }

    void error(Throwable error) {
      errors.add(error);
    }

    void next(String event) throws InterruptedException {
      equal("event", Told.next(event, events), event);
    }
  }
}
