import io.etcd.jetcd.Client;
import io.etcd.jetcd.KV;
import io.etcd.jetcd.Watch;
import io.etcd.jetcd.options.PutOption;
import io.etcd.jetcd.options.WatchOption;
import java.util.concurrent.TimeUnit;

/**
 * A watch that outlives the token it was asked for with. Arguments: the address of a server whose tokens end after a second, the
 * name and password of a user who may read and write what begins with {@code app/}.
 */
final class Outliving {
  private static final long PAST_THE_END_MILLIS = 1200;

  public static void main(String[] arguments) {
    Told.tell(new Told.Part("watches outlive tokens", () -> outlive(arguments)));
  }

  private static void outlive(String[] arguments) throws Exception {
    Client client = Client.builder().endpoints("http://" + arguments[0]).user(Told.bytes(arguments[1]))
        .password(Told.bytes(arguments[2])).build();
    KV kv = client.getKVClient();
    Told.Seen seen = new Told.Seen();
    PutOption surely = PutOption.builder().withAutoRetry().build();
    long now = Told.got(kv.put(Told.bytes("app/before"), Told.bytes("x"))).getHeader().getRevision();
    client.getWatchClient().watch(Told.bytes("app/"),
        WatchOption.builder().isPrefix(true).withCreateNotify(true).withRevision(now + 1).build(), seen::response, seen::error);
    seen.next("created");
    // Until then the token may have ended under way.
    seen.errors.clear();
    for (int i = 0; i < 4; i++) {
      // Each of these is refused first, for a token that has ended, and made again by the library with another one.
      TimeUnit.MILLISECONDS.sleep(PAST_THE_END_MILLIS);
      Told.got(kv.put(Told.bytes("app/" + i), Told.bytes("v"), surely));
      seen.next("PUT app/" + i + "=v");
    }
    Told.equal("the watch was never refused", seen.errors.size(), 0);

    // A watch that is asked for with a token that has ended is refused by an answer; the library logs in and asks again.
    TimeUnit.MILLISECONDS.sleep(PAST_THE_END_MILLIS);
    Told.Seen late = new Told.Seen();
    Watch.Watcher second = client.getWatchClient().watch(Told.bytes("app/late"),
        WatchOption.builder().withRevision(now + 1).build(), late::response, late::error);
    Told.says("a token that has ended", Told.next("a refusal", late.errors), "etcdserver: invalid auth token");
    Told.got(kv.put(Told.bytes("app/late"), Told.bytes("v"), surely));
    late.next("PUT app/late=v");
    second.close();
    // The other one is still there.
    seen.next("PUT app/late=v");
    Told.equal("and was never refused", seen.errors.size(), 0);
    elsewhere(client);
  }

  private static void elsewhere(Client client) throws Exception {
    Told.Seen seen = new Told.Seen();
    WatchOption prefix = WatchOption.builder().isPrefix(true).build();
    try (Watch.Watcher watcher = client.getWatchClient().watch(Told.bytes("other/"), prefix, seen::response, seen::error)) {
      Throwable refusal = Told.next("a refusal", seen.errors);
      while (refusal.toString().endsWith("etcdserver: invalid auth token")) {
        refusal = Told.next("another refusal", seen.errors);
      }
      Told.says("a watch elsewhere", refusal, "etcdserver: permission denied");
    }
  }
}
