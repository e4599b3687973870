import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.Client;
import io.etcd.jetcd.Election;
import io.etcd.jetcd.KV;
import io.etcd.jetcd.Watch;
import io.etcd.jetcd.common.exception.CompactedException;
import io.etcd.jetcd.election.CampaignResponse;
import io.etcd.jetcd.election.LeaderResponse;
import io.etcd.jetcd.kv.GetResponse;
import io.etcd.jetcd.kv.PutResponse;
import io.etcd.jetcd.kv.TxnResponse;
import io.etcd.jetcd.lease.LeaseKeepAliveResponse;
import io.etcd.jetcd.lease.LeaseTimeToLiveResponse;
import io.etcd.jetcd.op.Cmp;
import io.etcd.jetcd.op.CmpTarget;
import io.etcd.jetcd.op.Op;
import io.etcd.jetcd.options.DeleteOption;
import io.etcd.jetcd.options.GetOption;
import io.etcd.jetcd.options.LeaseOption;
import io.etcd.jetcd.options.PutOption;
import io.etcd.jetcd.options.WatchOption;
import io.etcd.jetcd.support.CloseableClient;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Holds a conversation with a server through the Java client jetcd. It ends with status 1 and a message at the first thing
 * that is not as it must be. The server's address is the one argument. When the program prints RESTART it wants the server
 * killed and started again, and a line on its standard input afterwards.
 */
final class Session {
  private static final PutOption SURELY = PutOption.builder().withAutoRetry().build();
  private final Client client;
  private final KV kv;

  private Session(String endpoint) {
    client = Client.builder().endpoints("http://" + endpoint).build();
    kv = client.getKVClient();
  }

  public static void main(String[] arguments) {
    Session session = new Session(arguments[0]);
    Told.tell(
        new Told.Part("kv", session::kv),
        new Told.Part("txn", session::txn),
        new Told.Part("refusals", session::refusals),
        new Told.Part("members", session::members),
        new Told.Part("leases", session::leases),
        new Told.Part("locks", session::locks),
        new Told.Part("election", session::election),
        new Told.Part("watch", session::watch),
        new Told.Part("compaction", session::compaction));
  }

  private long put(String key, String value) throws Exception {
    return Told.got(kv.put(Told.bytes(key), Told.bytes(value))).getHeader().getRevision();
  }

  private GetResponse get(String key) throws Exception {
    return Told.got(kv.get(Told.bytes(key)));
  }

  private GetResponse all(String prefix) throws Exception {
    return Told.got(kv.get(Told.bytes(prefix), GetOption.builder().isPrefix(true).build()));
  }

  private void kv() throws Exception {
    for (int i = 0; i < 20; i++) {
      put(String.format("kv/%02d", i), Integer.toString(i));
    }
    GetResponse first = all("kv/");
    Told.equal("keys", first.getKvs().size(), 20);
    GetOption newest = GetOption.builder().isPrefix(true).withLimit(7).withSortField(GetOption.SortTarget.MOD)
        .withSortOrder(GetOption.SortOrder.DESCEND).build();
    GetResponse page = Told.got(kv.get(Told.bytes("kv/"), newest));
    Told.equal("page", page.getKvs().size(), 7);
    Told.equal("more", page.isMore(), true);
    Told.equal("count", page.getCount(), 20L);
    Told.equal("last written", Told.text(page.getKvs().get(0).getKey()), "kv/19");
    PutResponse put = Told.got(kv.put(Told.bytes("kv/00"), Told.bytes("again"), PutOption.builder().withPrevKV().build()));
    Told.equal("previous value", Told.text(put.getPrevKv().getValue()), "0");
    GetOption past = GetOption.builder().withRevision(first.getHeader().getRevision()).build();
    Told.equal("value in the past", Told.text(Told.got(kv.get(Told.bytes("kv/00"), past)).getKvs().get(0).getValue()), "0");
    Told.equal("version", get("kv/00").getKvs().get(0).getVersion(), 2L);
    DeleteOption shown = DeleteOption.builder().isPrefix(true).withPrevKV(true).build();
    Told.equal("deleted", Told.got(kv.delete(Told.bytes("kv/1"), shown)).getPrevKvs().size(), 10);
  }

  private void txn() throws Exception {
    ByteSequence a = Told.bytes("txn/a");
    Cmp isNew = new Cmp(a, Cmp.Op.EQUAL, CmpTarget.createRevision(0));
    Op put = Op.put(a, Told.bytes("1"), PutOption.DEFAULT);
    Op get = Op.get(a, GetOption.DEFAULT);
    TxnResponse made = Told.got(kv.txn().If(isNew).Then(put, get).Else(get).commit());
    Told.equal("created", made.isSucceeded(), true);
    Told.equal("read inside", made.getGetResponses().get(0).getKvs().get(0).getModRevision(), made.getHeader().getRevision());
    TxnResponse again = Told.got(kv.txn().If(isNew).Then(put).Else(get).commit());
    Told.equal("created again", again.isSucceeded(), false);
    Op inner = Op.txn(
        new Cmp[] {new Cmp(a, Cmp.Op.LESS, CmpTarget.modRevision(1))},
        new Op[] {Op.put(Told.bytes("txn/b"), Told.bytes("then"), PutOption.DEFAULT)},
        new Op[] {Op.put(Told.bytes("txn/b"), Told.bytes("else"), PutOption.DEFAULT), Op.delete(a, DeleteOption.DEFAULT)});
    TxnResponse nested = Told.got(kv.txn().If(new Cmp(a, Cmp.Op.GREATER, CmpTarget.value(Told.bytes("0")))).Then(inner).commit());
    Told.equal("one revision", nested.getHeader().getRevision(), made.getHeader().getRevision() + 1);
    Told.equal("inner", nested.getTxnResponses().get(0).isSucceeded(), false);
    Told.equal("inner delete", nested.getTxnResponses().get(0).getDeleteResponses().get(0).getDeleted(), 1L);
    Told.equal("written", Told.text(get("txn/b").getKvs().get(0).getValue()), "else");
  }

  private void refusals() throws Exception {
    Told.refused("empty key", kv.put(Told.bytes(""), Told.bytes("x")), "etcdserver: key is not provided");
    Told.refused("no lease", kv.put(Told.bytes("x"), Told.bytes("y"), PutOption.builder().withLeaseId(12345).build()),
        "etcdserver: requested lease not found");
    Told.refused("the future", kv.get(Told.bytes("x"), GetOption.builder().withRevision(1L << 40).build()),
        "etcdserver: mvcc: required revision is a future revision");
    Op twice = Op.put(Told.bytes("x"), Told.bytes("y"), PutOption.DEFAULT);
    Told.refused("one key twice", kv.txn().Then(twice, twice).commit(), "etcdserver: duplicate key given in txn request");
    Told.refused("revoking nothing", client.getLeaseClient().revoke(12345), "etcdserver: requested lease not found");
  }

  private void members() throws Exception {
    Told.equal("members", Told.got(client.getClusterClient().listMember()).getMembers().size(), 1);
    Told.equal("alarms", Told.got(client.getMaintenanceClient().listAlarms()).getAlarms().size(), 0);
  }

  private void leases() throws Exception {
    long id = Told.got(client.getLeaseClient().grant(2)).getID();
    for (String key : new String[] {"lease/a", "lease/b"}) {
      Told.got(kv.put(Told.bytes(key), ByteSequence.EMPTY, PutOption.builder().withLeaseId(id).build()));
    }
    BlockingQueue<Long> renewed = new LinkedBlockingQueue<>();
    CompletableFuture<Void> lost = new CompletableFuture<>();
    CloseableClient kept = client.getLeaseClient().keepAlive(id, new StreamObserver<LeaseKeepAliveResponse>() {
      @Override
      public void onNext(LeaseKeepAliveResponse answer) {
        renewed.add(answer.getTTL());
      }

      @Override
      public void onError(Throwable error) {
        lost.completeExceptionally(error);
      }

      @Override
      public void onCompleted() {
        lost.complete(null);
      }
    });
    long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(3500);
    while (System.nanoTime() < until) {
      Told.equal("renewed", Told.next("a renewal", renewed), 2L);
    }
    LeaseTimeToLiveResponse left =
        Told.got(client.getLeaseClient().timeToLive(id, LeaseOption.builder().withAttachedKeys().build()));
    Told.equal("attached", left.getKeys().size(), 2);
    Told.equal("granted", left.getGrantedTTL(), 2L);
    Told.Seen seen = new Told.Seen();
    WatchOption after = WatchOption.builder().isPrefix(true).withRevision(all("lease/").getHeader().getRevision() + 1).build();
    try (Watch.Watcher watcher = client.getWatchClient().watch(Told.bytes("lease/"), after, seen::response, seen::error)) {
      kept.close();
      seen.next("DELETE lease/a=");
      seen.next("DELETE lease/b=");
    }
    Told.equal("an ended lease", Told.got(client.getLeaseClient().timeToLive(id, LeaseOption.DEFAULT)).getTTL(), -1L);
    Told.refused("renewing nothing", client.getLeaseClient().keepAliveOnce(id), "etcdserver: requested lease not found");
    Told.equal("lost", lost.isDone(), false);
    long other = Told.got(client.getLeaseClient().grant(600)).getID();
    Told.equal("once", Told.got(client.getLeaseClient().keepAliveOnce(other)).getTTL(), 600L);
    Told.got(client.getLeaseClient().revoke(other));
  }

  private void locks() throws Exception {
    long first = Told.got(client.getLeaseClient().grant(60)).getID();
    long second = Told.got(client.getLeaseClient().grant(60)).getID();
    ByteSequence name = Told.bytes("lock");
    ByteSequence held = Told.got(client.getLockClient().lock(name, first)).getKey();
    Told.equal("key", Told.text(held), "lock/" + Long.toHexString(first));
    CompletableFuture<io.etcd.jetcd.lock.LockResponse> waiting = client.getLockClient().lock(name, second);
    try {
      waiting.get(300, TimeUnit.MILLISECONDS);
      throw new AssertionError("two hold one lock");
    } catch (TimeoutException stillWaiting) {
      Told.got(client.getLockClient().unlock(held));
    }
    Told.equal("the next", Told.text(Told.got(waiting).getKey()), "lock/" + Long.toHexString(second));
    Told.got(client.getLeaseClient().revoke(second));
    Told.equal("the lock goes with its lease", all("lock/").getCount(), 0L);
    Told.refused("no lease", client.getLockClient().lock(name, 12345), "etcdserver: requested lease not found");
  }

  private void election() throws Exception {
    ByteSequence name = Told.bytes("election");
    Election election = client.getElectionClient();
    // The library knows the server's two texts, "election: no leader" and "election: not leader", and makes these of them.
    Told.refused("no leader", election.leader(name), "NoLeaderException");
    long one = Told.got(client.getLeaseClient().grant(60)).getID();
    long two = Told.got(client.getLeaseClient().grant(60)).getID();
    CampaignResponse won = Told.got(election.campaign(name, one, Told.bytes("first")));
    BlockingQueue<String> leaders = new LinkedBlockingQueue<>();
    election.observe(name, new Election.Listener() {
      @Override
      public void onNext(LeaderResponse leader) {
        leaders.add(Told.text(leader.getKv().getValue()));
      }

      @Override
      public void onError(Throwable error) {
        leaders.add(error.toString());
      }

      @Override
      public void onCompleted() {
        leaders.add("the observer ended");
      }
    });
    Told.equal("leader", Told.next("a leader", leaders), "first");
    Told.got(election.proclaim(won.getLeader(), Told.bytes("still first")));
    Told.equal("proclaimed", Told.next("a value", leaders), "still first");
    CompletableFuture<CampaignResponse> next = election.campaign(name, two, Told.bytes("second"));
    Told.got(election.resign(won.getLeader()));
    Told.equal("next", Told.text(Told.got(next).getLeader().getKey()), "election/" + Long.toHexString(two));
    Told.equal("next leader", Told.next("another leader", leaders), "second");
    Told.refused("not the leader", election.proclaim(won.getLeader(), Told.bytes("no more")), "NotLeaderException");
    Told.equal("leads", Told.text(Told.got(election.leader(name)).getKv().getValue()), "second");
  }

  /** Every change comes once and in order, over a crash of the server. */
  private void watch() throws Exception {
    Told.Seen seen = new Told.Seen();
    WatchOption option = WatchOption.builder().isPrefix(true).withRevision(all("watch/").getHeader().getRevision() + 1).build();
    try (Watch.Watcher watcher = client.getWatchClient().watch(Told.bytes("watch/"), option, seen::response, seen::error)) {
      for (int i = 0; i < 40; i++) {
        if (i == 20) {
          Told.ask("RESTART");
        }
        Told.got(kv.put(Told.bytes("watch/" + i % 3), Told.bytes(Integer.toString(i)), SURELY));
      }
      for (int i = 0; i < 40; i++) {
        seen.next("PUT watch/" + i % 3 + "=" + i);
      }
    }
  }

  private void compaction() throws Exception {
    long first = put("compaction", "1");
    long now = put("compaction", "2");
    Told.got(kv.compact(now));
    Told.refused("what is gone", kv.get(Told.bytes("compaction"), GetOption.builder().withRevision(first).build()),
        "etcdserver: mvcc: required revision has been compacted");
    Told.Seen seen = new Told.Seen();
    WatchOption option = WatchOption.builder().withRevision(first).build();
    try (Watch.Watcher watcher = client.getWatchClient().watch(Told.bytes("compaction"), option, seen::response, seen::error)) {
      Throwable gone = Told.next("the watch says why", seen.errors);
      Told.equal("compacted", ((CompactedException) gone).getCompactedRevision(), now);
    }
  }
}
