package main

import (
	"context"
	"fmt"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.etcd.io/etcd/client/v3/leasing"
	"go.etcd.io/etcd/client/v3/mirror"
	"go.etcd.io/etcd/client/v3/namespace"
	"go.etcd.io/etcd/client/v3/ordering"
)

// namespaced sees a part of the store as if it were all.
func namespaced(ctx context.Context, c *clientv3.Client) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	inside := namespace.NewKV(c.KV, "room/")
	watching := namespace.NewWatcher(c.Watcher, "room/").Watch(ctx, "", clientv3.WithPrefix(), clientv3.WithCreatedNotify())
	equal("created", (<-watching).Created, true)
	got(inside.Put(ctx, "table", "4 legs"))
	equal("inside", string(got(inside.Get(ctx, "table")).Kvs[0].Key), "table")
	equal("outside", string(got(c.Get(ctx, "room/table")).Kvs[0].Value), "4 legs")
	event := (<-watching).Events[0]
	equal("seen inside", string(event.Kv.Key), "table")
	swap := got(inside.Txn(ctx).If(clientv3.Compare(clientv3.Value("table"), "=", "4 legs")).
		Then(clientv3.OpPut("chair", "3 legs"), clientv3.OpDelete("table")).Commit())
	equal("swapped", swap.Succeeded, true)
	equal("all inside", got(inside.Get(ctx, "", clientv3.WithFromKey())).Count, 1)
}

// mirrored copies what is there and follows what changes.
func mirrored(ctx context.Context, c *clientv3.Client) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	const keys = 1500 // more than one page
	for i := range keys {
		got(c.Put(ctx, fmt.Sprintf("mirror/%04d", i), fmt.Sprint(i)))
	}
	syncer := mirror.NewSyncer(c, "mirror/", 0)
	copied := map[string]string{}
	base, failed := syncer.SyncBase(ctx)
	for page := range base {
		for _, kv := range page.Kvs {
			copied[string(kv.Key)] = string(kv.Value)
		}
	}
	for err := range failed {
		must(err)
	}
	equal("copied", len(copied), keys)
	updates := syncer.SyncUpdates(ctx)
	got(c.Txn(ctx).Then(clientv3.OpPut("mirror/0000", "changed"), clientv3.OpDelete("mirror/0001")).Commit())
	for len(copied) == keys {
		update := <-updates
		must(update.Err())
		for _, event := range update.Events {
			if event.Type == clientv3.EventTypeDelete {
				delete(copied, string(event.Kv.Key))
			} else {
				copied[string(event.Kv.Key)] = string(event.Kv.Value)
			}
		}
	}
	equal("followed", copied["mirror/0000"], "changed")
}

// leased reads from a cache that others' writes take back.
func leased(ctx context.Context, c *clientv3.Client) {
	one, closeOne, err := leasing.NewKV(c, "leasing/")
	must(err)
	defer closeOne()
	two, closeTwo, err := leasing.NewKV(c, "leasing/")
	must(err)
	defer closeTwo()
	got(one.Put(ctx, "cached", "1"))
	equal("cached", string(got(one.Get(ctx, "cached")).Kvs[0].Value), "1")
	got(two.Put(ctx, "cached", "2"))
	equal("taken back", string(got(one.Get(ctx, "cached")).Kvs[0].Value), "2")
	swap := got(two.Txn(ctx).If(clientv3.Compare(clientv3.Value("cached"), "=", "2")).
		Then(clientv3.OpPut("cached", "3")).Else(clientv3.OpGet("cached")).Commit())
	equal("swapped", swap.Succeeded, true)
	equal("after the swap", string(got(one.Get(ctx, "cached")).Kvs[0].Value), "3")
	got(one.Delete(ctx, "cached"))
	equal("deleted", got(two.Get(ctx, "cached")).Count, 0)
}

// ordered never sees an older store after a newer one.
func ordered(ctx context.Context, c *clientv3.Client) {
	kv := ordering.NewKV(c.KV, func(clientv3.Op, clientv3.OpResponse, int64) error {
		fail("the store went back")
		return nil
	})
	for end := time.Now().Add(200 * time.Millisecond); time.Now().Before(end); {
		put := got(kv.Put(ctx, "ordered", "x"))
		equal("read", got(kv.Get(ctx, "ordered", clientv3.WithSerializable())).Kvs[0].ModRevision, put.Header.Revision)
	}
}
