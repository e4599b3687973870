package main

import (
	"context"
	"fmt"
	"time"

	"go.etcd.io/etcd/client/v3"
)

// watch follows a prefix over a crash of the server: every change comes once and in order. Two more watchers on the same
// stream take part: one of a filtered kind, one with the previous values.
func watch(ctx context.Context, c *clientv3.Client) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	start := got(c.Get(ctx, "watch/")).Header.Revision + 1
	all := c.Watch(ctx, "watch/", clientv3.WithPrefix(), clientv3.WithRev(start), clientv3.WithCreatedNotify())
	deletes := c.Watch(ctx, "watch/", clientv3.WithPrefix(), clientv3.WithFilterPut(), clientv3.WithPrevKV(), clientv3.WithRev(start))
	created := <-all
	equal("created", created.Created, true)

	const writes = 60
	done := make(chan struct{})
	go func() {
		defer close(done)
		for i := range writes {
			if i == writes/2 {
				ask("RESTART")
			}
			write(ctx, c, i)
		}
	}()
	next := 0
	for next < writes {
		response, open := <-all
		if !open || response.Err() != nil {
			fail("the watch ended at %d: %v", next, response.Err())
		}
		for _, event := range response.Events {
			if event.Type == clientv3.EventTypeDelete {
				continue
			}
			equal("the order of changes", string(event.Kv.Value), fmt.Sprint(next))
			next++
		}
	}
	<-done
	end := got(c.Put(ctx, "watch/end", "")).Header.Revision
	got(c.Delete(ctx, "watch/", clientv3.WithPrefix()))
	seen := 0
	for seen < 7 {
		response := <-deletes
		must(response.Err())
		for _, event := range response.Events {
			equal("kind", event.Type, clientv3.EventTypeDelete)
			equal("one revision", event.Kv.ModRevision, end+1)
			if event.PrevKv == nil || event.PrevKv.ModRevision == 0 {
				fail("no previous value of %s", event.Kv.Key)
			}
			seen++
		}
	}
	progressed(ctx, c)
}

// write puts one value under one of six keys. The answer may be lost with the server: then what is stored decides.
func write(ctx context.Context, c *clientv3.Client, i int) {
	key, value := fmt.Sprintf("watch/%d", i%6), fmt.Sprint(i)
	for {
		attempt, cancel := context.WithTimeout(ctx, 3*time.Second)
		_, err := c.Put(attempt, key, value)
		cancel()
		if err == nil {
			return
		}
		if kept, err := c.Get(ctx, key); err == nil && len(kept.Kvs) == 1 && string(kept.Kvs[0].Value) == value {
			return
		}
		must(ctx.Err())
	}
}

// progressed asks for a progress notification: it comes, and says at least the revision of the last write.
func progressed(ctx context.Context, c *clientv3.Client) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	idle := c.Watch(ctx, "nothing happens here", clientv3.WithCreatedNotify())
	equal("created", (<-idle).Created, true)
	revision := got(c.Put(ctx, "something", "else")).Header.Revision
	for {
		must(c.RequestProgress(ctx))
		select {
		case response := <-idle:
			equal("progress", response.IsProgressNotify(), true)
			if response.Header.Revision < revision {
				fail("progress to %d, the store is at %d", response.Header.Revision, revision)
			}
			return
		case <-time.After(200 * time.Millisecond):
		}
		must(ctx.Err())
	}
}
