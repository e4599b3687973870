// Command session holds a conversation with a server through the Go client and its helper packages. It ends with status 1 and
// a message at the first thing that is not as it must be. The one argument is the server's address; or the word "secured" comes
// first, then the address, the files of the server's authority and of a certificate and key to show, and a user's name and password;
// or the word "named", the same without a password, for a client that is known by its certificate.
//
// What the program asks of the test, each answered by a line: RESTART has the server killed and started again, DROP ends all of the
// user's tokens, LOGINS asks how often the user has logged in so far.
package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"
	clientv3 "go.etcd.io/etcd/client/v3"
)

var stdin = bufio.NewReader(os.Stdin)

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Second)
	defer cancel()
	switch os.Args[1] {
	case "secured":
		secured(ctx, os.Args[2:])
		return
	case "named":
		named(ctx, os.Args[2:])
		return
	}
	c := connect(os.Args[1])
	defer c.Close()
	for _, part := range []struct {
		name string
		run  func(context.Context, *clientv3.Client)
	}{
		{"kv", kv}, {"txn", txn}, {"errors", refusals}, {"members", members}, {"lease", leases},
		{"mutex", mutex}, {"election", election}, {"stm", stm}, {"namespace", namespaced}, {"mirror", mirrored},
		{"leasing", leased}, {"ordering", ordered}, {"watch", watch}, {"compaction", compaction},
	} {
		started := time.Now()
		part.run(ctx, c)
		fmt.Printf("%s: as it must be (%d ms)\n", part.name, time.Since(started).Milliseconds())
	}
}

func connect(endpoint string) *clientv3.Client {
	c, err := clientv3.New(clientv3.Config{Endpoints: []string{endpoint}, DialTimeout: 5 * time.Second})
	must(err)
	return c
}

// ask has the test do something, and gives its answer.
func ask(what string) string {
	fmt.Println(what)
	return strings.TrimSpace(got(stdin.ReadString('\n')))
}

func fail(format string, args ...any) {
	fmt.Fprintf(os.Stderr, format+"\n", args...)
	os.Exit(1)
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func got[T any](v T, err error) T {
	must(err)
	return v
}

func equal[T comparable](what string, have, want T) {
	if have != want {
		fail("%s: have %v, want %v", what, have, want)
	}
}

func refused(what string, err, want error) {
	if !errors.Is(err, want) {
		fail("%s: have %v, want %v", what, err, want)
	}
}

func kv(ctx context.Context, c *clientv3.Client) {
	for i := range 20 {
		got(c.Put(ctx, fmt.Sprintf("kv/%02d", i), fmt.Sprint(i)))
	}
	first := got(c.Get(ctx, "kv/", clientv3.WithPrefix()))
	equal("keys", len(first.Kvs), 20)
	page := got(c.Get(ctx, "kv/", clientv3.WithPrefix(), clientv3.WithLimit(7)))
	equal("page", len(page.Kvs), 7)
	equal("more", page.More, true)
	equal("count", page.Count, 20)
	last := got(c.Get(ctx, "kv/", append(clientv3.WithLastRev(), clientv3.WithRev(first.Header.Revision))...))
	equal("last written", string(last.Kvs[0].Key), "kv/19")
	put := got(c.Put(ctx, "kv/00", "again", clientv3.WithPrevKV()))
	equal("previous value", string(put.PrevKv.Value), "0")
	old := got(c.Get(ctx, "kv/00", clientv3.WithRev(first.Header.Revision)))
	equal("value in the past", string(old.Kvs[0].Value), "0")
	now := got(c.Get(ctx, "kv/00", clientv3.WithSerializable()))
	equal("value now", string(now.Kvs[0].Value), "again")
	equal("version", now.Kvs[0].Version, 2)
	equal("creation", now.Kvs[0].CreateRevision, first.Kvs[0].CreateRevision)
	keys := got(c.Get(ctx, "kv/10", clientv3.WithFromKey(), clientv3.WithKeysOnly(), clientv3.WithLimit(3),
		clientv3.WithSort(clientv3.SortByKey, clientv3.SortDescend)))
	equal("last key", string(keys.Kvs[0].Key), "kv/19")
	equal("value of keys only", len(keys.Kvs[0].Value), 0)
	count := got(c.Get(ctx, "kv/", clientv3.WithPrefix(), clientv3.WithCountOnly()))
	equal("count only", count.Count, 20)
	gone := got(c.Delete(ctx, "kv/1", clientv3.WithPrefix(), clientv3.WithPrevKV()))
	equal("deleted", gone.Deleted, 10)
	equal("deleted keys", len(gone.PrevKvs), 10)
	equal("first deleted", string(gone.PrevKvs[0].Value), "10")
}

func txn(ctx context.Context, c *clientv3.Client) {
	create := func(value string) *clientv3.TxnResponse {
		return got(c.Txn(ctx).If(clientv3.Compare(clientv3.CreateRevision("txn/a"), "=", 0)).
			Then(clientv3.OpPut("txn/a", value), clientv3.OpGet("txn/a")).
			Else(clientv3.OpGet("txn/a")).Commit())
	}
	made := create("1")
	equal("created", made.Succeeded, true)
	read := made.Responses[1].GetResponseRange()
	equal("read in the transaction", string(read.Kvs[0].Value), "1")
	equal("revision of the write", read.Kvs[0].ModRevision, made.Header.Revision)
	equal("nested header", made.Responses[0].GetResponsePut().Header.Revision, made.Header.Revision)
	again := create("2")
	equal("created again", again.Succeeded, false)
	equal("kept", string(again.Responses[0].GetResponseRange().Kvs[0].Value), "1")
	nested := got(c.Txn(ctx).If(clientv3.Compare(clientv3.Value("txn/a"), ">", "0"),
		clientv3.Compare(clientv3.Version("txn/").WithPrefix(), ">", 0)).
		Then(clientv3.OpTxn([]clientv3.Cmp{clientv3.Compare(clientv3.ModRevision("txn/a"), "<", 1)},
			[]clientv3.Op{clientv3.OpPut("txn/b", "then")}, []clientv3.Op{clientv3.OpPut("txn/b", "else"), clientv3.OpDelete("txn/a")})).
		Commit())
	inner := nested.Responses[0].GetResponseTxn()
	equal("inner", inner.Succeeded, false)
	equal("inner delete", inner.Responses[1].GetResponseDeleteRange().Deleted, 1)
	equal("one revision", nested.Header.Revision, made.Header.Revision+1)
	equal("written", string(got(c.Get(ctx, "txn/b")).Kvs[0].Value), "else")
}

func refusals(ctx context.Context, c *clientv3.Client) {
	_, err := c.Put(ctx, "", "x")
	refused("empty key", err, rpctypes.ErrEmptyKey)
	_, err = c.Put(ctx, "x", "y", clientv3.WithLease(12345))
	refused("unknown lease", err, rpctypes.ErrLeaseNotFound)
	_, err = c.Put(ctx, "no such key", "", clientv3.WithIgnoreValue())
	refused("no key to keep the value of", err, rpctypes.ErrKeyNotFound)
	_, err = c.Get(ctx, "x", clientv3.WithRev(1<<40))
	refused("the future", err, rpctypes.ErrFutureRev)
	_, err = c.Compact(ctx, 1<<40)
	refused("compacting the future", err, rpctypes.ErrFutureRev)
	_, err = c.Txn(ctx).Then(clientv3.OpPut("x", "1"), clientv3.OpPut("x", "2")).Commit()
	refused("one key twice", err, rpctypes.ErrDuplicateKey)
	many := make([]clientv3.Op, 129)
	for i := range many {
		many[i] = clientv3.OpGet("x")
	}
	_, err = c.Txn(ctx).Then(many...).Commit()
	refused("too many operations", err, rpctypes.ErrTooManyOps)
	_, err = c.Put(ctx, "x", string(make([]byte, 3<<19)))
	refused("too large", err, rpctypes.ErrRequestTooLarge)
	_, err = c.Revoke(ctx, 12345)
	refused("revoking nothing", err, rpctypes.ErrLeaseNotFound)
}

func members(ctx context.Context, c *clientv3.Client) {
	list := got(c.MemberList(ctx))
	equal("members", len(list.Members), 1)
	must(c.Sync(ctx))
	equal("endpoints", c.Endpoints()[0], list.Members[0].ClientURLs[0])
	status := got(c.Status(ctx, c.Endpoints()[0]))
	equal("leader", status.Leader, list.Members[0].ID)
	equal("member", status.Header.MemberId, list.Members[0].ID)
	a, b := got(c.HashKV(ctx, c.Endpoints()[0], 0)), got(c.HashKV(ctx, c.Endpoints()[0], 0))
	equal("hash", a.Hash, b.Hash)
	equal("alarms", len(got(c.AlarmList(ctx)).Alarms), 0)
}

func compaction(ctx context.Context, c *clientv3.Client) {
	first := got(c.Put(ctx, "compaction", "1")).Header.Revision
	now := got(c.Put(ctx, "compaction", "2")).Header.Revision
	got(c.Compact(ctx, now, clientv3.WithCompactPhysical()))
	_, err := c.Get(ctx, "compaction", clientv3.WithRev(first))
	refused("reading what is gone", err, rpctypes.ErrCompacted)
	_, err = c.Compact(ctx, now)
	refused("compacting twice", err, rpctypes.ErrCompacted)
	w := <-c.Watch(ctx, "compaction", clientv3.WithRev(first))
	refused("watching what is gone", w.Err(), rpctypes.ErrCompacted)
	equal("compact revision", w.CompactRevision, now)
	w = <-c.Watch(ctx, "compaction", clientv3.WithRev(now))
	must(w.Err())
	equal("watching from there", string(w.Events[0].Kv.Value), "2")
}
