package main

import (
	"context"
	"strconv"

	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"
	"go.etcd.io/etcd/client/pkg/v3/transport"
	clientv3 "go.etcd.io/etcd/client/v3"
	"go.etcd.io/etcd/client/v3/concurrency"
)

// elsewhere is the lease that holds a key outside what the user may touch.
const elsewhere = clientv3.LeaseID(4711)

// over is a configuration for a server with mutual TLS: its address, and the files of its authority, of a certificate and of its
// key.
func over(arguments []string) clientv3.Config {
	info := transport.TLSInfo{TrustedCAFile: arguments[1], CertFile: arguments[2], KeyFile: arguments[3]}
	return clientv3.Config{Endpoints: []string{"https://" + arguments[0]}, TLS: got(info.ClientConfig())}
}

func denied(what string, err error) {
	if err == nil || err.Error() != "etcdserver: permission denied" {
		fail("%s: have %v, want a denied permission", what, err)
	}
}

// secured is what a user with a password does over mutual TLS. The user may read and write what begins with app/.
func secured(ctx context.Context, arguments []string) {
	config := over(arguments)
	config.Username, config.Password = arguments[4], "guess"
	_, err := clientv3.New(config)
	refused("a wrong password", err, rpctypes.ErrAuthFailed)
	equal("its words", err.Error(), "etcdserver: authentication failed, invalid user ID or password")
	config.Password = arguments[5]
	c := got(clientv3.New(config))
	inside(ctx, c)
	following(ctx, c)
	must(c.Close())

	// This client logs in anew for every stream. One that has none keeps its token for as long as the server takes it.
	c = got(clientv3.New(config))
	defer c.Close()
	logins := func() int { return got(strconv.Atoi(ask("LOGINS"))) }
	before := logins()
	ask("DROP")
	got(c.Put(ctx, "app/a", "with a new token"))
	equal("logins after a drop", logins(), before+1)
	ask("RESTART")
	got(c.Get(ctx, "app/a")) // unlike a write this is repeated by the client until the connection stands
	got(c.Put(ctx, "app/a", "with the same token"))
	equal("logins after a restart", logins(), before+1)
	_, err = c.Put(ctx, "other/a", "")
	denied("elsewhere, still", err)
}

// following has a watch outlive its token and its connection.
func following(ctx context.Context, c *clientv3.Client) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	now := got(c.Get(ctx, "app/followed")).Header.Revision
	followed := c.Watch(ctx, "app/followed", clientv3.WithRev(now+1))
	follow := func(value string) {
		got(c.Put(ctx, "app/followed", value))
		for response := range followed {
			must(response.Err())
			if len(response.Events) > 0 {
				equal("followed", string(response.Events[0].Kv.Value), value)
				return
			}
		}
		fail("the watch ended")
	}
	follow("first")
	ask("DROP")
	follow("after a drop")
	ask("RESTART")
	got(c.Get(ctx, "app/followed"))
	follow("after a restart")
}

// named is what a client does that is known by its certificate alone. The test says which kind of user that is.
func named(ctx context.Context, arguments []string) {
	c := got(clientv3.New(over(arguments)))
	defer c.Close()
	switch arguments[4] {
	case "alice":
		inside(ctx, c)
	case "root":
		got(c.Put(ctx, "other/root", ""))
		got(c.Compact(ctx, got(c.Get(ctx, "other/root")).Header.Revision))
		got(c.UserList(ctx))
	case "unknown":
		_, err := c.Put(ctx, "app/a", "")
		denied("a write", err)
		_, err = c.Get(ctx, "app/a")
		denied("a read", err)
		_, err = c.UserGet(ctx, "alice")
		refused("a look at users", err, rpctypes.ErrUserNotFound)
	case "":
		_, err := c.Put(ctx, "app/a", "")
		denied("a write", err)
		_, err = c.UserGet(ctx, "alice")
		refused("a look at users", err, rpctypes.ErrUserEmpty)
	default:
		fail("what is %q?", arguments[4])
	}
}

// inside is what a user may do within app/, and what is refused elsewhere.
func inside(ctx context.Context, c *clientv3.Client) {
	got(c.Put(ctx, "app/a", "1"))
	equal("value", string(got(c.Get(ctx, "app/a")).Kvs[0].Value), "1")
	got(c.Get(ctx, "app/", clientv3.WithPrefix()))
	got(c.Txn(ctx).If(clientv3.Compare(clientv3.Version("app/a"), ">", 0)).Then(clientv3.OpPut("app/b", "2")).Commit())
	got(c.Delete(ctx, "app/b"))
	_, err := c.Put(ctx, "other/a", "1")
	denied("a write elsewhere", err)
	_, err = c.Get(ctx, "other/a")
	denied("a read elsewhere", err)
	_, err = c.Get(ctx, "", clientv3.WithPrefix())
	denied("a read of everything", err)
	_, err = c.Delete(ctx, "app", clientv3.WithFromKey())
	denied("a delete beyond the end", err)
	_, err = c.Txn(ctx).Then(clientv3.OpPut("app/a", "1")).Else(clientv3.OpGet("other/a")).Commit()
	denied("a transaction that is partly elsewhere", err)
	_, err = c.Compact(ctx, 1)
	denied("what only root may do", err)

	grant := got(c.Grant(ctx, 60))
	got(c.Put(ctx, "app/leased", "", clientv3.WithLease(grant.ID)))
	equal("renewed", got(c.KeepAliveOnce(ctx, grant.ID)).TTL, 60)
	equal("attached", len(got(c.TimeToLive(ctx, grant.ID, clientv3.WithAttachedKeys())).Keys), 1)
	got(c.Revoke(ctx, grant.ID))
	_, err = c.KeepAliveOnce(ctx, elsewhere)
	denied("renewing another's lease", err)
	_, err = c.TimeToLive(ctx, elsewhere, clientv3.WithAttachedKeys())
	denied("the keys of another's lease", err)
	_, err = c.Revoke(ctx, elsewhere)
	denied("revoking another's lease", err)

	watching, cancel := context.WithCancel(ctx)
	defer cancel()
	w := <-c.Watch(watching, "other/", clientv3.WithPrefix())
	equal("a watch elsewhere", w.Canceled, true)
	equal("its reason", w.Err().Error(), "rpc error: code = PermissionDenied desc = etcdserver: permission denied")
	created := <-c.Watch(watching, "app/", clientv3.WithPrefix(), clientv3.WithCreatedNotify())
	equal("a watch inside", created.Created && !created.Canceled, true)

	session := got(concurrency.NewSession(c))
	defer session.Close()
	lock := concurrency.NewMutex(session, "app/lock")
	must(lock.Lock(ctx))
	must(lock.Unlock(ctx))
	denied("a lock elsewhere", concurrency.NewMutex(session, "other/lock").Lock(ctx))
	election := concurrency.NewElection(session, "app/chair")
	must(election.Campaign(ctx, "me"))
	must(election.Resign(ctx))
	denied("an election elsewhere", concurrency.NewElection(session, "other/chair").Campaign(ctx, "me"))
}
