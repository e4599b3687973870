import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.Client;
import io.etcd.jetcd.ClientBuilder;
import io.etcd.jetcd.KV;
import io.etcd.jetcd.Lease;
import io.etcd.jetcd.Watch;
import io.etcd.jetcd.election.CampaignResponse;
import io.etcd.jetcd.op.Cmp;
import io.etcd.jetcd.op.CmpTarget;
import io.etcd.jetcd.op.Op;
import io.etcd.jetcd.options.GetOption;
import io.etcd.jetcd.options.LeaseOption;
import io.etcd.jetcd.options.PutOption;
import io.etcd.jetcd.options.WatchOption;
import java.io.File;

/**
 * What a user with a password does over mutual TLS, through the Java client jetcd. Arguments: the server's address, the files of
 * its authority and of the certificate and key to show, the user's name and password. The user may read and write what begins
 * with {@code app/}; lease 4711 holds a key elsewhere.
 *
 * <p>What the program asks of the test, each answered by a line: RESTART has the server killed and started again, DROP ends all
 * of the user's tokens, LOGINS asks how often the user has logged in so far.
 */
final class Secured {
  private static final String DENIED = "etcdserver: permission denied";
  private static final PutOption SURELY = PutOption.builder().withAutoRetry().build();
  private final String[] arguments;
  private Client client;
  private KV kv;
  private final Told.Seen followed = new Told.Seen();

  private Secured(String[] arguments) {
    this.arguments = arguments;
  }

  public static void main(String[] arguments) {
    Secured secured = new Secured(arguments);
    Told.tell(
        new Told.Part("login", secured::login),
        new Told.Part("keys", secured::keys),
        new Told.Part("leases", secured::leases),
        new Told.Part("watches", secured::watches),
        new Told.Part("locks", secured::locks),
        new Told.Part("tokens", secured::tokens));
  }

  private ClientBuilder over(String password) throws Exception {
    return Client.builder()
        .endpoints("https://" + arguments[0])
        .sslContext(tls -> tls.trustManager(new File(arguments[1])).keyManager(new File(arguments[2]), new File(arguments[3])))
        .user(Told.bytes(arguments[4]))
        .password(Told.bytes(password));
  }

  private static KV kv(Client client) {
    return client.getKVClient();
  }

  private void login() throws Exception {
    try (Client wrong = over("guess").build()) {
      Told.refused("a wrong password", kv(wrong).get(Told.bytes("app/a")),
          "etcdserver: authentication failed, invalid user ID or password");
    }
    client = over(arguments[5]).build();
    kv = client.getKVClient();
    Told.got(kv.put(Told.bytes("app/a"), Told.bytes("1")));
  }

  private void keys() throws Exception {
    Told.equal("value", Told.text(Told.got(kv.get(Told.bytes("app/a"))).getKvs().get(0).getValue()), "1");
    Told.equal("all inside", Told.got(kv.get(Told.bytes("app/"), GetOption.builder().isPrefix(true).build())).getCount(), 1L);
    Op inside = Op.put(Told.bytes("app/b"), Told.bytes("2"), PutOption.DEFAULT);
    Op outside = Op.get(Told.bytes("other/a"), GetOption.DEFAULT);
    Told.equal("transaction", Told.got(kv.txn().Then(inside).commit()).isSucceeded(), true);
    Told.refused("a read elsewhere", kv.get(Told.bytes("other/a")), DENIED);
    Told.refused("a read of everything", kv.get(Told.bytes("\0"), GetOption.builder().withRange(Told.bytes("\0")).build()), DENIED);
    Told.refused("a write elsewhere", kv.put(Told.bytes("other/a"), Told.bytes("x")), DENIED);
    Told.refused("a delete elsewhere", kv.delete(Told.bytes("other/a")), DENIED);
    Told.refused("a transaction that is partly elsewhere", kv.txn().Then(inside).Else(outside).commit(), DENIED);
    Told.refused("a compare elsewhere",
        kv.txn().If(new Cmp(Told.bytes("other/a"), Cmp.Op.EQUAL, CmpTarget.version(0))).Then(inside).commit(), DENIED);
    Told.refused("what only root may do", kv.compact(1), DENIED);
    Told.refused("all users", client.getAuthClient().userList(), DENIED);
  }

  private void leases() throws Exception {
    Lease leases = client.getLeaseClient();
    long id = Told.got(leases.grant(60)).getID();
    Told.got(kv.put(Told.bytes("app/leased"), ByteSequence.EMPTY, PutOption.builder().withLeaseId(id).build()));
    Told.equal("renewed", Told.got(leases.keepAliveOnce(id)).getTTL(), 60L);
    LeaseOption keys = LeaseOption.builder().withAttachedKeys().build();
    Told.equal("attached", Told.got(leases.timeToLive(id, keys)).getKeys().size(), 1);
    Told.got(leases.revoke(id));
    Told.equal("gone", Told.got(kv.get(Told.bytes("app/leased"))).getCount(), 0L);
    Told.refused("renewing another's", leases.keepAliveOnce(4711), DENIED);
    Told.refused("the keys of another's", leases.timeToLive(4711, keys), DENIED);
    Told.refused("revoking another's", leases.revoke(4711), DENIED);
    Told.refused("a key on another's",
        kv.put(Told.bytes("app/c"), ByteSequence.EMPTY, PutOption.builder().withLeaseId(4711).build()), DENIED);
  }

  /** A refusal comes as an answer on a stream that stays; this library then asks again and again. */
  private void watches() throws Exception {
    Told.Seen refused = new Told.Seen();
    WatchOption prefix = WatchOption.builder().isPrefix(true).build();
    Watch.Watcher elsewhere =
        client.getWatchClient().watch(Told.bytes("other/"), prefix, refused::response, refused::error);
    Told.says("a watch elsewhere", Told.next("a refusal", refused.errors), DENIED);
    Told.says("the same again", Told.next("another refusal", refused.errors), DENIED);
    elsewhere.close();
    long now = Told.got(kv.get(Told.bytes("app/a"))).getHeader().getRevision();
    WatchOption option = WatchOption.builder().isPrefix(true).withRevision(now + 1).build();
    client.getWatchClient().watch(Told.bytes("app/followed"), option, followed::response, followed::error);
    follow("first");
  }

  private void follow(String value) throws Exception {
    Told.got(kv.put(Told.bytes("app/followed"), Told.bytes(value), SURELY));
    followed.next("PUT app/followed=" + value);
  }

  private void locks() throws Exception {
    long id = Told.got(client.getLeaseClient().grant(60)).getID();
    ByteSequence held = Told.got(client.getLockClient().lock(Told.bytes("app/lock"), id)).getKey();
    Told.equal("lock", Told.text(held), "app/lock/" + Long.toHexString(id));
    Told.got(client.getLockClient().unlock(held));
    Told.refused("a lock elsewhere", client.getLockClient().lock(Told.bytes("other/lock"), id), DENIED);
    CampaignResponse won = Told.got(client.getElectionClient().campaign(Told.bytes("app/chair"), id, Told.bytes("me")));
    Told.equal("leader", Told.text(Told.got(client.getElectionClient().leader(Told.bytes("app/chair"))).getKv().getValue()), "me");
    Told.got(client.getElectionClient().resign(won.getLeader()));
    Told.refused("an election elsewhere",
        client.getElectionClient().campaign(Told.bytes("other/chair"), id, Told.bytes("me")), DENIED);
    Told.got(client.getLeaseClient().revoke(id));
  }

  /** Tokens that end are replaced by the library; those that outlive a restart are not. A watch outlives both. */
  private void tokens() throws Exception {
    int before = Integer.parseInt(Told.ask("LOGINS"));
    Told.ask("DROP");
    follow("with a new token");
    Told.equal("logins after a drop", Integer.parseInt(Told.ask("LOGINS")), before + 1);
    Told.ask("RESTART");
    follow("with the same token");
    Told.equal("logins after a restart", Integer.parseInt(Told.ask("LOGINS")), before + 1);
    Told.refused("elsewhere, still", kv.put(Told.bytes("other/a"), Told.bytes("x")), DENIED);
  }
}
